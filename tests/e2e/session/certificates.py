"""Certificates of a session, made by openssl and thrown away with it."""

from __future__ import annotations

import base64
import subprocess
from dataclasses import dataclass
from pathlib import Path

_NAMES = "IP:127.0.0.1,DNS:localhost,DNS:karmada-aggregated-apiserver.karmada-system.svc"


@dataclass(frozen=True)
class Certificates:
    """Where the session's keys and certificates are; every server has the same certificate."""

    directory: Path

    def __getitem__(self, name: str) -> Path:
        return self.directory / name

    @property
    def authority(self) -> str:
        """The certificate of the authority that signed the servers', as PEM."""
        return self["ca.crt"].read_text(encoding="utf-8")

    @property
    def bundle(self) -> str:
        """The same in base64: a ``caBundle`` of Kubernetes."""
        return base64.b64encode(self.authority.encode()).decode()


def make_certificates(directory: Path) -> Certificates:
    """Make all that a session needs in an empty directory; CalledProcessError without openssl."""
    directory.mkdir(parents=True)
    made = Certificates(directory)
    for authority in ("ca", "front-ca"):
        _openssl(
            *("req", "-x509", *_new_key(made[f"{authority}.key"]), "-days", "2"),
            *("-subj", f"/CN={authority}", "-out", str(made[f"{authority}.crt"])),
        )
    _signed(made, "server", "ca", "localhost")
    _signed(made, "front", "front-ca", "front-proxy-client")
    _openssl("genrsa", "-out", str(made["sa.key"]), "2048")
    _openssl("rsa", "-in", str(made["sa.key"]), "-pubout", "-out", str(made["sa.pub"]))
    # Karmada's webhook finds its certificate by these names only.
    made["webhook"].mkdir()
    made["webhook/tls.crt"].write_bytes(made["server.crt"].read_bytes())
    made["webhook/tls.key"].write_bytes(made["server.key"].read_bytes())
    return made


def _signed(made: Certificates, name: str, authority: str, common_name: str) -> None:
    key, request, extensions = (made[f"{name}.{end}"] for end in ("key", "csr", "ext"))
    extensions.write_text(f"subjectAltName={_NAMES}\nextendedKeyUsage=serverAuth,clientAuth\n")
    _openssl("req", *_new_key(key), "-subj", f"/CN={common_name}", "-out", str(request))
    _openssl(
        *("x509", "-req", "-in", str(request), "-days", "2", "-CAcreateserial"),
        *("-CA", str(made[f"{authority}.crt"]), "-CAkey", str(made[f"{authority}.key"])),
        *("-extfile", str(extensions), "-out", str(made[f"{name}.crt"])),
    )


def _new_key(key: Path) -> list[str]:
    # Each request of a client makes a connection: signing takes less than with RSA.
    return [
        *("-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:prime256v1"),
        *("-nodes", "-keyout", str(key)),
    ]


def _openssl(*arguments: str) -> None:
    subprocess.run(["openssl", *arguments], check=True, capture_output=True)
