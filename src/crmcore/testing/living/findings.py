"""What the checks of a law have seen."""

from __future__ import annotations

from attrs import define, field


class Broken(Exception):
    """A story could not even be told."""


@define
class Findings:
    """What a check has seen so far."""

    questions: int = 0
    non_trivial: int = 0
    divergences: list[str] = field(factory=list)
    refused: dict[str, int] = field(factory=dict)

    def ask(self, holds: bool, what: str, *, trivial: bool = False) -> None:
        """Count one question; `what` says what is wrong where it does not hold."""
        self.questions += 1
        self.non_trivial += not trivial
        if not holds:
            self.divergences.append(what)

    def refuse(self, code: str) -> None:
        """Count one refusal."""
        self.refused[code] = self.refused.get(code, 0) + 1
