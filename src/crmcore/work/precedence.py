"""In which order an undo writes, so that unique values are free when they come back."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence

from attrs import define, field

from crmcore.query.evaluate import Row
from crmcore.records import layout_of
from crmcore.schema import Module
from crmcore.storage.unique import key_hashes

KeyPlace = tuple[int, bytes]


@define
class Images:
    """Records of one module that an undo will write: as they stand now, and as they will."""

    module: Module
    now: dict[str, Row] = field(factory=dict)
    then: dict[str, Row] = field(factory=dict)

    def holders(self) -> dict[KeyPlace, str]:
        """Unique keys that these records hold now."""
        return {key: record for record, row in self.now.items() for key in keys(self.module, row)}


def keys(module: Module, row: Row) -> Iterable[KeyPlace]:
    """The unique keys of a row."""
    return [(number, digest) for number, digest in key_hashes(module, row) if digest is not None]


def in_order(images: Images, records: Sequence[str]) -> list[str]:
    """`records` such that who holds a value comes before who gets it; circles as they came."""
    if not images.module.unique_keys:
        return list(records)
    holders, among = images.holders(), set(records)
    made: dict[str, None] = {}
    visiting: set[str] = set()

    def visit(record: str) -> None:
        pending = [record]
        while pending:
            last = pending[-1]
            visiting.add(last)
            waits = [
                one
                for key in keys(images.module, images.then[last])
                if (one := holders.get(key)) in among and one not in made and one not in visiting
            ]
            if waits:
                pending.extend(str(one) for one in waits[:1])
            else:
                made[pending.pop()] = None

    for record in records:
        if record not in made:
            visit(record)
    return list(made)


def in_the_way(images: Sequence[Images], removals: Mapping[str, Sequence[str]]) -> set[str]:
    """Which of the records to be removed (by module) hold values that others get back.

    With them go those that link to them, or they could not be removed.
    """
    found: set[str] = set()
    for one in images:
        holders, going = one.holders(), set(removals.get(one.module.name, ()))
        for row in one.then.values():
            found |= {
                holder
                for key in keys(one.module, row)
                if (holder := holders.get(key)) in going and holder is not None
            }
    growing = bool(found)
    while growing:
        linking = {
            record
            for one in images
            for record in removals.get(one.module.name, ())
            if record not in found and not found.isdisjoint(links(one.module, one.now[record]))
        }
        found |= linking
        growing = bool(linking)
    return found


def links(module: Module, row: Row) -> set[str]:
    """The ids of all records that a row links to."""
    layout = layout_of(module)
    found: set[str] = set()
    for one in module.links():
        value = row[layout.index[one.name]]
        if isinstance(value, tuple):
            found.update(value)
        elif value is not None:
            found.add(str(value))
    return found
