"""Adopting: a module, or the users, bound to a table that a host owns."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from importlib.metadata import entry_points
from typing import Any, Final, Protocol, TypedDict

from attrs import evolve, frozen

from crmcore.access import System
from crmcore.errors import WorkspaceError
from crmcore.records import layout_of
from crmcore.schema import STAMPS, Module, Schema, check
from crmcore.schema.reserved import SETTING, USER
from crmcore.storage import Backend
from crmcore.storage.adopted import AdoptedSource, AdoptedWriter
from crmcore.storage.adopted_terms import check_terms
from crmcore.work.configuring import check_right
from crmcore.work.door import Door
from crmcore.work.normalizing import Values, normalizer
from crmcore.work.rostering import HOST, MARK, has_host_users
from crmcore.work.store import Store
from crmcore.work.transaction import Unit

Configure = Callable[[Schema], object]
_GROUP: Final = "crmcore.adopters"
_PEOPLE: Final = tuple(one.name for one in USER.fields if one.name not in ("name", "roles"))


class Terms(TypedDict, total=False):
    """How the columns of a host's table become a module.

    `key` is the column that tells rows apart (else the only column of the primary key),
    `key_form` what stands in it (`integer`, `uuid`, `text`; else what its type says).
    `version` is a whole number or a moment that every change of a row changes. `fields`
    names the column of a field or stamp, a column with its terms, or `None` for a field
    that is always empty; a field that is not named has the column of its own name. `zone`
    is that of moments without one. Texts of `exact` fields are in normal form, so that
    the host's indexes serve them. `writer` writes in the host's name.
    """

    key: str | None
    key_form: str | None
    version: str | None
    fields: Mapping[str, object]
    zone: str | None
    exact: Sequence[str]
    lock: bool
    writer: AdoptedWriter | None


@frozen
class Binding:
    """A table, and the terms on which a module is to be read from it."""

    module: str
    table: object
    terms: Terms


class Adopter(Protocol):
    """Makes the source of a host's table; found by the library that a store can join.

    `others` are the sources of modules by name, which links may lead to; it grows.
    """

    def __call__(
        self,
        backend: Backend,
        module: Module,
        table: object,
        terms: Mapping[str, Any],
        others: Mapping[str, AdoptedSource],
    ) -> AdoptedSource:
        """Raises `SchemaError` where table and module do not fit."""
        ...


def source_of(
    backend: Backend, module: Module, binding: Binding, others: Mapping[str, AdoptedSource]
) -> AdoptedSource:
    """The rows of a host's table as a source; raises `WorkspaceError` (`cannot_adopt`)."""
    made: Any = binding.table
    if hasattr(made, "rows") and hasattr(made, "expect"):
        return made  # type: ignore[no-any-return]
    known = {one.name: one for one in entry_points(group=_GROUP)}
    for library in backend.capabilities.joins:
        if library in known:
            adopter: Adopter = known[library].load()
            terms: Any = binding.terms
            return adopter(backend, module, binding.table, terms, others)
    raise WorkspaceError("cannot_adopt", backend=backend.capabilities.name)


def adopt(store: Store, configure: Configure, binding: Binding) -> None:
    """Bind a module to a table in this process; see `Workspace.adopt`.

    The first time the schema is told as well, by `configure`, so that no program takes the
    module for an empty one of our own.
    """
    check_terms(binding.module, binding.terms)
    with store.reading(System("adopt")) as session:
        schema = session.schema
    module = schema.module(binding.module)
    made = marked(schema, module)
    check(made)
    source = source_of(store.backend, made.by_name[module.name], binding, store.adopted)
    if module.keeping != "adopted":
        configure(made)
        with store.reading(System("adopt")):
            pass  # This process knows from now on.
    store.adopted[module.name] = source


def adopt_users(store: Store, unit: Unit, table: object, terms: Terms) -> None:
    """Let the people of a host's table be users too; see `Workspace.adopt_users`.

    The first time a setting tells so, written in `unit`: no program takes the users of
    the host for strangers.
    """
    check_terms(USER.name, terms)
    nothing: Mapping[str, object] = dict.fromkeys(_PEOPLE)
    given = {**nothing, **terms.get("fields", {}), "roles": None}
    made: Terms = {**terms, "fields": given}
    source = source_of(store.backend, USER, Binding(USER.name, table, made), store.adopted)
    if not has_host_users(store.configuration):
        with unit:
            _mark(unit.door)
    store.adopted[USER.name] = source


def _mark(door: Door) -> None:
    """Write that users are people of a host, which nobody writes by hand."""
    check_right(door.session)
    values: Values = [None] * (layout_of(SETTING).stored - len(STAMPS))
    normalizer(SETTING).normalize({"name": MARK, "value": HOST}, values)
    door.insert(SETTING, [door.new_row(SETTING, values)])


def marked(schema: Schema, module: Module) -> Schema:
    """`schema` with `module` kept by a host."""
    if module.keeping == "adopted":
        return schema
    return schema.with_module(evolve(module, keeping="adopted"))
