"""Writes as the inner store is given them: values encrypted, blind indexes beside them."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence

from attrs import evolve, frozen

from crmcore.encrypting.places import Encrypted, Hidden, Laid, laid
from crmcore.encrypting.questions import Asking
from crmcore.encrypting.values import blind_of, stored_of
from crmcore.encrypting.vault import Vault
from crmcore.query.bound import BoundQuery
from crmcore.records import layout_of
from crmcore.schema import Module
from crmcore.storage import (
    Batch,
    Derive,
    Erase,
    Insert,
    Load,
    Purge,
    Replace,
    Rewrite,
    Row,
    Write,
)
from crmcore.storage.scan import expanded

Select = Callable[[BoundQuery], Iterator[Batch]]


@frozen
class Writing:
    """Translates the writes of one transaction; `select` asks what it sees, decrypted."""

    vault: Callable[[], Vault]
    asking: Asking
    select: Select

    def writes(self, write: Write) -> Iterator[Write]:
        """`write` as the inner store is given it, mostly one write for one."""
        module = write.query.module if isinstance(write, Rewrite) else write.module
        found = laid(module)
        if isinstance(write, Rewrite):
            yield self._rewrite(write, found)
        elif not found.fields:
            yield write
        elif isinstance(write, (Insert, Replace)):
            yield evolve(write, module=found.physical, rows=self.rows(module, write.rows))
        elif isinstance(write, (Load, Erase)):
            rows, former = (self.rows(module, some) for some in (write.rows, write.former))
            yield evolve(write, module=found.physical, rows=rows, former=former)
        elif isinstance(write, Purge):
            yield evolve(write, module=found.physical, fields=_parts(found, write.fields))
        elif isinstance(write, Derive):
            yield from self._derived(write, found)
        else:
            yield evolve(write, module=found.physical)

    def asks(self, write: Write) -> bool:
        """Whether `write` has to be written out, one version for each record that it finds."""
        # One constant is another cipher in each record.
        return isinstance(write, Rewrite) and not laid(write.query.module).fields.keys().isdisjoint(
            write.constants
        )

    def _rewrite(self, write: Rewrite, found: Laid) -> Write:
        query = write.query
        if self.asks(write):
            made = expanded(write, self.select)
            return evolve(made, module=found.physical, rows=self.rows(query.module, made.rows))
        return evolve(write, query=self.asking.query(evolve(query, columns=())).query)

    def _derived(self, write: Derive, found: Laid) -> Iterator[Write]:
        """A derived value of an encrypted field: one whose kind was changed."""
        made, one = evolve(write, module=found.physical), found.fields.get(write.field)
        if one is None:
            yield made
            return
        vault = self.vault()
        ciphers = [
            None if each is None else stored_of(vault, one, record, each)
            for record, each in zip(write.ids, write.values, strict=True)
        ]
        yield evolve(made, values=ciphers)
        if isinstance(one, Encrypted):
            blinds = [None if each is None else blind_of(vault, one, each) for each in write.values]
            yield evolve(made, field=one.blind.name, values=blinds)

    def rows(self, module: Module, rows: Sequence[Row]) -> list[Row]:
        """`rows` in stored layout, with whatever follows it, as they are laid down."""
        found, layout = laid(module), layout_of(module)
        places = [
            (layout.index[name], one) for name, one in found.fields.items() if not one.field.retired
        ]
        is_empty = all(row[place] is None for row in rows for place, _ in places)
        vault = None if is_empty else self.vault()
        return [_laid_row(vault, row, layout.stored, places) for row in rows]


def _laid_row(
    vault: Vault | None, row: Row, width: int, places: Sequence[tuple[int, Encrypted | Hidden]]
) -> Row:
    """`row` of `width` values, and of what follows them; without a vault it has nothing to hide."""
    made, blinds = list(row[:width]), list[object]()
    for place, one in places:
        value = row[place]
        if isinstance(one, Encrypted):
            blinds.append(None if vault is None or value is None else blind_of(vault, one, value))
        if vault is not None and value is not None:
            made[place] = stored_of(vault, one, row[0], value)
    return (*made, *blinds, *row[width:])


def _parts(found: Laid, fields: Sequence[str]) -> list[str]:
    made = list(fields)
    for name in fields:
        one = found.fields.get(name)
        if isinstance(one, Encrypted):
            made.append(one.blind.name)
    return made
