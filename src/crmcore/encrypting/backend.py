"""A backend around any other, in which encrypted fields lie as ciphers and blind indexes.

Above it nobody knows of ciphers; below it nobody knows of values. Stores of all sorts agree
about encrypted fields because none of them does anything about it.
"""

from __future__ import annotations

import threading
from collections.abc import Callable, Iterator, Sequence
from typing import Any

from attrs import define, evolve, field

from crmcore.clock import EntropySource, system_entropy
from crmcore.encrypting.keeping import kept_secret
from crmcore.encrypting.keyring import Keyring
from crmcore.encrypting.places import Encrypted, laid, laid_schema, named
from crmcore.encrypting.primitives import gcm
from crmcore.encrypting.questions import Asked, Asking
from crmcore.encrypting.values import blind_of, is_open, opened
from crmcore.encrypting.vault import Vault
from crmcore.encrypting.writes import Writing
from crmcore.errors import Duplicate, Problem, WorkspaceError
from crmcore.query.bound import BoundQuery, BoundSummary
from crmcore.schema import Module, Schema
from crmcore.storage import Backend, Batch, Capability, Intent, Row, Transaction, Write


@define
class EncryptingTransaction:
    """A transaction of the inner store, in which values are encrypted and decrypted."""

    inner: Transaction
    vault: Callable[[], Vault]
    asking: Asking

    def select(self, query: BoundQuery) -> Iterator[Batch]:
        """See `Transaction.select`; raises `StorageError` (`bad_cipher`), `QueryError`."""
        asked = self.asking.query(query)
        found = self.inner.select(asked.query)
        return self._opened(asked, found) if asked.openings else found

    def summarize(self, query: BoundSummary) -> Iterator[Batch]:
        """See `Transaction.summarize`; raises `QueryError`."""
        return self.inner.summarize(self.asking.summary(query))

    def apply(self, writes: Sequence[Write]) -> None:
        """See `Transaction.apply`."""
        writing = Writing(self.vault, self.asking, self.select)
        waiting: list[Write] = []
        try:
            for write in writes:
                if writing.asks(write):
                    # It asks for what the writes before it left.
                    self.inner.apply(waiting)
                    waiting = []
                waiting.extend(writing.writes(write))
            self.inner.apply(waiting)
        except Duplicate as refused:
            raise told(refused) from None
        except BaseException:
            self.inner.rollback()
            raise

    def commit(self) -> None:
        """See `Transaction.commit`."""
        self.inner.commit()

    def rollback(self) -> None:
        """See `Transaction.rollback`."""
        self.inner.rollback()

    def _opened(self, asked: Asked, batches: Iterator[Batch]) -> Iterator[Batch]:
        for batch in batches:
            yield [self._row(asked, row) for row in batch]

    def _row(self, asked: Asked, row: Row) -> Row:
        made = list(row[: asked.width])
        for one in asked.openings:
            stored = row[one.place]
            if stored is not None and not is_open(one.what, stored):
                made[one.place] = opened(self.vault(), one.what, row[one.record], stored)
        return tuple(made)


@define(eq=False, repr=False, slots=False)
class Encrypting:
    """A backend whose values `keyring` encrypts, around `inner`."""

    inner: Backend
    keyring: Keyring
    entropy: EntropySource = system_entropy
    _vault: Vault | None = None
    _lock: threading.Lock = field(factory=threading.Lock)

    @property
    def capabilities(self) -> Capability:
        """What the inner store is, but that it encrypts."""
        return evolve(self.inner.capabilities, encrypts=True)

    def prepare(self, schema: Schema) -> None:
        """See `Backend.prepare`; raises `WorkspaceError`: `key_missing`, `key_wrong`."""
        try:
            self.inner.prepare(laid_schema(schema))
        except Duplicate as refused:
            raise told(refused) from None
        self.vault()

    def begin(self, intent: Intent, join: object = None) -> Transaction:
        """See `Backend.begin`."""
        return EncryptingTransaction(self.inner.begin(intent, join), self.vault, Asking(self.blind))

    def close(self) -> None:
        """See `Backend.close`."""
        self.inner.close()

    def empty(self) -> tuple[str, ...]:
        """See `Emptying.empty`; raises `WorkspaceError` (`cannot_abandon`).

        The workspace's own secret goes too: whatever comes next has one of its own.
        """
        empty = getattr(self.inner, "empty", None)
        if empty is None:
            raise WorkspaceError("cannot_abandon", backend=self.capabilities.name)
        with self._lock:
            removed: tuple[str, ...] = empty()
            self._vault = None
        return removed

    def blind(self, one: Encrypted, value: object) -> str:
        """What stands for a value of an encrypted field."""
        return blind_of(self.vault(), one, value)

    def vault(self) -> Vault:
        """What encrypts for this workspace, whose own secret is made where it has none yet.

        Raises `WorkspaceError`: `key_missing`, `key_wrong`.
        """
        with self._lock:
            if self._vault is None:
                secret = kept_secret(self.inner, self.keyring, self.entropy)
                self._vault = Vault(self.keyring, secret, self.entropy)
            return self._vault


class EncryptingTables(Encrypting):
    """The same around a store of tables: a host sees ciphers under the declared names."""

    inner: Any

    def table(self, module: Module) -> Any:
        """See `Tabular.table`."""
        return self.inner.table(laid(module).physical)

    def selectable(self, query: BoundQuery, names: Sequence[str]) -> Any:
        """See `Tabular.selectable`."""
        asked = Asking(self.blind).query(query)
        columns = asked.query.columns[: asked.width]
        return self.inner.selectable(evolve(asked.query, columns=columns), names)

    def show(self, schema: Schema, shown: bool) -> None:
        """See `Tabular.show`."""
        self.inner.show(laid_schema(schema), shown)

    def check_only(self) -> None:
        """See `Evolving.check_only`."""
        self.inner.check_only()

    def pending(self, schema: Schema) -> tuple[str, ...]:
        """See `Evolving.pending`."""
        found: tuple[str, ...] = self.inner.pending(laid_schema(schema))
        return found

    def script(self, schema: Schema) -> str:
        """See `Evolving.script`."""
        found: str = self.inner.script(laid_schema(schema))
        return found


def encrypting(inner: Backend, keyring: Keyring) -> Encrypting:
    """`inner` with encrypted fields under `keyring`; raises `MissingExtra` without the extra."""
    gcm(b"\0" * 32)
    has_tables = hasattr(type(inner), "selectable") and hasattr(type(inner), "pending")
    return EncryptingTables(inner, keyring) if has_tables else Encrypting(inner, keyring)


def told(refused: Duplicate) -> Duplicate:
    """`refused` with the names of fields as people gave them."""
    return Duplicate(_told(one) for one in refused.problems)


def _told(one: Problem) -> Problem:
    fields = one.params.get("fields")
    if not isinstance(fields, str):
        return one
    return evolve(one, params={**one.params, "fields": named(fields)})
