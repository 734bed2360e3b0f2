"""The definitions that versions were written under: a commitment speaks their language."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from datetime import datetime

from attrs import define, field, frozen

from crmcore.archive.ledger import ChangeSetFacts, Ledger
from crmcore.archive.modules import ArchivedModule, archived_modules
from crmcore.query.bound import BoundQuery, Ref, stamp_ref
from crmcore.query.evaluate import Row
from crmcore.records import (
    canonical,
    canonical_json,
    commitment,
    is_personal,
    layout_of,
    personal_commitments,
    version_commitment,
)
from crmcore.records.canonical import Canonical
from crmcore.schema import STAMPS, Module, Schema
from crmcore.schema.codec import schema_from_json
from crmcore.schema.reserved import DEFINITION
from crmcore.work.configuration import people_digest
from crmcore.work.converting import Convert
from crmcore.work.definitions import SCHEMA
from crmcore.work.generations import conversion_chain, eras_of
from crmcore.work.journal import rewrite_commitment
from crmcore.work.session import Session


@frozen
class Reading:
    """How versions written under `module` are read out of rows that hold every column."""

    module: Module
    project: Callable[[Row], Row]
    encode: Canonical

    def commitments(self, form: int, row: Row) -> list[bytes]:
        """What a change set of `form` committed to for a version that was written by itself."""
        salt, content = bytes.fromhex(str(row[7])), self.encode(row)
        if form == 1:
            made = [commitment(salt, content)]
        else:
            made = [version_commitment(self.module, row, content)]
        if is_personal(self.module):
            made.extend(personal_commitments(self.module, salt, row))
        return made

    def rewrite(self, names: Sequence[str], row: Row) -> bytes:
        """What a change set committed to for the rewrite of `names` that made a version."""
        index, fields = layout_of(self.module).index, self.module.by_name
        values = {name: row[index[name]] for name in names}
        plain = {
            name: None if value is None else fields[name].kind.to_json(value)
            for name, value in values.items()
        }
        moment = row[4]
        assert isinstance(moment, datetime)
        return rewrite_commitment(str(row[7]), plain, moment, str(row[5]))


@define
class Definitions:
    """Every schema that was ever in force; the present one is the last."""

    schemas: tuple[Schema, ...]
    modules: tuple[ArchivedModule, ...]
    _by_digest: Mapping[str, Schema]
    _by_position: Sequence[tuple[int, Schema]]
    _readings: dict[tuple[str, int], Reading | None] = field(factory=dict)

    @classmethod
    def read(cls, session: Session, ledger: Ledger, known: Sequence[Schema] = ()) -> Definitions:
        """All definitions that the store holds, and those that are `known` from elsewhere."""
        columns = (
            stamp_ref("version"),
            stamp_ref("change_set"),
            *(Ref((), DEFINITION.by_name[one]) for one in ("name", "value")),
        )
        rows = session.rows(BoundQuery(DEFINITION, columns, versions=True))
        found = [row for row in rows if row[2] == SCHEMA]
        found.sort(key=lambda row: row[0])  # type: ignore[arg-type,return-value]
        every, modules, digests = _parsed(session, [row[3] for row in found], known)
        placed = [(_position(ledger, row[1]), one) for row, one in zip(found, every, strict=False)]
        return cls(every, modules, digests, sorted(placed, key=lambda one: one[0]))

    def reading(self, facts: ChangeSetFacts, module: ArchivedModule) -> Reading | None:
        """How a version of `module` that `facts` wrote is read; `None` if nobody knows."""
        schema = self._schema(facts, module.module.name)
        place = (module.module.name, id(schema))
        if place not in self._readings:
            definition = None if schema is None else schema.by_name.get(module.module.name)
            self._readings[place] = None if definition is None else reading(module, definition)
        return self._readings[place]

    def _schema(self, facts: ChangeSetFacts, name: str) -> Schema | None:
        if name.startswith("crm_"):
            return self.schemas[-1]
        if facts.schema is not None:
            return self._by_digest.get(facts.schema)
        position = facts.position or len(self._by_position)
        before = [schema for place, schema in self._by_position if place < position]
        return before[-1] if before else self.schemas[0]


_Parsed = tuple[tuple[Schema, ...], tuple[ArchivedModule, ...], Mapping[str, Schema]]


def _parsed(session: Session, definitions: Sequence[object], more: Sequence[Schema]) -> _Parsed:
    """The schemas, what is archived of them, and their digests; found once for each text."""
    kind = DEFINITION.by_name["value"].kind
    texts = tuple(canonical_json(kind.to_json(one)) for one in definitions)
    known: dict[tuple[bytes, ...], _Parsed]
    known = session.configuration.__dict__.setdefault("_audit_definitions", {})
    if texts not in known:
        every = (*map(schema_from_json, definitions), *more, session.schema)
        digests = {people_digest(one): one for one in every}
        known.clear()
        known[texts] = (every, archived_modules(every), digests)
    return known[texts]


def _position(ledger: Ledger, change_set: object) -> int:
    facts = ledger.sets.get(str(change_set))
    return len(ledger.sets) if facts is None or facts.position is None else facts.position


Conversion = tuple[int, int, Convert]
"""Where a committed value and the one it was converted to lie in a row, and how."""


def conversions(
    session: Session, module: ArchivedModule, written: Reading, present: Reading
) -> list[Conversion]:
    """What became of the fields of `written` whose kind is another one in `present`."""
    start = len(STAMPS)
    places = {
        (one.number, one.generation): start + place for place, one in enumerate(module.whole.stored)
    }
    before = {one.number: one for one in written.module.stored if one.computed is None}
    found: list[Conversion] = []
    for one in present.module.stored:
        old = before.get(one.number)
        if old is None or one.computed is not None or old.generation == one.generation:
            continue
        eras = eras_of(session, present.module).get(one.number, ())
        for place, era in enumerate(eras):
            if era.field.generation == old.generation:
                convert = conversion_chain(session, eras, place, one)
                former, later = (one.number, old.generation), (one.number, one.generation)
                found.append((places[former], places[later], convert))
    return found


def reading(module: ArchivedModule, definition: Module) -> Reading:
    """How versions written under `definition` are read out of rows of `module.whole`."""
    start = len(STAMPS)
    columns = {
        (one.number, one.generation): start + place for place, one in enumerate(module.whole.stored)
    }
    places = [columns[one.number, one.generation] for one in definition.stored]
    width = layout_of(definition).stored
    if places == list(range(start, width)):
        return Reading(definition, lambda row: row[:width], canonical(definition))

    def project(row: Row) -> Row:
        return (*row[:start], *(row[place] for place in places))

    return Reading(definition, project, canonical(definition))
