"""What came of a proof: how much was asked, what differed, and whether it proves anything."""

from __future__ import annotations

from collections.abc import Mapping

from attrs import field, frozen


@frozen
class Divergence:
    """One difference, and the program that shows it in its smallest form."""

    backend: str
    what: str
    program: str

    def __str__(self) -> str:
        return f"{self.what}\n\n# To see it again:\n{self.program}"


@frozen
class Proof:
    """The result of a law.

    `questions` were asked of each of `backends`; `refused` says how many were refused,
    by code; `non_trivial` had an answer between nothing and everything. `weaknesses` are
    reasons for which the questions prove too little. Nothing is proved unless `holds`.
    """

    law: str
    backends: tuple[str, ...]
    seed: int
    examples: int
    questions: int
    non_trivial: int
    refused: Mapping[str, int] = field(factory=dict)
    features: Mapping[str, int] = field(factory=dict)
    divergences: tuple[Divergence, ...] = ()
    weaknesses: tuple[str, ...] = ()

    @property
    def holds(self) -> bool:
        """Whether nothing differed and the questions were worth asking."""
        return not self.divergences and not self.weaknesses

    @property
    def line(self) -> str:
        """The verdict in one line."""
        # Always the same words: programs look for them.
        found, backends = len(self.divergences), len(self.backends)
        line = f"{found} divergences in {self.questions} questions on {backends} backends"
        return f"{line}; proves nothing: {'; '.join(self.weaknesses)}" if self.weaknesses else line

    def facts(self) -> list[str]:
        """What was asked, in lines: how much was worth asking, about what, refused and why."""
        lines = [
            f"{self.law}: seed {self.seed}, {self.examples} examples, {', '.join(self.backends)}"
        ]
        lines.append(f"non-trivial: {self.non_trivial:,} of {self.questions:,}")
        if self.refused:
            lines.append(f"refused: {sum(self.refused.values()):,} of {self.questions:,}")
        lines += [f"{count:>7,}  refused: {code}" for code, count in sorted(self.refused.items())]
        lines += [f"{count:>7,}  {name}" for name, count in sorted(self.features.items())]
        return lines

    def report(self) -> str:
        """All of it for people, the verdict last."""
        lines = self.facts()
        lines += [str(one) for one in self.divergences]
        return "\n".join([*lines, self.line])
