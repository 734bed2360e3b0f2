"""A page of records: a sequence of records that can also show itself as a table."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from typing import overload

from crmcore.records import Record
from crmcore.tables import Table


class Page(Sequence[Record]):
    """Records in the order asked for.

    `next` is the cursor of the following page, `None` on the last one. `hint` says why
    nothing is here, where a missing grant is the reason. `table()` is the page as a table.
    """

    __slots__ = ("_records", "_table", "hint", "next")

    def __init__(
        self,
        records: list[Record],
        table: Callable[[], Table],
        following: str | None = None,
        hint: str | None = None,
    ) -> None:
        self._records = records
        self._table = table
        self.next = following
        self.hint = hint

    def table(self) -> Table:
        """The records as a table: for pandas, Polars, Arrow, files and charts."""
        return self._table()

    @overload
    def __getitem__(self, position: int) -> Record: ...
    @overload
    def __getitem__(self, position: slice) -> list[Record]: ...
    def __getitem__(self, position: int | slice) -> Record | list[Record]:
        return self._records[position]

    def __iter__(self) -> Iterator[Record]:
        return iter(self._records)

    def __len__(self) -> int:
        return len(self._records)

    def __eq__(self, other: object) -> bool:
        if isinstance(other, Page):
            return self._records == other._records
        return self._records == other if isinstance(other, list) else NotImplemented

    __hash__ = None  # type: ignore[assignment]

    def __repr__(self) -> str:
        return self.hint if self.hint and not self._records else repr(self.table())

    def _repr_html_(self) -> str:
        return self.table()._repr_html_()

    def __arrow_c_stream__(self, requested_schema: object = None) -> object:
        return self.table().__arrow_c_stream__(requested_schema)
