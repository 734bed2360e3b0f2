"""Which records of a workspace are a person's own, and which are about him."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from typing import Final

from attrs import define, field, frozen

from crmcore.archive.modules import ArchivedModule, archived_modules
from crmcore.archive.snapshot import schema_revisions
from crmcore.errors import NotFound
from crmcore.kinds import Link, MultiLink
from crmcore.kinds.reference import ANY_RECORD
from crmcore.query.bound import (
    ID_REF,
    TRUE,
    BoundNode,
    BoundQuery,
    HasCodes,
    Ref,
    Within,
)
from crmcore.query.evaluate import Row
from crmcore.records import layout_of
from crmcore.schema import Field, Module
from crmcore.schema.reserved import MERGE, REVIEW_ITEM, TOMBSTONE, USER
from crmcore.work.merged import merged_into
from crmcore.work.session import Session, chunks

SIGN_IN: Final = "crm_sign_in"
RESERVED_PERSONAL: Final[Mapping[str, frozenset[str]]] = {
    USER.name: frozenset({"name", "login", "email", "phone"}),
    "crm_identity": frozenset({"subject"}),
    SIGN_IN: frozenset({"origin"}),
}
"""What is personal in reserved modules, whatever the chain commits to apart."""


def is_personal_column(module: ArchivedModule, one: Field) -> bool:
    """Whether a column holds personal values: also one that its field was kept in before."""
    known = {each.number for each in module.module.stored if is_classified(module.module, each)}
    return one.number in known


def is_classified(module: Module, one: Field) -> bool:
    """Whether values of a field are personal."""
    return one.personal or one.name in RESERVED_PERSONAL.get(module.name, ())


@frozen
class Reach:
    """Records by module: `own` go with the person, `about` link to them, `attached` hang on any.

    `attached` are records of reserved modules about his records: shares, requests, teams.
    """

    module: ArchivedModule
    subject: str
    own: Mapping[str, frozenset[str]]
    about: Mapping[str, frozenset[str]]
    attached: Mapping[str, frozenset[str]]

    def title_of(self, module: ArchivedModule) -> str | None:
        """The field by which the person is known, where `module` is that of his record."""
        is_subject = module.module.name == self.module.module.name
        return module.module.title if is_subject else None

    @property
    def ids(self) -> frozenset[str]:
        """The ids of the person's own records."""
        return frozenset(one for ids in self.own.values() for one in ids)


@define
class Holdings:
    """All modules of a store with every column they ever had, and their rows."""

    session: Session
    modules: Mapping[str, ArchivedModule] = field(init=False)
    keeps_erasures: bool = field(init=False)
    """Whether the definitions that the store holds know of erasures."""

    def __attrs_post_init__(self) -> None:
        revisions = schema_revisions(self.session.transaction)
        self.keeps_erasures = TOMBSTONE.name in revisions[-1].by_name
        every = (*revisions, self.session.schema)
        self.modules = {one.module.name: one for one in archived_modules(every)}

    def rows(self, name: str, ids: Sequence[str] | None = None) -> Iterator[Row]:
        """Versions of a module, with their endings; of `ids`, or all."""
        module = self.modules[name]
        wanted: list[BoundNode] = [TRUE]
        if ids is not None:
            wanted = [Within(ID_REF, some) for some in chunks(sorted(ids))]
        for where in wanted:
            query = BoundQuery(module.whole, module.columns, where, TRUE, versions=True)
            yield from self.session.rows(query)

    def reach(self, module: str, record: str) -> Reach:
        """What there is of a person; raises `NotFound` where no version ever was."""
        name = self.session.schema.module(module).name
        if name not in self.modules or not any(True for _ in self.rows(name, [record])):
            raise NotFound("not_found", module=name, record=record)
        own: dict[str, set[str]] = {name: self._with_merged(name, {record})}
        about: dict[str, set[str]] = {}
        waiting = [(name, own[name])]
        while waiting:
            target, ids = waiting.pop()
            for child, link in self._links(target):
                found = self._linking(child, link, ids) - own.get(child.module.name, set())
                if not found:
                    continue
                if _goes_with(link):
                    found = self._with_merged(child.module.name, found)
                    own.setdefault(child.module.name, set()).update(found)
                    waiting.append((child.module.name, found))
                # Whose records somebody looks after are not about him.
                elif target != USER.name:
                    about.setdefault(child.module.name, set()).update(found)
        if name == USER.name and SIGN_IN in self.modules:
            link = self.modules[SIGN_IN].whole.by_name["user"]
            own[SIGN_IN] = self._linking(self.modules[SIGN_IN], link, {record})
        if name == USER.name:
            about[REVIEW_ITEM.name] = self._reviewed(record)
        every = {one for ids in own.values() for one in ids}
        kept = {child: ids - own.get(child, set()) for child, ids in about.items()}
        return Reach(
            self.modules[name], record, _frozen(own), _frozen(kept), _frozen(self._attached(every))
        )

    def _with_merged(self, name: str, ids: set[str]) -> set[str]:
        """`ids`, and what was merged into them: that was the same person."""
        if MERGE.name not in self.modules:
            return set(ids)
        return ids | merged_into(self.session, self.modules[name].module, ids)

    def _attached(self, ids: set[str]) -> dict[str, set[str]]:
        found: dict[str, set[str]] = {}
        for child, link in self._links(ANY_RECORD):
            found.setdefault(child.module.name, set()).update(self._linking(child, link, ids))
        return found

    def _reviewed(self, user: str) -> set[str]:
        """What reviews say of a user: of what he held, and under his name of what he granted."""
        index = layout_of(self.modules[USER.name].whole).index
        names: dict[bool, set[object]] = {True: set(), False: set()}
        for row in self.rows(USER.name):
            names[row[0] == user].add(row[index["name"]])
        his, index = names[True] - names[False], layout_of(REVIEW_ITEM).index
        return {
            str(row[0])
            for row in self.rows(REVIEW_ITEM.name)
            if row[index["holder"]] == user or row[index["granted_by"]] in his
        }

    def _links(self, target: str) -> Iterator[tuple[ArchivedModule, Field]]:
        for child in self.modules.values():
            for one in child.whole.stored:
                if isinstance(one.kind, Link) and one.kind.target == target:
                    yield child, one

    def _linking(self, child: ArchivedModule, link: Field, ids: set[str]) -> set[str]:
        ref = Ref((), link)
        is_set = isinstance(link.kind, MultiLink)
        found: set[str] = set()
        for part in chunks(sorted(ids)):
            where: BoundNode = HasCodes(ref, "any", part) if is_set else Within(ref, part)
            query = BoundQuery(child.whole, (ID_REF,), where, TRUE, versions=True)
            found.update(str(row[0]) for row in self.session.rows(query))
        return found


def _goes_with(link: Field) -> bool:
    return isinstance(link.kind, Link) and link.kind.on_removal == "cascade"


def _frozen(found: Mapping[str, set[str]]) -> Mapping[str, frozenset[str]]:
    return {name: frozenset(ids) for name, ids in found.items() if ids}
