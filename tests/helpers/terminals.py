"""Streams that say they are terminals, and keep what is printed on them."""

from __future__ import annotations

import io

from generator.console.streams import SafeStream


class Terminal(SafeStream):
    """A terminal that takes everything; in GitHub Actions if it is told so."""

    def __init__(self, *, in_actions: bool = False) -> None:
        self.taken = io.BytesIO()
        super().__init__(self.taken, in_actions=in_actions)

    def isatty(self) -> bool:
        return True

    @property
    def text(self) -> str:
        return self.taken.getvalue().decode()
