"""Sources of adopted rows for tests, and worlds of which some modules are adopted."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from contextlib import AbstractContextManager, nullcontext

from attrs import define, evolve, frozen

from crmcore.errors import Conflict
from crmcore.query.evaluate import Row
from crmcore.schema import Module, Schema
from crmcore.storage import Backend, Expect, Insert, Intent, Transaction
from crmcore.storage.adopted import AdoptedSource, AdoptedWriter, AdoptingTransaction, Wanted
from crmcore.storage.memory import MemoryBackend
from crmcore.testing.asking import Ask, Past
from crmcore.testing.case import outcome
from crmcore.testing.generate import Setting
from crmcore.testing.play import Play, live_rows, run
from crmcore.testing.script import RESERVED_PART


@define
class RowsSource:
    """Rows in memory, handed out in small portions, by id where that is wanted."""

    kept: Mapping[str, Row]
    able: bool = True
    writer: AdoptedWriter | None = None
    asked: int = 0

    def check(self, module: Module) -> None:
        """Rows in memory have whatever is asked for."""

    def sorts(self, module: Module) -> bool:
        return self.able

    def rows(self, transaction: Transaction, wanted: Wanted) -> Iterator[Sequence[Row]]:
        found = list(self.kept.values())
        if wanted.order is not None:
            found = [self.kept[one] for one in sorted(self.kept)]
        if wanted.order == "descending":
            found.reverse()
        for start in range(0, len(found), 3):
            self.asked += 1
            yield found[start : start + 3]

    def expect(self, transaction: Transaction, expected: Expect) -> None:
        for record in expected.ids:
            if record not in self.kept:
                raise Conflict("record_changed", module=expected.module.name, record=record)

    def connection(self, transaction: Transaction) -> AbstractContextManager[object]:
        return nullcontext()

    def record(self, key: object) -> str:
        return str(key)

    def key(self, record: str) -> object:
        return record


@frozen
class Adoption:
    """A world twice: all in one store, and some modules in tables of a host."""

    schema: Schema
    ordinary: Backend
    adopting: Backend
    sources: Mapping[str, AdoptedSource]

    def outcomes(self, ask: Ask, plain: object, marked: object) -> tuple[object, object]:
        """The answer of the ordinary store, and that of the adopting one."""
        first = self.ordinary.begin(Intent.READ)
        second = self.adopting.begin(Intent.READ)
        try:
            one = outcome(first, ask, plain)  # type: ignore[arg-type]
            wrapped = AdoptingTransaction(second, self.sources, frozenset(self.sources))
            return one, outcome(wrapped, ask, marked)  # type: ignore[arg-type]
        finally:
            first.rollback()
            second.rollback()


def played(setting: Setting) -> tuple[Backend, Mapping[str, Mapping[str, Row]]]:
    """The world of `setting` in an ordinary store, and its live rows by module and id."""
    play = Play(setting.world)
    for _ in setting.world.commits:
        play.step([])
    rows = {one.name: live_rows(play.model, one) for one in play.world.schema.modules}
    return play.model, rows


def marked(schema: Schema, names: Iterable[str]) -> Schema:
    """`schema` with the modules of `names` adopted."""
    chosen = set(names)
    return Schema(
        evolve(one, keeping="adopted") if one.name in chosen else one for one in schema.modules
    )


def remaining(
    schema: Schema, rows: Mapping[str, Mapping[str, Row]], backend: Backend | None = None
) -> Backend:
    """A store with the rows of the modules of `schema` that are not adopted."""
    made = backend or MemoryBackend()
    own = [one for one in schema.modules if one.keeping != "adopted"]
    made.prepare(Schema([*RESERVED_PART, *(one for one in own if one not in RESERVED_PART)]))
    writes = [Insert(one, list(rows[one.name].values())) for one in own if rows[one.name]]
    assert run(made, [writes]) is None
    return made


def is_of_the_past(ask: Ask) -> bool:
    """Whether a host cannot answer `ask`."""
    return isinstance(ask, Past) or ask.as_of is not None
