"""Whoever reaches the store itself: rows are changed below the door, with and without care.

An attack gets all rows of all modules and changes them; the careful ones write roots, chains
and heads anew with the library's own code.
"""

from __future__ import annotations

import random
from collections.abc import Callable, Mapping, Sequence
from datetime import datetime, timedelta
from decimal import Decimal

from attrs import define, field

from crmcore.access import System
from crmcore.archive.definitions import Definitions
from crmcore.archive.ledger import Ledger
from crmcore.archive.modules import ArchivedModule
from crmcore.archive.versions import VersionCheck
from crmcore.kinds import Kind
from crmcore.query.bound import BoundQuery
from crmcore.query.evaluate import Row
from crmcore.records import lasting, layout_of
from crmcore.schema import STAMPS
from crmcore.schema.reserved import AUDIT_ENTRY, CHANGE_SET, HEAD, OPERATION
from crmcore.storage import Intent, Load
from crmcore.work import Workspace
from crmcore.work.remembering import AUDIT_HEAD_ID, START, AuditHead, chained
from crmcore.work.sealing import HEAD_ID, Head, head_of, sealed_row

_SETS = layout_of(CHANGE_SET).index
_ENTRIES = layout_of(AUDIT_ENTRY).index
_HEADS = layout_of(HEAD).index
_LONG_AGO = datetime.fromisoformat("1970-01-01T00:00:00+00:00")
_MILLISECOND = timedelta(milliseconds=1)
_APART = (CHANGE_SET.name, OPERATION.name, AUDIT_ENTRY.name, HEAD.name)
_STAMPS = (2, 3, 4, 5, 7)

Tables = dict[str, list[Row]]


@define
class Below:
    """The rows of a store as they lie there; each carries its two endings."""

    crm: Workspace
    modules: dict[str, ArchivedModule] = field(factory=dict)
    tables: Tables = field(factory=dict)
    ledger: Ledger = field(factory=Ledger)
    definitions: Definitions = field(factory=lambda: Definitions((), (), {}, ()))

    @classmethod
    def of(cls, crm: Workspace) -> Below:
        made = cls(crm)
        with crm._store.reading(System("look")) as session:
            made.ledger.read(session, head_of(session.transaction))
            made.definitions = Definitions.read(session, made.ledger)
            made.modules = {one.module.name: one for one in made.definitions.modules}
            made.modules[HEAD.name] = ArchivedModule(HEAD, HEAD, True)
            for name, module in made.modules.items():
                query = BoundQuery(module.whole, module.columns, versions=True)
                made.tables[name] = list(session.rows(query))
        return made

    def told_places(self, name: str, row: Row) -> list[tuple[int, Kind]]:
        """Where what the chain speaks of lies in a version: stamps, values as of its writing."""
        module = self.modules[name]
        written = self.definitions.reading(self.ledger.sets[str(row[6])], module)
        assert written is not None
        found = [(place, STAMPS[place].kind) for place in _STAMPS]
        known = {(one.number, one.generation) for one in lasting(written.module)}
        if row[module.width] is None:
            # Of live records the value that people see, too, where its kind has changed.
            known |= {(one.number, one.generation) for one in lasting(module.module)
                      if any(one.number == number for number, _ in known)}  # fmt: skip
        for place, one in enumerate(module.whole.stored, len(STAMPS)):
            if (one.number, one.generation) in known:
                found.append((place, one.kind))
        return found

    def plant(self, tables: Tables) -> list[str]:
        """Put what differs into the store; the names of the modules that did."""
        changed = [name for name in tables if tables[name] != self.tables[name]]
        self._put(changed, tables)
        return changed

    def restore(self, changed: Sequence[str]) -> None:
        """Bring back what was there."""
        self._put(changed, self.tables)

    def _put(self, names: Sequence[str], tables: Tables) -> None:
        transaction = self.crm._store.backend.begin(Intent.WRITE)
        try:
            for name in names:
                module = self.modules[name]
                width = module.width
                live = [row[:width] for row in tables[name] if row[width] is None]
                former = [row for row in tables[name] if row[width] is not None]
                transaction.apply([Load(module.whole, live, former, anew=True)])
            transaction.commit()
        finally:
            transaction.rollback()

    def copy(self) -> Tables:
        """The rows, to be changed."""
        return {name: list(rows) for name, rows in self.tables.items()}


@define
class Attack:
    """One tampering under way."""

    below: Below
    rng: random.Random
    tables: Tables

    def people(self) -> list[str]:
        """The modules with versions, of people and reserved."""
        return [name for name, rows in self.tables.items() if rows and name not in _APART]

    def pick(self, wanted: Callable[[ArchivedModule, Row], bool]) -> tuple[str, int]:
        """A module and the place of a version that is wanted."""
        found = [
            (name, place)
            for name in self.people()
            for place, row in enumerate(self.tables[name])
            if wanted(self.below.modules[name], row)
        ]
        return self.rng.choice(found)

    def sets(self) -> list[Row]:
        """The change sets by position."""
        return sorted(self.tables[CHANGE_SET.name], key=lambda row: row[_SETS["position"]])

    def entries(self) -> list[Row]:
        """The entries by position."""
        return sorted(self.tables[AUDIT_ENTRY.name], key=lambda row: row[_ENTRIES["position"]])


def other(value: object, rng: random.Random) -> object:
    """Another value of the same sort; `None` where none is known."""
    if isinstance(value, bool):
        return not value
    if isinstance(value, int):
        return value + rng.randint(1, 9)
    if isinstance(value, Decimal):
        return value + rng.randint(1, 9)
    if isinstance(value, datetime):
        return value + timedelta(seconds=rng.randint(1, 99))
    if isinstance(value, str) and len(value) in (32, 64):
        return value[:-1] + ("0" if value[-1] != "0" else "1")
    if isinstance(value, str):
        return str(value) + "x"
    return None


def filled(kind: Kind) -> object:
    """A value where there was none."""
    samples: dict[str, object] = {"text": "x", "integer": 7, "id": "e" * 32, "boolean": True}
    if kind.shape == "scaled":
        return Decimal(1).quantize(Decimal(1).scaleb(-kind.scale))
    return samples.get(kind.shape)


def edit_current(attack: Attack) -> None:
    """A value or a stamp of a live record."""
    _edit(attack, *attack.pick(lambda module, row: row[module.width] is None))


def edit_history(attack: Attack) -> None:
    """A value, a stamp or the ending of a former version."""
    name, place = attack.pick(lambda module, row: row[module.width] is not None)
    width = attack.below.modules[name].width
    row = attack.tables[name][place]
    if attack.rng.random() < 0.8:
        _edit(attack, name, place)
    elif attack.rng.random() < 0.5:
        others = [one[0] for one in attack.sets() if one[0] != row[width]]
        attack.tables[name][place] = (*row[:width], attack.rng.choice(others), row[-1])
    else:
        attack.tables[name][place] = (*row[:-1], 0 if row[-1] else 1)


def _edit(attack: Attack, name: str, place: int) -> None:
    row = attack.tables[name][place]
    places = attack.below.told_places(name, row)
    for one, kind in attack.rng.sample(places, len(places)):
        value = other(row[one], attack.rng) if row[one] is not None else filled(kind)
        if value is not None and value != row[one]:
            attack.tables[name][place] = (*row[:one], value, *row[one + 1 :])
            return
    raise AssertionError("some value can be changed")


def edit_change_set(attack: Attack) -> None:
    """Anything that a change set or an operation says."""
    module = attack.rng.choice((CHANGE_SET, OPERATION))
    rows = attack.tables[module.name]
    place = attack.rng.randrange(len(rows))
    row, index = rows[place], layout_of(module).index
    columns = [index[one.name] for one in module.stored] + list(_STAMPS)
    for one in attack.rng.sample(columns, len(columns)):
        kind = (*STAMPS, *module.stored)[one].kind
        value = other(row[one], attack.rng) if row[one] is not None else filled(kind)
        if isinstance(row[one], Mapping):
            value = kind.normalize({"forged": 1})
        if value is not None and value != row[one]:
            rows[place] = (*row[:one], value, *row[one + 1 :])
            return


def delete_version(attack: Attack) -> None:
    """A version is gone; its neighbors may be closed up."""
    name, place = attack.pick(lambda module, row: True)
    rows = attack.tables[name]
    gone = rows.pop(place)
    if attack.rng.random() < 0.5:
        later = [one for one in rows if one[0] == gone[0] and one[1] > gone[1]]  # type: ignore[operator]
        for one in later:
            rows[rows.index(one)] = (one[0], one[1] - 1, *one[2:])  # type: ignore[operator]


def delete_change_set(attack: Attack) -> None:
    """A change set is gone; those behind it may move up."""
    ordered = attack.sets()
    gone = ordered.pop(attack.rng.randrange(len(ordered)))
    if attack.rng.random() < 0.5:
        ordered = _renumbered(ordered, _SETS)
    attack.tables[CHANGE_SET.name] = ordered
    assert gone not in ordered


def insert_version(attack: Attack) -> None:
    """A forged record, or one more version of a record."""
    name, place = attack.pick(lambda module, row: row[module.width] is None)
    rows, width = attack.tables[name], attack.below.modules[name].width
    row = rows[place]
    forged = attack.rng.choice(attack.sets())[0]
    has_history = attack.below.modules[name].module.keeping == "history"
    if not has_history or attack.rng.random() < 0.5:
        salt = f"{attack.rng.getrandbits(128):032x}"
        made = (f"{attack.rng.getrandbits(128):032x}", 1, *row[2:6], forged, salt, *row[8:])
        rows.append(_unkeyed(attack.below.modules[name], made))
        return
    rows[place] = (*row[:width], forged, 0)
    rows.append((row[0], row[1] + 1, *row[2:6], forged, *row[7:]))  # type: ignore[operator]


def insert_change_set(attack: Attack) -> None:
    """A forged change set between others, or behind the last."""
    ordered = attack.sets()
    at = attack.rng.randrange(1, len(ordered) + 1)
    copy = attack.rng.choice(ordered)
    moment = ordered[at - 1][_SETS["moment"]] + _MILLISECOND  # type: ignore[operator]
    forged = _with(copy, _SETS, moment=moment, position=at + 1)
    forged = (f"{attack.rng.getrandbits(128):032x}", *forged[1:])
    attack.tables[CHANGE_SET.name] = _renumbered([*ordered[:at], forged, *ordered[at:]], _SETS)


def reorder(attack: Attack) -> None:
    """Two change sets change places, perhaps with their moments."""
    ordered = attack.sets()
    first, second = attack.rng.sample(range(len(ordered)), 2)
    names = ["position", "moment"] if attack.rng.random() < 0.5 else ["position"]
    one, two = ordered[first], ordered[second]
    ordered[first] = _with(one, _SETS, **{name: two[_SETS[name]] for name in names})
    ordered[second] = _with(two, _SETS, **{name: one[_SETS[name]] for name in names})
    attack.tables[CHANGE_SET.name] = ordered


def truncate(attack: Attack) -> None:
    """The last change sets never were, with all that they did; the head agrees."""
    ordered = attack.sets()
    kept = ordered[: attack.rng.randrange(1, len(ordered))]
    gone = {one[0] for one in ordered} - {one[0] for one in kept}
    for name in attack.people():
        width = attack.below.modules[name].width
        attack.tables[name] = [
            (*row[:width], None, None) if row[width] in gone else row
            for row in attack.tables[name]
            if row[6] not in gone
        ]
    told = {row[_SETS["operation"]] for row in kept}
    operations = attack.tables[OPERATION.name]
    attack.tables[OPERATION.name] = [row for row in operations if row[0] in told]
    attack.tables[CHANGE_SET.name] = kept
    last = kept[-1]
    names = ("position", "moment", "chain")
    _head(attack, HEAD_ID, content=None, **{name: last[_SETS[name]] for name in names})


def rewrite(attack: Attack) -> None:
    """A value is changed, and every root, every link and the head are made to agree."""
    edit_current(attack)
    changed = attack.below.plant(attack.tables)
    with attack.below.crm._store.reading(System("look")) as session:
        ledger = Ledger()
        head = head_of(session.transaction)
        ledger.read(session, head)
        check = VersionCheck(session, ledger, Definitions.read(session, ledger), head)
        check.look()
    roots = {facts.id: root for facts, root in ledger.roots()}
    attack.below.restore(changed)
    head, rows = Head(0, _LONG_AGO, START, None), list[Row]()
    for row in attack.sets():
        head, made = sealed_row(head, _with(row, _SETS, root=roots[str(row[0])]))
        rows.append((made[0], 2, *made[2:]))
    attack.tables[CHANGE_SET.name] = [(*row, None, None)[: len(row) + 2] for row in _bare(rows)]
    _head(attack, HEAD_ID, content=None, moment=head.moment, chain=head.chain)


def _bare(rows: Sequence[Row]) -> list[Row]:
    width = layout_of(CHANGE_SET).stored
    return [row[:width] for row in rows]


def entry_edit(attack: Attack) -> None:
    """Anything that an entry says."""
    rows = attack.tables[AUDIT_ENTRY.name]
    place = attack.rng.randrange(len(rows))
    row = rows[place]
    columns = [*_STAMPS, *_ENTRIES.values()]
    for one in attack.rng.sample(columns, len(columns)):
        value = other(row[one], attack.rng)
        if value is not None:
            rows[place] = (*row[:one], value, *row[one + 1 :])
            return


def entry_delete(attack: Attack) -> None:
    """An entry is gone; those behind it may move up."""
    ordered = attack.entries()
    del ordered[attack.rng.randrange(len(ordered))]
    if attack.rng.random() < 0.5:
        ordered = _renumbered(ordered, _ENTRIES)
    attack.tables[AUDIT_ENTRY.name] = ordered


def entry_insert(attack: Attack) -> None:
    """A forged entry between others, or behind the last."""
    ordered = attack.entries()
    at = attack.rng.randrange(1, len(ordered) + 1)
    copy = attack.rng.choice(ordered)
    forged = (f"{attack.rng.getrandbits(128):032x}", *copy[1:])
    attack.tables[AUDIT_ENTRY.name] = _renumbered([*ordered[:at], forged, *ordered[at:]], _ENTRIES)


def entry_reorder(attack: Attack) -> None:
    """Two entries change places."""
    ordered = attack.entries()
    first, second = attack.rng.sample(range(len(ordered)), 2)
    ordered[first], ordered[second] = ordered[second], ordered[first]
    attack.tables[AUDIT_ENTRY.name] = _renumbered(ordered, _ENTRIES)


def entry_truncate(attack: Attack) -> None:
    """The last entries never were; the head agrees."""
    ordered = attack.entries()
    kept = ordered[: attack.rng.randrange(1, len(ordered))]
    attack.tables[AUDIT_ENTRY.name] = kept
    names = ("position", "moment", "chain")
    values = {name: kept[-1][_ENTRIES[name]] for name in names}
    _head(attack, AUDIT_HEAD_ID, **values)


def entry_rewrite(attack: Attack) -> None:
    """An entry is changed, and every link and the head are made to agree."""
    entry_edit(attack)
    head, rows, width = AuditHead(0, None, START), list[Row](), layout_of(AUDIT_ENTRY).stored
    for row in attack.entries():
        head, made = chained(head, row)
        rows.append((*made[:width], None, None))
    attack.tables[AUDIT_ENTRY.name] = rows
    _head(attack, AUDIT_HEAD_ID, moment=head.moment, chain=head.chain)


def _with(row: Row, index: Mapping[str, int], **values: object) -> Row:
    made = list(row)
    for name, value in values.items():
        made[index[name]] = value
    return tuple(made)


def _renumbered(rows: Sequence[Row], index: Mapping[str, int]) -> list[Row]:
    return [_with(row, index, position=number) for number, row in enumerate(rows, 1)]


def _head(attack: Attack, record: str, **values: object) -> None:
    rows = attack.tables[HEAD.name]
    place = next(place for place, row in enumerate(rows) if row[0] == record)
    rows[place] = _with(rows[place], _HEADS, **values)


def _unkeyed(module: ArchivedModule, row: Row) -> Row:
    """`row` without the values of unique keys, which nobody could insert twice."""
    index = layout_of(module.whole).index
    names = {name for key in module.module.unique_keys for name in key.fields}
    return _with(row, index, **dict.fromkeys(names))


KINDS: dict[str, Callable[[Attack], None]] = {
    one.__name__: one
    for one in (
        edit_current,
        edit_history,
        edit_change_set,
        delete_version,
        delete_change_set,
        insert_version,
        insert_change_set,
        reorder,
        truncate,
        rewrite,
        entry_edit,
        entry_delete,
        entry_insert,
        entry_reorder,
        entry_truncate,
        entry_rewrite,
    )
}
CAREFUL = frozenset({"truncate", "rewrite", "entry_truncate", "entry_rewrite"})
"""Only an anchored head tells of these: within the store everything agrees."""


def attacked(below: Below, kind: str, seed: int) -> list[str]:
    """Plant one attack; the modules whose rows differ now (to be restored), never none."""
    attack = Attack(below, random.Random(f"{kind}:{seed}"), below.copy())
    KINDS[kind](attack)
    changed = below.plant(attack.tables)
    assert changed, f"{kind} {seed} changed nothing"
    return changed
