"""Fidelity: a value comes back as it was given, in value and type, whatever way it is read.

Every kind, its canonical values and generated ones, read as the current version, as a
former one, after a rewrite, and as a group.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from contextlib import closing
from typing import Any, Final

from attrs import define, frozen

from crmcore.kinds import Json, LongText, MultiLink, Text
from crmcore.query.bound import BoundGroup, BoundMeasure, BoundQuery, BoundSummary, Ref, by_id
from crmcore.schema import Field, Module, Schema, numbered
from crmcore.schema.reserved import CHANGE_SET, USER
from crmcore.storage import Backend, Insert, Intent, Replace, Rewrite, Row
from crmcore.testing.asking import exact
from crmcore.testing.canonical import samples
from crmcore.testing.case import sabotaged
from crmcore.testing.choices import seeded
from crmcore.testing.generate.values import another
from crmcore.testing.play import ask_all, run
from crmcore.testing.proofs.parity import Backends, opened
from crmcore.testing.proofs.verdict import Divergence, Proof
from crmcore.testing.rows import USER_ID, change_set_id, moment, new_row, next_row, record_id, salt
from crmcore.testing.script import RESERVED_PART
from crmcore.testing.source import program
from crmcore.testing.stores import Stores, empty_stores

EXAMPLES: Final = 40
"""Records with generated values, besides those with the canonical ones."""

_REWRITTEN: Final = 12
_SHOWN: Final = 200
Values = Mapping[str, Any]


@frozen
class Given:
    """One value of one field: the smallest case of fidelity."""

    field: Field
    value: object

    def check(self, backend: str, sabotage: str | None = None) -> None:
        """Raise `AssertionError` where the installed backend gives back something else."""
        with empty_stores(backend) as stores:
            found = self.differs(sabotaged(stores, sabotage))
        assert found is None, found

    def differs(self, stores: Stores) -> str | None:
        """What a store gives back instead, in words; `None` where it is the same."""
        name = self.field.name
        found = _first((self.field,), [{name: self.value}, {name: None}], stores)
        return None if found is None else str(found)


@frozen
class _Loss:
    """A value that came back as another one."""

    field: Field
    value: object
    way: str
    found: str

    def __str__(self) -> str:
        given = _short(exact(self.value))
        return f"{self.field.kind.name} {given} as {self.way}: {_short(self.found)}"


def _short(text: str) -> str:
    return text if len(text) <= _SHOWN else f"{text[:_SHOWN]}… ({len(text)} characters)"


def fidelity(
    backends: Backends,
    *,
    examples: int = EXAMPLES,
    seed: int = 0,
    sabotage: str | None = None,
) -> Proof:
    """Store canonical values of every kind and `examples` records of generated ones."""
    fields, records = _canonical()
    records = [*records, *_generated(seed, examples)]
    found: list[Divergence] = []
    with opened(backends) as stores:
        for name, plain in stores.items():
            spoiled = sabotaged(plain, sabotage)
            loss = _first(fields, records, spoiled)
            if loss is not None:
                found.append(_divergence(name, loss, spoiled, sabotage))
                break
    values = sum(len(record) for record in records)
    return Proof(
        "fidelity",
        tuple(stores),
        seed,
        examples,
        values,
        sum(value is not None for record in records for value in record.values()),
        divergences=tuple(found),
    )


def _canonical() -> tuple[tuple[Field, ...], list[Values]]:
    """A field for every sample, and records that hold all its values, one after the other."""
    all_samples = samples()
    fields = tuple(Field(one.name, one.kind) for one in all_samples)
    most = max(len(one.values) for one in all_samples)
    records = [
        {one.name: one.values[row] if row < len(one.values) else None for one in all_samples}
        for row in range(most)
    ]
    return fields, records  # type: ignore[return-value]


def _generated(seed: int, examples: int) -> Iterator[Values]:
    for ordinal in range(examples):
        choices = seeded(seed, ordinal)
        yield {one.name: another(choices, one.kind, one.values) for one in samples()}


def _divergence(name: str, loss: _Loss, stores: Stores, sabotage: str | None) -> Divergence:
    given = _smallest(Given(loss.field, loss.value), stores)
    alone = given.differs(stores)
    words = repr(name) if sabotage is None else f"{name!r}, sabotage={sabotage!r}"
    return Divergence(
        name,
        f"{name}: {alone or loss}",
        program("given", given, f"given.check({words})"),
    )


def _smallest(given: Given, stores: Stores) -> Given:
    """`given`, its text cut as long as it still gets lost."""
    while isinstance(given.value, str) and isinstance(given.field.kind, (Text, LongText)):
        half = given.field.kind.normalize(given.value[: len(given.value) // 2])
        shorter = Given(given.field, half)
        if half is None or shorter.differs(stores) is None:
            break
        given = shorter
    return given


def _first(fields: tuple[Field, ...], records: Sequence[Values], stores: Stores) -> _Loss | None:
    with closing(stores()) as backend:
        return next(_Trial.of(backend, fields, records).losses(), None)


@define
class _Trial:
    """Records in a store, and the ways of reading them."""

    backend: Backend
    module: Module
    records: Sequence[Values]

    @classmethod
    def of(cls, backend: Backend, fields: Iterable[Field], records: Sequence[Values]) -> _Trial:
        thing = Module("thing", [Field("name", Text())], title="name")
        modules = (*RESERVED_PART, thing, Module("sample", fields))
        schema = numbered(Schema(modules))
        backend.prepare(schema)
        trial = cls(backend, schema.by_name["sample"], records)
        things = [new_row(schema.by_name["thing"], record_id(n), 0, {}) for n in (1, 2)]
        people = [new_row(USER, USER_ID, 0, {"name": "Anna"})]
        sets = [new_row(CHANGE_SET, change_set_id(n), n, {}) for n in range(4)]
        writes = [Insert(CHANGE_SET, sets), Insert(USER, people)]
        run(backend, [[*writes, Insert(schema.by_name["thing"], things)]])
        return trial

    def losses(self) -> Iterator[_Loss]:
        """Every value that came back as another one, however it was read."""
        rows = [new_row(self.module, _id(n), 1, one) for n, one in enumerate(self.records)]
        run(self.backend, [[Insert(self.module, rows)]])
        yield from self._current("the current version", self.records)
        yield from self._groups()
        later = [*self.records[1:], self.records[0]]
        moved = [next_row(self.module, row, 2, v) for row, v in zip(rows, later, strict=True)]
        run(self.backend, [[Replace(self.module, moved, [1] * len(moved))]])
        yield from self._current("a changed version", later)
        yield from self._former()
        yield from self._rewritten(later)

    def _columns(self) -> tuple[Ref, ...]:
        return tuple(Ref((), one) for one in self.module.stored)

    def _current(self, way: str, expected: Sequence[Values]) -> Iterator[_Loss]:
        found = {row[0]: row[1:] for row in self._rows()}
        for number, values in enumerate(expected):
            yield from self._compared(way, values, found.get(_id(number)))

    def _rows(self) -> list[Row]:
        return ask_all(self.backend, BoundQuery(self.module, (_ID, *self._columns())))

    def _compared(self, way: str, values: Values, row: Row | None) -> Iterator[_Loss]:
        for place, one in enumerate(self.module.stored):
            value = values[one.name]
            if row is None:
                yield _Loss(one, value, way, "no record")
            elif exact(row[place]) != exact(value):
                yield _Loss(one, value, way, exact(row[place]))

    def _former(self) -> Iterator[_Loss]:
        query = BoundQuery(self.module, (_ID, _VERSION, *self._columns()), versions=True)
        found = {row[0]: row[2:] for row in ask_all(self.backend, query) if row[1] == 1}
        for number, values in enumerate(self.records):
            yield from self._compared("a former version", values, found.get(_id(number)))

    def _rewritten(self, known: Sequence[Values]) -> Iterator[_Loss]:
        expected = [*known]
        for number, values in enumerate(known[:_REWRITTEN]):
            query = BoundQuery(self.module, (_ID,), by_id(_id(len(known) - 1 - number)))
            stamps = change_set_id(3), moment(3), USER_ID, salt(3)
            run(self.backend, [[Rewrite(query, values, *stamps)]])
            expected[len(known) - 1 - number] = values
        yield from self._current("a rewritten version", expected)

    def _groups(self) -> Iterator[_Loss]:
        for one in self.module.stored:
            if isinstance(one.kind, (Json, MultiLink)):
                continue
            group, count = BoundGroup(Ref((), one)), BoundMeasure("count")
            found = self._summary(BoundSummary(self.module, (group,), (count,)))
            for record in self.records:
                value = record[one.name]
                wanted = exact(None if value is None else one.kind.identity(value))
                if wanted not in found:
                    yield _Loss(one, value, "a group", "no such group")

    def _summary(self, query: BoundSummary) -> set[str]:
        transaction = self.backend.begin(Intent.READ)
        try:
            return {exact(row[0]) for batch in transaction.summarize(query) for row in batch}
        finally:
            transaction.rollback()


def _id(number: int) -> str:
    return record_id(100 + number)


_ID: Final = Ref((), RESERVED_PART[0].by_name["id"])
_VERSION: Final = Ref((), RESERVED_PART[0].by_name["version"])
