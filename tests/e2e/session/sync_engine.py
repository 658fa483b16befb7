"""What scenarios ask of a sync engine, whichever it is."""

from __future__ import annotations

from typing import Protocol

from tests.e2e.session.repository import Repository


class SyncEngine(Protocol):
    """Flux or Argo CD, pointed at a repository by what ``sync/`` ships."""

    name: str

    def start(self) -> None:
        """Start its processes and give the management API server its kinds."""

    def connect(self, repository: Repository) -> None:
        """Apply what ``sync/`` ships, with the repository's address in it."""

    def synced(self, commit: str, seconds: float = 180) -> None:
        """Wait until a commit is applied and its objects are healthy; WaitedTooLongError."""

    def applied(self, commit: str, seconds: float = 180) -> None:
        """Wait until a commit is applied, whatever the health of what it holds."""

    def fetch(self) -> None:
        """Have it fetch at once what it would fetch within a minute, as a webhook does."""

    def restore(self) -> None:
        """Have it look at Karmada again, as it does by itself in time."""

    def state(self) -> object:
        """What changes with each sync: compared, it tells whether one took place."""

    def disconnect(self) -> None:
        """Take away what :meth:`connect` applied; what was synced stays."""
