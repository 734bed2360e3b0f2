"""Rights of today to fields under the names that they had: a field is its number, not its name."""

from __future__ import annotations

from collections.abc import Mapping

from attrs import evolve

from crmcore.query.reader import Reader
from crmcore.schema import Schema

Place = tuple[str, str]


def reader_then(reader: Reader, present: Schema, past: Schema) -> Reader:
    """`reader` of the schema `present` for questions of the schema `past`."""
    if reader.system or not (reader.fields or reader.kept_in):
        return reader
    names = _names(present, past)
    if all(then == now for then, now in names.items()):
        return reader
    gone = set(names)
    fields = {place: one for place, one in reader.fields.items() if place not in gone}
    fields |= {then: reader.fields[now] for then, now in names.items() if now in reader.fields}
    kept = {place for place in reader.kept_in if place not in gone}
    kept |= {then for then, now in names.items() if now in reader.kept_in}
    return evolve(reader, fields=fields, kept_in=frozenset(kept))


def _names(present: Schema, past: Schema) -> Mapping[Place, Place]:
    """What (module, field) of the past is called now, by their numbers."""
    modules = {one.number: one for one in present.modules}
    found: dict[Place, Place] = {}
    for then in past.modules:
        now = modules.get(then.number)
        fields = {} if now is None else {one.number: one.name for one in now.fields}
        for one in then.fields:
            name = fields.get(one.number)
            if now is not None and name is not None:
                found[then.name, one.name] = (now.name, name)
    return found
