"""Links at the door: natural keys looked up, targets seen by the user and expected to stay."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence

from crmcore.errors import CrmError, Invalid, Problem
from crmcore.kinds import Link
from crmcore.query.bound import ID_REF, TRUE, BoundNode, BoundQuery, Ref, Within, both
from crmcore.query.evaluate import Row
from crmcore.records import layout_of
from crmcore.schema import STAMPS, Field, Module
from crmcore.schema.reserved import USER
from crmcore.storage import Expect
from crmcore.work.normalizing import NaturalKey, Values
from crmcore.work.session import Session, chunks


def resolve_keys(session: Session, module: Module, drafts: Sequence[Values]) -> list[Problem]:
    """Put ids in the place of natural keys; answers the problems."""
    layout = layout_of(module)
    problems: list[Problem] = []
    for one in module.links():
        place = layout.index[one.name] - len(STAMPS)
        waiting = [
            (values, key) for values in drafts if isinstance(key := values[place], NaturalKey)
        ]
        if not waiting:
            continue
        found = _lookup(session, module, one, {key for _, key in waiting}, problems)
        for values, key in waiting:
            values[place] = found.get(key)
    return problems


def _lookup(
    session: Session,
    module: Module,
    link: Field,
    keys: Iterable[NaturalKey],
    problems: list[Problem],
) -> dict[NaturalKey, str]:
    assert isinstance(link.kind, Link)
    target = session.schema.module(link.kind.target)
    found: dict[NaturalKey, str] = {}
    for key in keys:
        try:
            ids = records_with(session, target, dict(key.key))
        except CrmError as error:
            problems.extend(
                Problem(one.code, one.params, module.name, None, link.name)
                for one in error.problems
            )
            continue
        if len(ids) == 1:
            found[key] = ids[0]
        else:
            shown = ", ".join(f"{name}={value}" for name, value in key.key)
            code = "link_ambiguous" if ids else "link_not_found"
            params = {"target": target.name, "key": shown}
            problems.append(Problem(code, params, module.name, None, link.name))
    return found


def records_with(session: Session, module: Module, key: dict[str, object]) -> list[str]:
    """The ids (at most two) of visible records of `module` whose fields equal `key`."""
    where: BoundNode | None = None
    for name, value in key.items():
        one = session.binder.scope(module).field(module, name, 0)
        normal = one.kind.normalize(value)
        if normal is None:
            raise Invalid("empty_key", module=module.name, field=one.name)
        term = Within(Ref((), one), (one.kind.identity(normal),))
        where = term if where is None else both(where, term)
    if where is None:
        raise Invalid("empty_key", module=module.name)
    scope = session.binder.visible(module)
    query = BoundQuery(module, (ID_REF,), where, scope, limit=2)
    return [str(row[0]) for row in session.rows(query)]


def check_links(
    session: Session, module: Module, rows: Sequence[Row], formers: Sequence[Row]
) -> None:
    """Raise `Invalid` where a link that `rows` set anew leads to what the user does not see.

    Before policy looks at the new images: its conditions would tell what is behind the link.
    """
    if session.reader.system:
        return
    problems: list[Problem] = []
    for one, ids in _set_anew(module, rows, formers):
        target = session.schema.module(_target(one))
        if session.binder.visible(target) != TRUE:
            problems += _unseen(
                module, one, ids - seen_targets(session, target, ids), rows, formers
            )
    if problems:
        raise Invalid(problems)


def link_writes(
    session: Session, module: Module, rows: Sequence[Row], formers: Sequence[Row]
) -> list[Expect]:
    """Expectations for every link that `rows` set anew; raises `Invalid` for unseen targets."""
    writes: list[Expect] = []
    problems: list[Problem] = []
    rules = session.configuration.roll_ups.get(module.name, ())
    for one, ids in _set_anew(module, rows, formers):
        target = session.schema.module(_target(one))
        seen = seen_targets(session, target, ids)
        problems += _unseen(module, one, ids - seen, rows, formers)
        if seen:
            # Whoever comes to count the children of a record must not share it before.
            counted = any(rule.link == one.name for rule in rules)
            writes.append(Expect(target, sorted(seen), alone=counted))
    if problems:
        raise Invalid(problems)
    return writes


def _set_anew(
    module: Module, rows: Sequence[Row], formers: Sequence[Row]
) -> Iterator[tuple[Field, set[str]]]:
    """The links that `rows` set anew, and where they lead."""
    layout = layout_of(module)
    for one in module.links():
        place = layout.index[one.name]
        ids = _linked(rows, place) - _linked(formers, place)
        if ids:
            yield one, ids


def _target(link: Field) -> str:
    assert isinstance(link.kind, Link)
    return link.kind.target


def _unseen(
    module: Module, link: Field, missing: set[str], rows: Sequence[Row], formers: Sequence[Row]
) -> Iterator[Problem]:
    target = _target(link)
    if target == module.name and not formers:
        missing = missing - {str(row[0]) for row in rows}
    for record in sorted(missing):
        params = {"target": target, "key": record}
        yield Problem("link_not_found", params, module.name, None, link.name)


def _linked(rows: Iterable[Row], place: int) -> set[str]:
    found: set[str] = set()
    for row in rows:
        value = row[place]
        if isinstance(value, tuple):
            found.update(value)
        elif value is not None:
            found.add(value)  # type: ignore[arg-type]
    return found


def seen_targets(session: Session, target: Module, ids: set[str]) -> set[str]:
    """Those of `ids` that the user may link to: what he may read, and himself."""
    scope = session.binder.visible(target)
    wanted = sorted(ids)
    found: set[str] = set()
    for some in chunks(wanted):
        where = Within(ID_REF, some)
        query = BoundQuery(target, (ID_REF,), where, scope)
        found.update(str(row[0]) for row in session.rows(query))
    own = session.reader.user
    if target.name == USER.name and own in ids - found:
        # Who acts knows himself: his own id tells him nothing that he may not know.
        found.update(session.stored_rows(target, [own]))
    return found
