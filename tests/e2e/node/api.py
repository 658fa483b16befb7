"""The API server of one cluster, as a kubeconfig names it."""

from __future__ import annotations

import base64
import json
import ssl
import urllib.error
import urllib.request
from pathlib import Path
from typing import Any, TypeAlias

import yaml

Document: TypeAlias = dict[str, Any]
"""A Kubernetes object, or a part of one."""

_SECONDS = 20
_JSON = "application/json"
_MERGE = "application/strategic-merge-patch+json"


class ApiError(Exception):
    """The API server refused, with an HTTP status; 0 when it could not be reached."""

    def __init__(self, status: int, message: str) -> None:
        super().__init__(f"{status}: {message}")
        self.status = status


class Api:
    """Reads and writes objects; every method raises ApiError. Threads may share it."""

    def __init__(self, kubeconfig: Path) -> None:
        config = yaml.safe_load(kubeconfig.read_text(encoding="utf-8"))
        cluster = config["clusters"][0]["cluster"]
        self._server: str = cluster["server"]
        self._token: str = config["users"][0]["user"]["token"]
        authority = base64.b64decode(cluster["certificate-authority-data"]).decode()
        trust = ssl.create_default_context(cadata=authority)
        # No proxy of the machine's: the server is in the session's own network.
        self._opener = urllib.request.build_opener(
            urllib.request.ProxyHandler({}), urllib.request.HTTPSHandler(context=trust)
        )

    def get(self, path: str) -> Document:
        """The object, or the list of objects, at ``path``."""
        return self._call("GET", path)

    def items(self, path: str) -> list[Document]:
        """The objects of the list at ``path``."""
        found: list[Document] = self.get(path)["items"]
        return found

    def find(self, path: str) -> Document | None:
        """The object at ``path``, or None where there is none."""
        try:
            return self.get(path)
        except ApiError as error:
            if error.status == 404:
                return None
            raise

    def create(self, path: str, document: Document) -> None:
        """Create ``document`` in the list at ``path``; one that is there already is left."""
        try:
            self._call("POST", path, document)
        except ApiError as error:
            if error.status != 409:
                raise

    def patch_status(self, path: str, status: Document) -> None:
        """Merge ``status`` into the status of the object at ``path``."""
        self._call("PATCH", f"{path}/status", {"status": status}, _MERGE)

    def delete_now(self, path: str) -> None:
        """Remove the object at ``path`` without a grace period; one that is gone is fine."""
        options = {"apiVersion": "v1", "kind": "DeleteOptions", "gracePeriodSeconds": 0}
        try:
            self._call("DELETE", path, options)
        except ApiError as error:
            if error.status != 404:
                raise

    def _call(
        self, method: str, path: str, body: Document | None = None, content: str = _JSON
    ) -> Document:
        request = urllib.request.Request(
            self._server + path,
            method=method,
            data=None if body is None else json.dumps(body).encode(),
            headers={"Authorization": f"Bearer {self._token}", "Content-Type": content},
        )
        try:
            with self._opener.open(request, timeout=_SECONDS) as response:
                answer: Document = json.load(response)
        except urllib.error.HTTPError as error:
            raise ApiError(error.code, error.read().decode(errors="replace")) from error
        except OSError as error:
            raise ApiError(0, str(error)) from error
        return answer
