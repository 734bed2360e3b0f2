"""Texts of link columns become links: to records of the store and of the same file."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence

from attrs import define, field

from crmcore.errors import Problem
from crmcore.importing.convert import LinkText
from crmcore.importing.convert.cleaning import clean_line
from crmcore.importing.finding import records_by_text
from crmcore.kinds import Link, MultiLink, is_record_id, search_key
from crmcore.records import layout_of
from crmcore.schema import STAMPS, Field, Module
from crmcore.work.intake import Intake
from crmcore.work.linking import seen_targets
from crmcore.work.session import Session

PEOPLE = "crm_user"
Texts = dict[str, LinkText | tuple[LinkText, ...]]
"""Link fields of one row, and the texts that stand for their records."""


@define
class Ambiguous:
    """Titles that rows of this file bear too that were refused for that: nobody is meant surely.

    `people` counts the names that are no user of the workspace.
    """

    titles: dict[str, set[str]] = field(factory=dict)
    people: dict[str, int] = field(factory=dict)

    def copy(self) -> Ambiguous:
        """The same, to come back to."""
        titles = {name: set(known) for name, known in self.titles.items()}
        return Ambiguous(titles, dict(self.people))

    def become(self, other: Ambiguous) -> None:
        """Forget what `other` does not know."""
        self.titles, self.people = other.titles, other.people

    def add(self, module: Module, title: object) -> None:
        """A row of `module` with this title was refused because another record has it."""
        if isinstance(title, str):
            self.titles.setdefault(module.name, set()).add(search_key(title))

    def holds(self, module: Module, text: str) -> bool:
        """Whether more than one is called `text`."""
        known = self.titles.get(module.name)
        return known is not None and search_key(text) in known


def unknown_people(session: Session, names: Mapping[str, int]) -> dict[str, int]:
    """Those of `names` (with how often they occur) that are no user of the workspace."""
    users = session.schema.module(PEOPLE)
    cleaned: dict[str, int] = {}
    for name, count in names.items():
        text = clean_line(name)
        if text and not is_record_id(text):
            cleaned[text] = cleaned.get(text, 0) + count
    found = records_by_text(session, users, users.title or "name", cleaned)
    return {name: count for name, count in cleaned.items() if name not in found}


Near = Callable[[str | None, str], set[str]]
"""The ids that records on their way have, by the field looked up and a text."""


def link_all(
    session: Session,
    module: Module,
    rows: Sequence[tuple[Intake, Texts]],
    names: Sequence[str],
    ambiguous: Ambiguous,
    near: Near | None = None,
) -> None:
    """Put ids in the place of the texts of `rows`; what cannot be found becomes a problem.

    `names` are the links that are looked up; `near` knows records that are not stored yet.
    """
    for name in names:
        one = module.by_name[name]
        found = _targets(session, one, (texts[name] for _, texts in rows if name in texts), near)
        place = layout_of(module).index[name] - len(STAMPS)
        for intake, texts in rows:
            if name in texts:
                value = _value(session, one, texts[name], found, intake, ambiguous)
                intake.values[place] = value
                if value is not None:
                    intake.given = {**intake.given, name: value}


def _items(text: LinkText | tuple[LinkText, ...]) -> tuple[LinkText, ...]:
    return text if isinstance(text, tuple) else (text,)


def _targets(
    session: Session,
    one: Field,
    texts: Iterable[LinkText | tuple[LinkText, ...]],
    near: Near | None,
) -> dict[LinkText, set[str]]:
    assert isinstance(one.kind, Link)
    target = session.schema.module(one.kind.target)
    by_lookup: dict[str, dict[str, LinkText]] = {}
    found: dict[LinkText, set[str]] = {}
    by_id: dict[str, LinkText] = {}
    for text in texts:
        for item in _items(text):
            lookup = item.lookup or target.title
            if is_record_id(item.text):
                by_id[item.text] = item
            elif lookup is not None:
                by_lookup.setdefault(lookup, {})[item.text] = item
    if by_id:
        found.update((by_id[one], {one}) for one in seen_targets(session, target, set(by_id)))
    for lookup, items in by_lookup.items():
        for text_, ids in records_by_text(session, target, lookup, items).items():
            found[items[text_]] = ids
        if near is not None:
            missing = [item for item in items.values() if item not in found]
            found.update((item, near(lookup, item.text)) for item in missing)
    return found


def _value(
    session: Session,
    one: Field,
    text: LinkText | tuple[LinkText, ...],
    found: dict[LinkText, set[str]],
    intake: Intake,
    ambiguous: Ambiguous,
) -> object:
    assert isinstance(one.kind, Link)
    target = session.schema.module(one.kind.target)
    ids: list[str] = []
    for item in _items(text):
        records = found.get(item, set())
        lookup = item.lookup or target.title or "id"
        is_title = lookup == target.title
        if len(records) == 1 and not (is_title and ambiguous.holds(target, item.text)):
            ids.extend(records)
        elif not records and target.name == PEOPLE:
            ambiguous.people[item.text] = ambiguous.people.get(item.text, 0) + 1
        else:
            intake.problems.append(_unlinked(one, target, lookup, item.text, bool(records)))
    if isinstance(one.kind, MultiLink):
        return tuple(sorted(set(ids))) or None
    return ids[0] if ids else None


def not_found(one: Field, target: Module, text: LinkText) -> Problem:
    """The problem of a link whose text means no record."""
    return _unlinked(one, target, text.lookup or target.title or "id", text.text, False)


def _unlinked(one: Field, target: Module, lookup: str, text: str, several: bool) -> Problem:
    code = "link_ambiguous" if several else "link_not_found"
    params = {"target": _called(target), "key": f"{_label(target, lookup)}={text}"}
    return Problem(code, params, None, None, one.name)


def _called(module: Module) -> str:
    return module.label.shown("zh", module.name)


def _label(module: Module, name: str) -> str:
    return module.by_name[name].label.shown("zh", name)
