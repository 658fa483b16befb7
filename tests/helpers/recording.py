"""What tests of recording share."""

from __future__ import annotations

from collections.abc import Iterator, Mapping


class Recording(Mapping[str, str]):
    """Variables that remember which were asked for."""

    def __init__(self, variables: dict[str, str]) -> None:
        self.variables = variables
        self.read: set[str] = set()

    def __getitem__(self, name: str) -> str:
        self.read.add(name)
        return self.variables[name]

    def __contains__(self, name: object) -> bool:
        self.read.add(str(name))
        return name in self.variables

    def __iter__(self) -> Iterator[str]:
        raise AssertionError("the script asks for names, it does not look around")

    def __len__(self) -> int:
        return len(self.variables)
