"""What change sets say of themselves, and what was found for each of them in the store."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from datetime import UTC, datetime, timedelta
from itertools import groupby
from typing import Final

from attrs import define, field

from crmcore.archive.spooling import Spool
from crmcore.errors import Problem
from crmcore.query.bound import BoundOrder, BoundQuery, Ref, full_columns
from crmcore.query.evaluate import Row
from crmcore.records import layout_of, root_of
from crmcore.schema.reserved import CHANGE_SET
from crmcore.work.sealing import Head, sealed_row
from crmcore.work.session import Session

_PLACE: Final = layout_of(CHANGE_SET).index
_MILLISECOND: Final = timedelta(milliseconds=1)
_SEALED: Final = 2
_NAMED: Final = 3
_NUMBER: Final = 8
_DIGEST: Final = 32
_LONG_AGO: Final = datetime(1970, 1, 1, tzinfo=UTC)
START: Final = "0" * 64


@define
class Rewriting:
    """A rewrite that a change set tells of, and how many of its versions were found."""

    count: int
    fields: tuple[str, ...]
    found: int = 0


@define
class ChangeSetFacts:
    """One change set: what it says, and what was found of it.

    `number` is its place among those that are looked at. `records` names a few of its
    records, for whoever has to look for what is amiss. Where `is_purged`, values of its
    versions were purged, and nobody can tell what it committed to.
    """

    id: str
    number: int
    position: int | None
    form: int
    schema: str | None
    root: str
    operation: str
    told: str | None
    rewrites: dict[tuple[str, str], Rewriting]
    records: list[tuple[str, str]] = field(factory=list)
    marks: set[str] = field(factory=set)
    is_shared: bool = False
    is_purged: bool = False

    @classmethod
    def of(cls, row: Row, number: int = 0) -> ChangeSetFacts:
        """The facts that a row of `crm_change_set` states."""
        values = {name: row[place] for name, place in _PLACE.items()}
        position, rewrites = values["position"], values["rewrites"]
        told = CHANGE_SET.by_name["rewrites"].kind.to_json(rewrites) if rewrites else []
        assert isinstance(told, list)
        return cls(
            str(row[0]),
            number,
            position if isinstance(position, int) else None,
            _number(values["form"]) or 1,
            _text(values["schema"]),
            str(values["root"]),
            str(values["operation"]),
            _text(values["told"]),
            {(str(one["module"]), str(one["mark"])): _rewriting(one) for one in told},
        )

    def share(self, mark: str) -> None:
        """Note which salt a version of the first form had: those of rewrites are shared."""
        self.is_shared = self.is_shared or mark in self.marks
        self.marks.add(mark)

    def name(self, module: str, record: object) -> None:
        """Note a record of this change set."""
        if len(self.records) < _NAMED:
            self.records.append((module, str(record)))

    def problems(self, root: str) -> Iterator[Problem]:
        """What of this change set is not as it was committed; what was found has this `root`."""
        for (module, _), one in self.rewrites.items():
            if one.found != one.count:
                yield Problem("audit_root_differs", self._where(), module)
        # Rewrites of the first form left nothing to tell their versions by.
        is_open = self.form == 1 and self.is_shared
        if root != self.root and not (is_open or self.is_purged):
            first = next((module for module, _ in self.records), None)
            yield Problem("audit_root_differs", self._where(), first)

    def _where(self) -> dict[str, object]:
        shown = ", ".join(f"{module} {record}" for module, record in self.records) or "–"
        return {"position": self.position or "–", "change_set": self.id, "records": shown}


def _rewriting(data: Mapping[str, object]) -> Rewriting:
    count, names = data["count"], data["fields"]
    assert isinstance(count, int)
    assert isinstance(names, list)
    return Rewriting(count, tuple(map(str, names)))


def _text(value: object) -> str | None:
    return None if value is None else str(value)


def _number(value: object) -> int | None:
    return value if isinstance(value, int) else None


@define
class Ledger:
    """All change sets, and whether they are chained as they were sealed.

    A ledger that begins behind a sealed position (`last`) knows what came since.
    """

    last: Head = field(factory=lambda: Head(0, _LONG_AGO, START, None))
    sets: dict[str, ChangeSetFacts] = field(factory=dict)
    problems: list[Problem] = field(factory=list)
    chains: dict[int, str] = field(factory=dict)
    waiting: int = 0
    _commitments: Spool = field(factory=lambda: Spool(_NUMBER + _DIGEST))

    @property
    def is_whole(self) -> bool:
        """Whether it begins where the chain does."""
        return self.last.position == 0

    def read(self, session: Session, head: Head) -> None:
        """Walk the chain up to `head`; what is amiss is in `problems`."""
        order = (BoundOrder(Ref((), CHANGE_SET.by_name["position"])),)
        query = BoundQuery(CHANGE_SET, full_columns(CHANGE_SET), order=order)
        last = self.last
        for number, row in enumerate(session.rows(query)):
            found = ChangeSetFacts.of(row, number)
            self.sets[found.id] = found
            if found.position is None:
                self.waiting += 1
            else:
                last = self._link(last, row, found.position)
        self._check_head(head, last)

    def leads_through(self, position: int, chain: str) -> bool:
        """Whether the chain was at `chain` at `position`; also before its first change set."""
        known = {self.last.position: self.last.chain, **self.chains}
        return known.get(position) == chain

    def add(self, facts: ChangeSetFacts, commitment: bytes) -> None:
        """Note a commitment that was made of what is stored of `facts`."""
        self._commitments.add(facts.number, facts.number.to_bytes(_NUMBER, "big") + commitment)

    def check_roots(self) -> None:
        """Compare what was found of every change set with what it says."""
        for facts, root in self.roots():
            self.problems.extend(facts.problems(root))

    def roots(self) -> Iterator[tuple[ChangeSetFacts, str]]:
        """The root of what was found of every change set; asked for once."""
        every, missing = list(self.sets.values()), set(range(len(self.sets)))
        for bucket in self._commitments.sorted_buckets():
            for place, parts in groupby(bucket, key=lambda one: one[:_NUMBER]):
                number = int.from_bytes(place, "big")
                missing.discard(number)
                yield every[number], root_of(one[_NUMBER:] for one in parts)
        for number in sorted(missing):
            yield every[number], root_of(())

    def _link(self, last: Head, row: Row, position: int) -> Head:
        """Check that the sealed `row` follows `last`; the head behind it as it is stored."""
        moment, chain = row[_PLACE["moment"]], str(row[_PLACE["chain"]])
        assert isinstance(moment, datetime)
        where: dict[str, object] = {"position": last.position + 1}
        after, _ = sealed_row(Head(last.position, moment - _MILLISECOND, last.chain, None), row)
        if position != last.position + 1:
            self.problems.append(Problem("audit_gap", where | {"found": position}))
        elif after.chain != chain or row[1] != _SEALED or (last.position and moment <= last.moment):
            self.problems.append(Problem("audit_link_broken", where))
        self.chains[position] = chain
        return Head(position, moment, chain, None)

    def _check_head(self, head: Head, last: Head) -> None:
        found = (last.position, last.chain)
        if found != (head.position, head.chain) or (last.position and last.moment != head.moment):
            params = {"position": last.position, "head": head.position}
            self.problems.append(Problem("audit_head_differs", params))

    def set_of(self, name: object, module: str, record: object) -> ChangeSetFacts | None:
        """The change set called `name`; a version that names none was not written by us."""
        found = self.sets.get(str(name))
        if found is None and self.is_whole:
            self.problems.append(Problem("audit_unknown_set", {}, module, str(record)))
        return found
