"""What is worth remembering beside changes: who read much, was refused, came in, configured.

A note never holds a value: ids, names, counts and digests tell what was done. Notes of a
session are kept when it ends, in a unit of their own: see `crmcore.work.remembering`.
"""

from __future__ import annotations

import hashlib
from collections.abc import Callable, Mapping, Sequence
from functools import lru_cache
from typing import Final, Literal, Protocol, get_args

from attrs import evolve, field, frozen

from crmcore.errors import AccessDenied, Invalid, NotFound
from crmcore.query import ast
from crmcore.query.bound import Ref
from crmcore.query.codec import summary_to_json, to_json
from crmcore.query.reader import Reader
from crmcore.records import canonical_json
from crmcore.work.configuration import Configuration

NoteKind = Literal[
    "export",
    "report",
    "bulk_read",
    "sensitive_read",
    "opened",
    "probing",
    "denial",
    "login",
    "impersonation",
    "configuration",
    "verdict",
]
KINDS: Final[tuple[str, ...]] = get_args(NoteKind)
"""What an entry may tell of."""

SETTING: Final = "audit"
"""The name of the setting: `false` switches notes off, an object says what is noted when."""

TALLIED: Final = frozenset({"opened", "probing"})
"""Kinds that are counted first: so many together make one entry."""

_ORDERING: Final = frozenset({"<", "<=", ">", ">="})
_FIELDS_LENGTH: Final = 1_000


@frozen
class Note:
    """One thing that was done or refused, as far as it may be remembered.

    `count` counts records; `question` is the digest of a question without its constants,
    `variant` of the whole of it (kept under a key of the workspace); `reason` is a code.
    """

    kind: NoteKind
    module: str | None = None
    record: str | None = None
    fields: tuple[str, ...] = field(default=(), converter=tuple[str, ...])
    count: int | None = None
    question: str | None = None
    variant: str | None = None
    reason: str | None = None
    origin: str | None = None
    operation: str | None = None
    user: str | None = None
    behalf: str | None = None


Guard = Callable[[Note], None]
"""Looks at what is being read before it is handed over; raises to refuse it."""


class Noticing(Protocol):
    """A session, as far as notes are concerned."""

    configuration: Configuration
    reader: Reader
    notes: list[Note]
    guard: Guard | None


@frozen
class Rules:
    """What is noted, as the setting `audit` says.

    `bulk`: reads of so many records; `reports`: each summary; `opened`: an entry for each
    so many distinct records that somebody opened; `probing`: for each so many questions
    that differ in constants alone; `sensitive`: fields (`module.field`) whose reading counts.
    """

    on: bool = True
    bulk: int = 1_000
    reports: bool = True
    opened: int = 50
    probing: int = 8
    sensitive: frozenset[str] = frozenset()


_OFF: Final = Rules(on=False, reports=False)


def rules_of(configuration: Configuration) -> Rules:
    """What `configuration` lets be noted; what it says amiss counts as not said."""
    found: Rules | None = configuration.__dict__.get("_audit_rules")
    if found is None:
        found = configuration.__dict__["_audit_rules"] = _read(configuration.settings.get(SETTING))
    return found


def _read(data: object) -> Rules:
    if data is False:
        return _OFF
    if not isinstance(data, Mapping):
        return Rules()
    numbers = {
        name: data[name]
        for name in ("bulk", "opened", "probing")
        if type(data.get(name)) is int and data[name] > 0
    }
    sensitive = data.get("sensitive")
    names = sensitive if isinstance(sensitive, (list, tuple)) else ()
    return Rules(
        on=data.get("on") is not False,
        reports=data.get("reports") is not False,
        sensitive=frozenset(one for one in names if isinstance(one, str)),
        **numbers,
    )


def listed(
    session: Noticing, module: str, refs: Sequence[Ref], where: ast.Node | None, count: int
) -> None:
    """Note a list of `count` records with the columns `refs`, where it matters."""
    rules = rules_of(session.configuration)
    if not rules.on:
        return
    if count >= rules.bulk:
        shape, whole = digests_of(module, where)
        names = [_path(ref) for ref in refs if ref.field.number > 0]
        note = Note("bulk_read", module, fields=names, count=count, question=shape, variant=whole)
        _keep(session, note)
    _sensitive(session, rules, module, refs, count, None)
    if where is not None and _orders(where):
        shape, whole = digests_of(module, where)
        _keep(session, Note("probing", module, question=shape, variant=whole))


def opened(session: Noticing, module: str, refs: Sequence[Ref], record: str) -> None:
    """Note that one record was opened: counted, and told at once where a field is sensitive."""
    rules = rules_of(session.configuration)
    if rules.on:
        _keep(session, Note("opened", module, record))
        _sensitive(session, rules, module, refs, 1, record)


def summarized(
    session: Noticing, asked: ast.Summary, module: str, refs: Sequence[Ref], groups: int
) -> None:
    """Note a summary of `refs` that gave so many `groups`."""
    rules = rules_of(session.configuration)
    if not rules.on:
        return
    is_ordered = asked.where is not None and _orders(asked.where)
    if rules.reports or is_ordered:
        shape, whole = _digests_of_summary(asked)
        if rules.reports:
            note = Note("report", module, count=groups, question=shape, variant=whole)
            _keep(session, note)
        if is_ordered:
            _keep(session, Note("probing", module, question=shape, variant=whole))
    _sensitive(session, rules, module, refs, groups, None)


def _sensitive(
    session: Noticing,
    rules: Rules,
    module: str,
    refs: Sequence[Ref],
    count: int,
    record: str | None,
) -> None:
    if rules.sensitive and count:
        found = [_path(ref) for ref in refs if _place(module, ref) in rules.sensitive]
        if found:
            _keep(session, Note("sensitive_read", module, record, found, count))


def _keep(session: Noticing, note: Note) -> None:
    """Keep `note` with its session; a guard may refuse what it tells of."""
    session.notes.append(note)
    if session.guard is not None:
        session.guard(evolve(note, user=session.reader.user))


def _path(ref: Ref) -> str:
    return ".".join((*(step.link.name for step in ref.steps), ref.field.name))


def _place(module: str, ref: Ref) -> str:
    owner = ref.steps[-1].target.name if ref.steps else module
    return f"{owner}.{ref.field.name}"


def refused(error: BaseException | None, user: str | None, behalf: str | None) -> Note | None:
    """The note of a refusal; nothing where `error` is no refusal of access.

    What was not found is a denial only where it is there: whoever keeps the note looks.
    """
    if not isinstance(error, (AccessDenied, NotFound)):
        return None
    problem = error.problems[0]
    if isinstance(error, NotFound) and (problem.module is None or problem.record is None):
        return None
    names = () if problem.field is None else (problem.field,)
    reason = problem.code
    return Note(
        "denial", problem.module, problem.record, names, None, None, None, reason,
        user=user, behalf=behalf,
    )  # fmt: skip


def checked_kind(kind: str) -> NoteKind:
    """`kind` where it is one that may be noted; raises `Invalid`."""
    if kind not in KINDS:
        raise Invalid("unknown_note", name=kind, known=", ".join(KINDS))
    return kind  # type: ignore[return-value]


def fields_text(names: tuple[str, ...]) -> str | None:
    """Field names as an entry holds them; what does not fit is left out and said."""
    text = ", ".join(names)
    if len(text) > _FIELDS_LENGTH:
        cut = text[: _FIELDS_LENGTH - 2].rpartition(", ")[0]
        text = f"{cut} …"
    return text or None


@lru_cache(256)
def digests_of(module: str, where: ast.Node | None) -> tuple[str, str]:
    """The digests of a list question: without its constants, and whole."""
    data = [module, None if where is None else to_json(where)]
    return _digest(_shape(data)), _digest(data)


@lru_cache(256)
def _digests_of_summary(asked: ast.Summary) -> tuple[str, str]:
    data = summary_to_json(asked)
    return _digest(_shape(data)), _digest(data)


def _digest(data: object) -> str:
    return hashlib.sha256(canonical_json(data)).hexdigest()


def _shape(data: object) -> object:
    """The JSON of a question with every constant left out."""
    if isinstance(data, dict):
        if data.get("type") == "value":
            return {"type": "value"}
        if data.get("type") == "items":
            return {"type": "items"}
        return {name: _shape(value) for name, value in data.items()}
    return [_shape(one) for one in data] if isinstance(data, list) else data


def _orders(node: ast.Node) -> bool:
    """Whether a value is compared by size somewhere: what a search by halves needs."""
    if isinstance(node, ast.Compare):
        return node.comparator in _ORDERING
    if isinstance(node, ast.Logic):
        return any(map(_orders, node.terms))
    if isinstance(node, ast.Not):
        return _orders(node.term)
    return isinstance(node, ast.Call) and any(map(_orders, node.arguments))
