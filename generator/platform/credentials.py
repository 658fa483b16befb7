"""The part of platform.yaml that says which Secret holds the keys of the object storage."""

from __future__ import annotations

from typing import Annotated, TypeAlias

from pydantic import Field

from generator import kubernetes
from generator.params.model import Settings, setting
from generator.params.scalars import Says, SecretName

DataKey: TypeAlias = Annotated[
    str,
    Field(pattern=kubernetes.DATA_KEY, max_length=kubernetes.MAX_SUBDOMAIN),
    Says(patternErrorMessage="must be letters, digits, -, _ and ."),
]


class Credentials(Settings):
    """The Secret that holds the keys of the object storage; its values are never in Git."""

    secret_name: SecretName = setting(
        "s3-credentials",
        title="Secret",
        description="Secret of each namespace, made once by hand on the control plane.",
        examples=["s3-credentials"],
    )
    access_key: DataKey = setting(
        "access-key",
        title="Key of the access key",
        description="Which entry of the Secret becomes S3_ACCESS_KEY.",
        examples=["access-key"],
    )
    secret_key: DataKey = setting(
        "secret-key",
        title="Key of the secret key",
        description="Which entry of the Secret becomes S3_SECRET_KEY.",
        examples=["secret-key"],
    )
