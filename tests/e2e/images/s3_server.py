"""An S3 server of moto's that asks for keys, run by the image's Python.

    s3_server.py ADDRESS PORT

It makes a user with keys of its own, prints them as one line of JSON, and from then on refuses all
others.  Each line of JSON on standard input, ``{"bucket": {"key": "text"}}``, puts objects and is
answered with an empty line; the end of the input ends the server.
"""

from __future__ import annotations

import json
import os
import secrets
import sys
from typing import Any

_ANY_OBJECT = {
    "Version": "2012-10-17",
    "Statement": [{"Effect": "Allow", "Action": "s3:*", "Resource": "*"}],
}


def _new_keys(endpoint: str) -> dict[str, str]:
    import boto3

    # Nobody checks keys yet; botocore wants some, and these are gone with the process.
    iam: Any = boto3.client(
        "iam",
        endpoint_url=endpoint,
        region_name="us-east-1",
        aws_access_key_id=secrets.token_hex(8),
        aws_secret_access_key=secrets.token_hex(16),
    )
    iam.create_user(UserName="trainer")
    iam.put_user_policy(
        UserName="trainer", PolicyName="objects", PolicyDocument=json.dumps(_ANY_OBJECT)
    )
    made = iam.create_access_key(UserName="trainer")["AccessKey"]
    return {"access_key": made["AccessKeyId"], "secret_key": made["SecretAccessKey"]}


def _put(client: Any, buckets: dict[str, dict[str, str]]) -> None:
    for bucket, objects in buckets.items():
        client.create_bucket(Bucket=bucket)
        for key, text in objects.items():
            client.put_object(Bucket=bucket, Key=key, Body=text.encode())


def main(address: str, port: int) -> None:
    """Serve until standard input ends."""
    # Else moto reads the host name minio.local as a bucket called minio.
    os.environ["S3_IGNORE_SUBDOMAIN_BUCKETNAME"] = "true"
    import boto3
    import moto.settings
    from moto.server import ThreadedMotoServer

    server = ThreadedMotoServer(address, port, verbose=False)
    server.start()
    endpoint = f"http://127.0.0.1:{port}"
    keys = _new_keys(endpoint)
    # moto counts the calls that need no keys; with none allowed it checks each one's.
    moto.settings.INITIAL_NO_AUTH_ACTION_COUNT = 0
    client: Any = boto3.client(
        "s3",
        endpoint_url=endpoint,
        region_name="us-east-1",
        aws_access_key_id=keys["access_key"],
        aws_secret_access_key=keys["secret_key"],
    )
    print(json.dumps(keys), flush=True)
    for line in sys.stdin:
        _put(client, json.loads(line))
        print(flush=True)
    server.stop()


if __name__ == "__main__":
    main(sys.argv[1], int(sys.argv[2]))
