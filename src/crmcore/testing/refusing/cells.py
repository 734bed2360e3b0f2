"""Every command with every reason: what is tried, and what cannot be, because …"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any, Final

from attrs import evolve

from crmcore import privacy
from crmcore.testing.refusing.administering import CONFIGURING
from crmcore.testing.refusing.calling import CALLS
from crmcore.testing.refusing.command import Attempt, Command
from crmcore.testing.refusing.keeping import PRIVACY, STORES
from crmcore.testing.refusing.reasons import Reason
from crmcore.testing.refusing.signing_in import ADMITTING, GUESTS
from crmcore.testing.refusing.stage import NOWHERE, Prepared, Stage
from crmcore.testing.refusing.working import UNIT

COMMANDS: Final[Mapping[str, Command]] = {
    one.name: one for one in (*UNIT, *CALLS, *CONFIGURING, *PRIVACY, *STORES, *ADMITTING, *GUESTS)
}
"""Every public call that writes, by its public name."""


def why_not(command: Command, reason: Reason) -> str | None:
    """Why `command` can never be refused for `reason`; `None` where it can."""
    known = EXCEPTIONS.get((command.name, reason.name))
    if known is not None:
        return known
    fits = reason.needs <= command.traits and not reason.never & command.traits
    return None if fits else reason.why_not


_IMPORTS: Final = ("importing.load (new)", "importing.load (over)", "importing.import_file")
_OVER: Final = "importing.load (over)"
_FOUND_BY_KEY: Final = "it finds its record by the key: what it does not find it makes"
_LEFT_OUT: Final = "columns that are no field are told by the plan, and left out"

EXCEPTIONS: Final[Mapping[tuple[str, str], str]] = {
    **{(name, "unknown-field"): _LEFT_OUT for name in _IMPORTS},
    ("UnitOfWork.upsert", "unknown-record"): _FOUND_BY_KEY,
    ("UnitOfWork.upsert (new)", "key-taken"): _FOUND_BY_KEY,
    (_OVER, "unknown-record"): _FOUND_BY_KEY,
    (_OVER, "key-taken"): _FOUND_BY_KEY,
    (_OVER, "required-empty"): "an empty cell leaves what is there",
}
"""Cells that cannot occur although traits would let them."""

_TAKEN: Final = frozenset({"value_taken", "duplicate_found", "outside_scope"})
"""Of a record that is not to be seen: its key is taken, or it may not be made."""

CODES: Final[Mapping[tuple[str, str], frozenset[str]]] = {
    **{
        (name, reason): _TAKEN
        for name in ("UnitOfWork.upsert", _OVER)
        for reason in (
            "module-not-granted",
            "module-off",
            "expired-role",
            "invisible-record",
            "restricted-person",
            "no-consent-to-purpose",
        )
    },
    **{(name, "policy-that-locks-out"): _TAKEN for name in _IMPORTS},
    **{(name, "key-taken"): _TAKEN for name in _IMPORTS if name != _OVER},
    **{(name, "hidden-field"): frozenset({"field_not_writable"}) for name in _IMPORTS},
    **{
        (name, "outside-scope-before"): frozenset({"not_found"})
        for name in ("approving.approve", "approving.reject")
    },
    ("Workspace.undo", "unknown-record"): frozenset({"no_such_operation"}),
    ("work.impersonate", "unknown-record"): frozenset({"unknown_user"}),
    ("accounts.map_identity", "unknown-record"): frozenset({"link_not_found"}),
    ("accounts.issue_token", "unknown-record"): frozenset({"not_a_service"}),
}
"""Codes besides those of the reason, where a command tells it in other words."""


def codes(command: Command, reason: Reason) -> frozenset[str]:
    """With which codes `command` may be refused for `reason`."""
    return reason.codes | CODES.get((command.name, reason.name), frozenset())


def attempt(stage: Stage, reason: Reason) -> Attempt:
    """How somebody would meet `reason`."""
    ready = stage.prepared[reason.name]
    one = Attempt(stage, ready.crm, ready, reason.wanted)
    change = _SPECIAL.get(reason.name)
    return one if change is None else change(one)


def _policy(one: Attempt, who: Prepared | None) -> Attempt:
    """Of a setting, by the owner; or of a user, by himself."""
    crm, record = one.stage.crm, one.ready
    if who is None:
        (zone,) = crm.find("crm_setting", "name == 'zone'")
        values: dict[str, object] = {"name": "zone", "value": "Nowhere/Here"}
        return evolve(
            one, who=crm, ready=evolve(record, record=zone.id), values=values, module="crm_setting"
        )
    values = {"name": "me", "roles": None}
    return evolve(one, ready=evolve(record, record=who.who), values=values, module="crm_user")


def _nowhere(one: Attempt) -> Attempt:
    ids: dict[str, Any] = dict.fromkeys(_IDS, NOWHERE)
    return evolve(one, who=one.stage.crm, ready=evolve(one.ready, **ids))


_IDS: Final = ("record", "share", "member", "operation", "request", "own_request")

_SPECIAL: Final[Mapping[str, Callable[[Attempt], Attempt]]] = {
    "no-consent-to-purpose": lambda one: evolve(one, who=privacy.for_purpose(one.who, "news")),
    "transfer-without-right": lambda one: evolve(one, values={"owner": one.ready.member}),
    "encrypted-field-asked": lambda one: evolve(one, where="secret > 'a'"),
    "version-conflict": lambda one: evolve(one, version=1),
    "policy-that-locks-out": lambda one: _policy(one, None),
    "own-rights-raised": lambda one: _policy(one, one.ready),
    "unknown-module": lambda one: evolve(one, who=one.stage.crm, module="nowhere"),
    "unknown-field": lambda one: evolve(one, values={"no_such_field": 1}),
    "unknown-record": _nowhere,
}
