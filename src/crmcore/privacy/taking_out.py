"""One erasure under way: live records through the door first, then every version of them."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from functools import partial
from typing import Final

from attrs import asdict, define, evolve, field

from crmcore.access import SYSTEM_USER
from crmcore.archive.modules import ArchivedModule
from crmcore.errors import Invalid
from crmcore.kinds import Json, Link, LongText, Text
from crmcore.privacy.asked import Action, Erasure, PastErasure
from crmcore.privacy.exporting import person_tokens
from crmcore.privacy.overwriting import Overwriting
from crmcore.privacy.reach import Holdings, Reach, is_personal_column
from crmcore.privacy.tokens import MARK, Tokens
from crmcore.privacy.users import Reviews, on_erasure, shut_out
from crmcore.query.evaluate import Row
from crmcore.records import layout_of
from crmcore.schema import STAMPS, Field, Module, Schema
from crmcore.schema.codec import schema_to_json
from crmcore.schema.reserved import (
    CHANGE_REQUEST,
    DEFINITION,
    ERASURE,
    MESSAGE,
    OPERATION,
    SHARE,
    STEP,
    TEAM_MEMBER,
    TOMBSTONE,
    USER,
)
from crmcore.work import configuring
from crmcore.work.computing import Computation
from crmcore.work.definitions import SCHEMA
from crmcore.work.parking import ASKED, WITHDRAWN
from crmcore.work.removing import remove
from crmcore.work.session import system_session
from crmcore.work.transaction import Unit

_STAMPS: Final = len(STAMPS)
_JOURNALS: Final = (OPERATION, STEP, MESSAGE)
_FREE: Final = (LongText, Json)
_MENTIONED: Final = 100
_ENGINES: Final = ("memory", "sqlite", "postgresql", "mariadb", "mysql", "mongodb")


def carry_out(unit: Unit, asked: PastErasure, backend: str) -> Erasure:
    """Erase within a unit of work; see `erase`. Whoever calls has checked the right to."""
    session = system_session(unit.session)
    holdings = Holdings(session)
    reach = holdings.reach(asked.module, asked.subject)
    if reach.module.module.keeping != "history" or asked.subject == SYSTEM_USER:
        raise Invalid("not_a_subject", module=reach.module.module.name)
    if not holdings.keeps_erasures:
        # A store that an older library made: from now on archives carry what is written here.
        configuring.put(unit.system_door, SCHEMA, schema_to_json(unit.session.schema))
    asked = evolve(asked, module=reach.module.module.name)
    row = unit.system_door.create(ERASURE, [asdict(asked)])[0]
    work = _Erasing(unit, holdings, reach, asked.action, Overwriting(unit, str(row[0])))
    work.run()
    physical = f"physical_{backend}" if backend in _ENGINES else "physical_other"
    return Erasure(
        str(row[0]),
        asked.action,
        asked.module,
        asked.subject,
        asked.moment,
        work.overwriting.count,
        work.counts(),
        physical,
        work.mentions(),
    )


@define
class _Erasing:
    """One erasure under way."""

    unit: Unit
    holdings: Holdings
    reach: Reach
    action: Action
    overwriting: Overwriting
    tokens: Tokens = field(init=False)
    reviews: Reviews = field(init=False)
    shut: dict[str, int] = field(factory=dict)
    """How many ways in there were of a user, by module."""

    def __attrs_post_init__(self) -> None:
        self.tokens = person_tokens(self.holdings, self.reach)
        self.reviews = Reviews.of(self.holdings.session, self.reach)

    def counts(self) -> dict[str, int]:
        """How many of the person's own records there are, by module."""
        own = {name: len(ids) for name, ids in self.reach.own.items()}
        return dict(sorted({**own, **self.shut}.items()))

    def run(self) -> None:
        """The live records through the door first, then every version that is left of them."""
        reach = self.reach
        self.shut = shut_out(self.holdings.session, self.holdings, reach)
        self._detach()
        if self.action == "erase":
            self._remove()
        else:
            self._change(reach.own, self._own)
        self._change(reach.about, self._about)
        self.reviews.vouch(self.unit.system_door)
        self.reviews.forget(self.holdings, self.overwriting)
        for found, scrub in (
            (reach.own, self._own),
            (reach.about, self._about),
            (reach.attached, self._attached),
        ):
            for name, ids in found.items():
                rows = self.holdings.rows(name, sorted(ids))
                self.overwriting.overwrite(self.holdings.modules[name], list(rows), scrub)
        for journal in _JOURNALS:
            every = (row for row in self.holdings.rows(journal.name) if self._is_told_in(row))
            module = self.holdings.modules[journal.name]
            self.overwriting.overwrite(module, list(every), self._about)

    def mentions(self) -> dict[str, tuple[str, ...]]:
        """Records that were left alone and hold what the person is known by."""
        found: dict[str, tuple[str, ...]] = {}
        for module in _telling(self.unit.session.schema):
            reach = self.reach
            known = reach.own.get(module.name, frozenset()) | reach.about.get(
                module.name, frozenset()
            )
            rows = self.holdings.rows(module.name)
            ids = {str(row[0]) for row in rows if row[0] not in known and self._is_told_in(row)}
            if ids:
                found[module.name] = tuple(sorted(ids)[:_MENTIONED])
        return found

    def _is_told_in(self, row: Row) -> bool:
        return row[6] != self.unit.journal.change_set and any(
            self.tokens.are_in(value) for value in row[_STAMPS:]
        )

    # What is left of a version.

    def _own(self, module: ArchivedModule, row: Row) -> Row:
        made = list(row)
        for place, one in _fields(module):
            is_gone = self._is_gone(module, one)
            made[place] = None if is_gone else self.tokens.scrubbed(one.kind, row[place])
        return tuple(made)

    def _is_gone(self, module: ArchivedModule, one: Field) -> bool:
        if self.action == "erase" and module.module.keeping == "history":
            return not isinstance(one.kind, Link)
        return is_personal_column(module, one)

    def _about(self, module: ArchivedModule, row: Row) -> Row:
        made = list(row)
        for place, one in _fields(module):
            if not isinstance(one.kind, Link):
                made[place] = self.tokens.scrubbed(one.kind, row[place])
        return tuple(made)

    def _attached(self, module: ArchivedModule, row: Row) -> Row:
        made = list(row)
        for place, one in _fields(module):
            made[place] = None if isinstance(one.kind, _FREE) else row[place]
        return tuple(made)

    # Live records, through the door.

    def _detach(self) -> None:
        """Requests about the records are withdrawn and emptied; shares go with who is erased."""
        door = self.unit.system_door
        for name, ids in self.reach.attached.items():
            module = self.unit.session.schema.by_name[name]
            live = door.session.stored_rows(module, sorted(ids))
            if name == CHANGE_REQUEST.name:
                place = layout_of(module).index["state"]
                self._put(module, live, partial(_withdrawn, place))
            elif self.action == "erase" and live and name in (SHARE.name, TEAM_MEMBER.name):
                door.delete(module, [(record, None) for record in sorted(live)])
            self._put(
                module,
                door.session.stored_rows(module, sorted(ids)),
                partial(self._attached, self.holdings.modules[name]),
            )

    def _remove(self) -> None:
        door, subject = self.unit.system_door, self.reach.subject
        module = self.unit.session.schema.by_name[self.reach.module.module.name]
        if door.session.stored_rows(module, [subject]):
            remove(door, door, module, [(subject, None)], on_link=on_erasure)

    def _change(
        self, found: Mapping[str, frozenset[str]], scrub: Callable[[ArchivedModule, Row], Row]
    ) -> None:
        for name, ids in found.items():
            present = self.unit.session.schema.by_name.get(name)
            if present is None or present.keeping != "history":
                continue
            live = self.unit.system_door.session.stored_rows(present, sorted(ids))
            self._put(present, live, partial(self._live, name, scrub))

    def _live(self, name: str, scrub: Callable[[ArchivedModule, Row], Row], row: Row) -> Row:
        """What is left of a live row, read as a version of every column."""
        module = self.holdings.modules[name]
        padded = (*row, *(None,) * (module.width - len(row)))
        made = list(scrub(module, padded)[: len(row)])
        title, subject = self.reach.title_of(module), layout_of(module.module).index
        if title is not None and row[subject[title]] is not None:
            one = module.module.by_name[title]
            if made[subject[title]] is None and isinstance(one.kind, Text) and not one.unique:
                made[subject[title]] = MARK
        if name == USER.name and scrub == self._own:
            made[subject["active"]] = False
        return tuple(made)

    def _put(self, module: Module, live: dict[str, Row], change: Callable[[Row], Row]) -> None:
        """Changed rows as new versions: what the law takes is not refused for being required."""
        door = self.unit.system_door
        pairs = [(change(row), row) for row in live.values()]
        changed = [(made, row) for made, row in pairs if made != row]
        if not changed:
            return
        rows = [door.next_row(row, list(made[_STAMPS:])) for made, row in changed]
        computation = Computation.of(door.session, module)
        if computation is not None:
            look = door.session.look()
            rows = [computation.applied(row, look) for row in rows]
        door.replace(module, rows, [row for _, row in changed])


def _telling(schema: Schema) -> Iterator[Module]:
    """Modules whose records may name somebody: those of people, and what they write in ours."""
    silent = {DEFINITION.name, ERASURE.name, TOMBSTONE.name}
    for one in schema.modules:
        if one.keeping == "history" and one.name not in silent:
            yield one


def _fields(module: ArchivedModule) -> Iterator[tuple[int, Field]]:
    return ((_STAMPS + number, one) for number, one in enumerate(module.whole.stored))


def _withdrawn(place: int, row: Row) -> Row:
    made = list(row)
    made[place] = WITHDRAWN if row[place] == ASKED else row[place]
    return tuple(made)
