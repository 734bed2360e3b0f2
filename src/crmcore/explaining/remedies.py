"""What would allow what is refused: the change that opens least first."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Final

from attrs import evolve

from crmcore.access import OPERATIONS, Role, User
from crmcore.errors import QueryError
from crmcore.explaining.deciding import Decider
from crmcore.explaining.explanation import Remedy
from crmcore.kinds import Link
from crmcore.query.bound import AnyOf, Negation, both
from crmcore.records import layout_of
from crmcore.work.configuration import Configuration
from crmcore.work.permitting import OWNER
from crmcore.work.purposing import PURPOSE, purpose_paths, purpose_role
from crmcore.work.session import Session

MOST_REMEDIES: Final = 3
_BOUND: Final = "for "


def bound_to(session: Session, user: User, purpose: str | None) -> User:
    """`user` with what work for `purpose` denies."""
    if purpose is None:
        return user
    role = purpose_role(session.schema, purpose)
    ids = (*user.role_ids, f"{_BOUND}{purpose}")
    return evolve(user, roles=(*user.roles, role), role_ids=ids)


def purpose_of(user: User) -> str | None:
    """The purpose that `user` is bound to."""
    found = (key for key in user.role_ids if key.startswith(_BOUND))
    return next((key.removeprefix(_BOUND) for key in found), None)


def no_right(decider: Decider) -> dict[str, str]:
    """Denials that no role of the workspace knows, by name: the obstacle that each is."""
    restricted = decider.session.configuration.restricted
    found = {one.name: "restricted" for one in (restricted.denials if restricted else ())}
    for role in decider.user.roles if purpose_of(decider.user) is not None else ():
        if role.name == PURPOSE:
            for one in role.denials:
                found[one.name] = "purpose" if one.where is not None else "no_consents"
    return found


def in_pool(decider: Decider) -> bool:
    """Whether nobody owns the record, where records have owners."""
    place = layout_of(decider.module).index.get(OWNER)
    return place is not None and decider.row[place] is None


def remedies_of(decider: Decider, operation: str, field: str | None) -> list[Remedy]:
    """What would allow it, the change that opens least first."""
    if field is not None:
        # What opens a field is a matter of roles, which are read, not counted.
        return []
    found = [
        *_sharing(decider, operation),
        *_roles(decider, operation),
        *_lifting(decider, operation),
        *_claiming(decider, operation),
        *_consenting(decider, operation),
        *_releasing(decider, operation),
    ]
    return sorted(found, key=lambda one: (one.exposes or 0, one.code, one.name))[:MOST_REMEDIES]


def _sharing(decider: Decider, operation: str) -> Iterator[Remedy]:
    for asked in dict.fromkeys(("read", operation)):
        grants = decider.policy.grants(decider.module, asked)
        shared = [one.grant.condition() for one in grants if one.scope == "shared"]
        if not any(map(decider.told, shared)):
            return
        if any(True for _ in decider.denials(asked)):
            return
    yield Remedy("share", decider.user.name, 0)


def _roles(decider: Decider, operation: str) -> Iterator[Remedy]:
    held = {one.name for one in decider.policy.roles}
    for key, role in decider.session.configuration.roles.items():
        if role.name in held:
            continue
        user = decider.user
        with_role = evolve(user, roles=(*user.roles, role), role_ids=(*user.role_ids, key))
        other = Decider(decider.session, with_role, decider.module, decider.row)
        try:
            if other.is_sure(operation):
                yield Remedy("role", role.name, _opened(decider, other))
        except QueryError:
            # With it, more would have to be looked at than a question may: no remedy.
            continue


def _lifting(decider: Decider, operation: str) -> Iterator[Remedy]:
    standing = {name for asked in ("read", operation) for name, _ in decider.denials(asked)}
    for name in standing - no_right(decider).keys():
        lifted = _without(decider, name)
        if lifted.is_sure(operation):
            yield Remedy("denial", name, _opened(decider, lifted))


def _claiming(decider: Decider, operation: str) -> Iterator[Remedy]:
    """Who takes it out of the pool has it."""
    if not in_pool(decider) or not decider.is_allowed("claim"):
        return
    row = list(decider.row)
    row[layout_of(decider.module).index[OWNER]] = decider.user.id
    if evolve(decider, row=tuple(row)).is_sure(operation):
        yield Remedy("claim", decider.user.name, 0)


def _consenting(decider: Decider, operation: str) -> Iterator[Remedy]:
    """The consent of the persons to whom the record belongs."""
    purpose, user = purpose_of(decider.user), decider.user
    if purpose is None:
        return
    schema = decider.session.schema
    paths = purpose_paths(schema, decider.module)
    persons = {one for path in paths if (one := _person_at(decider, path)) is not None}
    role = purpose_role(schema, purpose, persons)
    roles = [role if one.name == PURPOSE else one for one in user.roles]
    given = _under(decider, decider.session.configuration, evolve(user, roles=roles))
    if given.is_sure(operation):
        yield Remedy("consent", purpose, _opened(decider, given))


def _person_at(decider: Decider, path: tuple[str, ...]) -> str | None:
    """The id of the person that `path` leads to from the record."""
    module, record, row = decider.module, str(decider.row[0]), decider.row
    for place, name in enumerate(path):
        kind, found = module.by_name[name].kind, row[layout_of(module).index[name]]
        assert isinstance(kind, Link)
        if found is None:
            return None
        module, record = decider.session.schema.by_name[kind.target], str(found)
        behind = None if place + 1 == len(path) else decider.look.target(module.name, record)
        row = row if behind is None else behind
    return record


def _releasing(decider: Decider, operation: str) -> Iterator[Remedy]:
    """The person whose data is restricted is so no more."""
    present = decider.session.configuration
    if present.restricted is None:
        return
    names = {name for asked in ("read", operation) for name, _ in decider.denials(asked)}
    persons = {
        _person_of(decider, one.where)
        for one in present.restricted.denials
        if one.name in names and one.module == decider.module.name
    }
    for person in persons - {None}:
        spared = [
            evolve(one, where=f"({one.where}) and {_field_of(one.where)} != '{person}'")
            for one in present.restricted.denials
        ]
        released = evolve(present, restricted=evolve(present.restricted, denials=spared))
        lifted = _under(decider, released, decider.user)
        if lifted.is_sure(operation):
            yield Remedy("release", "", _opened(decider, lifted))


def _person_of(decider: Decider, where: str | None) -> str | None:
    """Whom a restriction is about, of the record in question."""
    path = _field_of(where)
    return str(decider.row[0]) if path == "id" else _person_at(decider, tuple(path.split(".")))


def _field_of(where: str | None) -> str:
    """The path of a restriction, which lists the ids that it may not lead to."""
    return str(where).partition(" in ")[0]


def _under(decider: Decider, configuration: Configuration, user: User) -> Decider:
    """The same question under another configuration, whose rights are found anew."""
    session = Session(decider.session.transaction, evolve(configuration), decider.session.reader)
    return Decider(session, user, decider.module, decider.row)


def _without(decider: Decider, denial: str) -> Decider:
    """The same question where no role knows `denial`."""
    present, user = decider.session.configuration, decider.user
    configuration = evolve(
        present, roles={key: _lifted(role, denial) for key, role in present.roles.items()}
    )
    lifted = evolve(user, roles=[_lifted(role, denial) for role in user.roles])
    return _under(decider, configuration, lifted)


def _lifted(role: Role, denial: str) -> Role:
    return evolve(role, denials=[one for one in role.denials if one.name != denial])


def _opened(before: Decider, after: Decider) -> int | None:
    """How many records besides this one `after` opens that `before` does not, of all modules."""
    if not before.session.reader.may_configure:
        # The count would tell of records, and of fields, that the asker does not see.
        return None
    opened = -1
    new, old = after.binder, before.binder
    for module in before.session.configuration.modules():
        both_ways = [(new.visible(module, one), old.visible(module, one)) for one in OPERATIONS]
        wider = [both(now, Negation(then)) for now, then in both_ways if now != then]
        if wider:
            opened += before.session.count(module, AnyOf(tuple(wider)))
    return max(0, opened)
