"""What does not fit between a module and a host's table, before the one is read from the other."""

from __future__ import annotations

from attrs import frozen

from crmcore.errors import Language, Problem


@frozen
class Misfit:
    """One sort of thing that does not fit: where, why, in how many rows, in which for example.

    `samples` are pairs of a row's key and the problem; a misfit of the table itself has a
    count of 0 and no key.
    """

    code: str
    column: str | None
    field: str | None
    count: int
    samples: tuple[tuple[object, Problem], ...]

    def message(self, language: Language = "en") -> str:
        """The whole of it in one line."""
        where = " → ".join(one for one in (self.column, self.field) if one)
        reasons = [(key, why.message(language)) for key, why in self.samples]
        shown = "; ".join(why if key is None else f"{key}: {why}" for key, why in reasons)
        table = "table" if language == "en" else "表"
        return f"{where or table}: {self.code} × {self.count}: {shown}"

    def __str__(self) -> str:
        return self.message()
