"""Records found by the values of keys and titles, many at once, in one transaction."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Sequence
from typing import Final

from attrs import define, field, frozen

from crmcore.errors import CrmError
from crmcore.kinds import Kind, Text, search_key
from crmcore.query.bound import ID_REF, TRUE, AnyOf, BoundNode, BoundQuery, Match, Ref, Within
from crmcore.records import layout_of
from crmcore.schema import STAMPS, Key, Module
from crmcore.work.intake import Intake
from crmcore.work.session import Session

_STAMPS: Final = len(STAMPS)
_AT_ONCE: Final = 2_000
_ALTERNATIVES: Final = 50

KeyValue = tuple[int, tuple[object, ...]]
"""The number of a key, and what equal values of its fields have in common."""


@frozen
class Found:
    """A record that has a key; `seen` tells whether the user may know of it."""

    record: str
    seen: bool


@frozen
class _Part:
    place: int
    ref: Ref
    fold: Callable[[object], object]
    folded: bool


@frozen
class _KeyReader:
    key: Key
    parts: tuple[_Part, ...]

    def value(self, values: Sequence[object]) -> KeyValue | None:
        """The value of the key in a row of values; `None` where a part is empty."""
        if len(self.parts) == 1:
            part = self.parts[0]
            value = values[part.place]
            return None if value is None else (self.key.number, (part.fold(value),))
        found: list[object] = []
        for part in self.parts:
            value = values[part.place]
            if value is None:
                return None
            found.append(part.fold(value))
        return self.key.number, tuple(found)


def _part(module: Module, name: str, folded: bool) -> _Part:
    one = module.by_name[name]
    kind: Kind = one.kind
    by_text = folded and isinstance(kind, Text)
    fold: Callable[[object], object] = search_key if by_text else kind.identity  # type: ignore[assignment]
    place = layout_of(module).index[name] - _STAMPS
    return _Part(place, Ref((), one), fold, by_text)


@define
class KeyFinder:
    """Finds the records of a module that have one of its unique keys."""

    module: Module
    readers: list[_KeyReader] = field(factory=list)

    def __attrs_post_init__(self) -> None:
        for key in self.module.unique_keys:
            parts = tuple(_part(self.module, name, key.folded) for name in key.fields)
            self.readers.append(_KeyReader(key, parts))

    def keys(self, intake: Intake) -> list[KeyValue]:
        """The keys that a record with the values of `intake` has."""
        return self.keys_of(intake.values)

    def keys_of(self, values: Sequence[object]) -> list[KeyValue]:
        """The keys of a row of values without stamps."""
        return [found for reader in self.readers if (found := reader.value(values)) is not None]

    def fields(self, number: int) -> tuple[str, ...]:
        """The fields of the key of that number."""
        return next(one.key.fields for one in self.readers if one.key.number == number)

    def find(self, session: Session, wanted: Iterable[KeyValue]) -> dict[KeyValue, Found]:
        """The records that have the keys `wanted`, also such that the user may not see."""
        by_key: dict[int, set[tuple[object, ...]]] = {}
        for number, values in wanted:
            by_key.setdefault(number, set()).add(values)
        found: dict[KeyValue, str] = {}
        for reader in self.readers:
            values_of = by_key.get(reader.key.number)
            if values_of:
                found.update(self._found(session, reader, values_of))
        seen = self._seen(session, set(found.values()))
        known = {
            one.key.number
            for one in self.readers
            if all(may_ask(session, self.module, name) for name in one.key.fields)
        }
        return {
            key: Found(record, record in seen and key[0] in known) for key, record in found.items()
        }

    def _found(
        self, session: Session, reader: _KeyReader, wanted: set[tuple[object, ...]]
    ) -> Iterator[tuple[KeyValue, str]]:
        # Records are asked for by the part that tells most; the other parts are compared here.
        spread = [len({values[place] for values in wanted}) for place in range(len(reader.parts))]
        best = spread.index(max(spread))
        part = reader.parts[best]
        columns = (ID_REF, *(one.ref for one in reader.parts))
        asked = sorted({values[best] for values in wanted}, key=repr)
        for where in equal_to(part.ref, asked, folded=part.folded):
            for row in session.rows(BoundQuery(self.module, columns, where)):
                pairs = zip(reader.parts, row[1:], strict=True)
                if any(value is None for value in row[1:]):
                    continue
                values = tuple(one.fold(value) for one, value in pairs)
                if values in wanted:
                    yield (reader.key.number, values), str(row[0])

    def _seen(self, session: Session, records: set[str]) -> set[str]:
        scope = session.binder.visible(self.module)
        if scope == TRUE or not records:
            return records
        return set(session.stored_rows(self.module, sorted(records), scope))


def may_ask(session: Session, module: Module, name: str) -> bool:
    """Whether the user may find records by the field `name`: it is neither hidden nor masked."""
    binder = session.binder
    is_known = name in binder.shown(module).by_name
    return is_known and binder.withheld(module, module.by_name[name]) is None


def equal_to(ref: Ref, values: Sequence[object], *, folded: bool) -> Iterator[BoundNode]:
    """Conditions that together hold for records whose value is one of `values`."""
    size = _ALTERNATIVES if folded else _AT_ONCE
    for start in range(0, len(values), size):
        part = values[start : start + size]
        if not folded:
            yield Within(ref, tuple(part))
        elif len(part) == 1:
            yield Match("like", ref, str(part[0]))
        else:
            yield AnyOf(tuple(Match("like", ref, str(value)) for value in part))


def records_by_text(
    session: Session, module: Module, name: str, texts: Iterable[str]
) -> dict[str, set[str]]:
    """For each of `texts` the ids of visible records whose field `name` means it.

    Equal values count; where there are none, such as differ only in what search overlooks
    (case, width, accents).
    """
    if not may_ask(session, module, name):
        return {}
    one = module.by_name[name]
    ref, kind = Ref((), one), one.kind
    scope = session.binder.visible(module)
    normal: dict[object, list[str]] = {}
    for text in texts:
        value = normal_or_none(kind, text)
        if value is not None:
            normal.setdefault(kind.identity(value), []).append(text)
    found: dict[str, set[str]] = {}
    for where in equal_to(ref, list(normal), folded=False):
        for row in session.rows(BoundQuery(module, (ID_REF, ref), where, scope)):
            for text in normal.get(kind.identity(row[1]), ()):
                found.setdefault(text, set()).add(str(row[0]))
    is_searchable = isinstance(kind, Text) and kind.sorted and not one.encrypted
    if not is_searchable:
        return found
    folded: dict[object, list[str]] = {}
    for spellings in normal.values():
        for text in spellings:
            if text not in found:
                folded.setdefault(search_key(text.strip()), []).append(text)
    for where in equal_to(ref, list(folded), folded=True):
        for row in session.rows(BoundQuery(module, (ID_REF, ref), where, scope)):
            for text in folded.get(search_key(str(row[1])), ()):
                found.setdefault(text, set()).add(str(row[0]))
    return found


def normal_or_none(kind: Kind, text: str) -> object | None:
    """The normal form of `text`, `None` where it has none."""
    try:
        return kind.normalize(text)
    except CrmError:
        return None
