"""`export`: everything that a workspace holds of a person, wherever it holds it."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from datetime import datetime
from typing import Final

from attrs import field, frozen

from crmcore.accounts.held import Held, make_ready
from crmcore.archive.modules import ArchivedModule
from crmcore.privacy.reach import Holdings, Reach, is_personal_column
from crmcore.privacy.tokens import Tokens, spellings
from crmcore.privacy.users import ways_in
from crmcore.query.bound import BoundQuery, Ref, Within
from crmcore.query.evaluate import Row
from crmcore.schema import STAMPS, Field
from crmcore.schema.reserved import AUDIT_ENTRY, MESSAGE, OPERATION, STEP, USER
from crmcore.work import Workspace, configuring
from crmcore.work.noting import Note
from crmcore.work.session import Session, chunks, system_session

_START: Final = len(STAMPS)
_JOURNALS: Final = (OPERATION, STEP, MESSAGE)


def _parts(found: Sequence[Part]) -> tuple[Part, ...]:
    return tuple(found)


@frozen
class Part:
    """What one module holds: `how` is own, about, attached, mentions, audit or way_in.

    Each of `versions` is plain JSON: `id`, `version`, `updated_at`, `is_former` and values.
    Of a `way_in` (a password, a session, a token) it is only said that it is there, since
    when, and from where: no secret, and nothing that a secret could be tried against.
    """

    how: str
    module: str
    label: str
    versions: tuple[Mapping[str, object], ...]


@frozen
class Export:
    """All that is known of the person whose record `subject` of `module` is."""

    module: str
    subject: str
    moment: datetime
    parts: tuple[Part, ...] = field(default=(), converter=_parts)

    def to_json(self) -> dict[str, object]:
        """This as plain data, to be handed to the person."""
        return {
            "module": self.module,
            "subject": self.subject,
            "moment": self.moment.isoformat(),
            "parts": [
                {
                    "how": one.how,
                    "module": one.module,
                    "label": one.label,
                    "versions": [dict(version) for version in one.versions],
                }
                for one in self.parts
            ],
        }


def export(crm: Workspace, module: str, record: str) -> Export:
    """Every version of a person's records, of those that link to them, and what names them.

    Shares, requests, results of operations, steps of imports, messages and audit entries as
    well. The export itself is an audit entry. Raises `NotFound`, `AccessDenied` for who may
    not configure.
    """
    make_ready(crm)
    with crm._store.reading(crm.principal) as asking:
        configuring.check_right(asking)
        session = system_session(asking)
        holdings = Holdings(session)
        reach = holdings.reach(module, record)
        parts = [one for one in _found(session, holdings, reach) if one.versions]
        name = reach.module.module.name
        count = sum(len(one.versions) for one in parts)
        asking.notes.append(Note("export", name, record, count=count, reason="privacy"))
        return Export(name, record, session.reader.now, parts)


def _found(session: Session, holdings: Holdings, reach: Reach) -> Iterator[Part]:
    for how, found in (("own", reach.own), ("about", reach.about), ("attached", reach.attached)):
        for name, ids in sorted(found.items()):
            yield _part(how, holdings.modules[name], holdings.rows(name, sorted(ids)))
    tokens = person_tokens(holdings, reach)
    for journal in _JOURNALS:
        mentions = [
            row
            for row in holdings.rows(journal.name)
            if any(tokens.are_in(value, reach.ids) for value in row[_START:])
        ]
        yield _part("mentions", holdings.modules[journal.name], mentions)
    yield from _ways_in(ways_in(session, holdings, reach))
    yield _part("audit", holdings.modules[AUDIT_ENTRY.name], _entries(session, holdings, reach))


def _ways_in(found: Iterable[Held]) -> Iterator[Part]:
    versions: dict[tuple[str, str], list[Mapping[str, object]]] = {}
    for one in found:
        versions.setdefault((one.module, one.label), []).append(one.values)
    for (module, label), values in versions.items():
        yield Part("way_in", module, label, tuple(values))


def _entries(session: Session, holdings: Holdings, reach: Reach) -> Iterator[Row]:
    """Audit entries about the records; of a user also those of what he did."""
    module = holdings.modules[AUDIT_ENTRY.name]
    is_user = reach.module.module.name == USER.name
    ref = Ref((), module.whole.by_name["user" if is_user else "record"])
    ids = [reach.subject] if is_user else sorted(reach.ids)
    for some in chunks(ids):
        where = Within(ref, some)
        yield from session.rows(BoundQuery(module.whole, module.columns, where, versions=True))


def _part(how: str, module: ArchivedModule, rows: Iterator[Row] | Sequence[Row]) -> Part:
    fields = list(enumerate(module.whole.stored, _START))
    made = tuple(_version(module, fields, row) for row in rows)
    return Part(how, module.module.name, module.module.label.zh or module.module.name, made)


def _version(
    module: ArchivedModule, fields: Sequence[tuple[int, Field]], row: Row
) -> dict[str, object]:
    moment = row[4]
    assert isinstance(moment, datetime)
    found: dict[str, object] = {
        "id": row[0],
        "version": row[1],
        "updated_at": moment.isoformat(),
        "is_former": row[module.width] is not None,
    }
    for place, one in fields:
        value = row[place]
        if value is not None:
            found[one.name] = one.kind.to_json(value)
            typed = getattr(value, "typed", None)
            if typed is not None:
                found[f"{one.name} (typed)"] = typed
    return found


def person_tokens(holdings: Holdings, reach: Reach) -> Tokens:
    """The texts by which a person is known again in other places."""
    return Tokens(_spelled(holdings, reach))


def _spelled(holdings: Holdings, reach: Reach) -> Iterator[str]:
    for name, ids in reach.own.items():
        module = holdings.modules[name]
        title = reach.title_of(module)
        places = [
            (place, one)
            for place, one in enumerate(module.whole.stored, _START)
            if is_personal_column(module, one) or one.name == title
        ]
        for row in holdings.rows(name, sorted(ids)):
            for place, one in places:
                is_name = one.name == title or one.kind.shape == "typed"
                yield from spellings(row[place], is_name=is_name)
