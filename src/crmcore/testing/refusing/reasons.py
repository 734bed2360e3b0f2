"""The closed list of reasons for which a command is refused."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Final

from attrs import field, frozen

from crmcore.access import OPERATIONS as EVERY_OPERATION
from crmcore.access import Denial, FieldRule, Grant, Role
from crmcore.access.roles import OF_THE_WORKSPACE

OPERATIONS: Final = tuple(one for one in EVERY_OPERATION if one not in OF_THE_WORKSPACE)
"""What a grant over one module may allow."""

WRITING: Final = tuple(one for one in OPERATIONS if one not in ("read", "report"))
PEOPLE: Final = Grant("crm_user", "read")
ALL: Final = Role("all", grants=[Grant("account", OPERATIONS), PEOPLE])


def _role(name: str, *grants: Grant, **rest: object) -> tuple[Role, ...]:
    given = grants or (Grant("account", OPERATIONS),)
    return (Role(name, grants=[*given, PEOPLE], **rest),)  # type: ignore[arg-type]


def _fields(name: str, level: str) -> tuple[Role, ...]:
    return _role(name, fields=[FieldRule("account", "amount", level)])  # type: ignore[arg-type]


def names(given: Iterable[str]) -> frozenset[str]:
    """Names as a set."""
    return frozenset(given)


@frozen
class Reason:
    """Why who asks is refused: what he may, what he asks for, and the codes of the refusal.

    A command meets a reason where it has all its `needs` and none of `never`; elsewhere the
    cell cannot occur, because `why_not` says so.

    `record` are values of the record that is ready for it, `touched` what the user changed of
    it while he still had all rights, and `wanted` what he writes now.
    """

    name: str
    codes: frozenset[str] = field(converter=names)
    why_not: str
    needs: frozenset[str] = field(default=frozenset(), converter=names)
    never: frozenset[str] = field(default=frozenset(), converter=names)
    roles: tuple[Role, ...] = (ALL,)
    record: Mapping[str, object] = field(factory=dict)
    touched: Mapping[str, object] = field(factory=dict)
    wanted: Mapping[str, object] = field(factory=dict)
    is_owner: bool = False


_RIGHTS: Final = ("not_allowed", "not_found", "needs_configure", "outside_scope")
_NO_RECORD: Final = "it names no record, and its right has no scope"
_NO_FIELDS: Final = "it writes no fields that who asks has chosen"
_EVERYBODY: Final = "it needs no right: everybody may, or who brings a token or a password"
_NOT_THERE: Final = "it names nothing that could be missing"

REASONS: Final = (
    Reason("module-not-granted", _RIGHTS, _EVERYBODY, ["right"], roles=()),
    Reason(
        "operation-not-granted",
        _RIGHTS,
        _EVERYBODY,
        ["right"],
        roles=_role("reader", Grant("account", ("read", "report"))),
    ),
    Reason(
        "module-off",
        _RIGHTS,
        "its right is no right to records of a module",
        ["right"],
        ["configures"],
        roles=_role("off", denials=[Denial("module off", "account", OPERATIONS)]),
    ),
    Reason(
        "outside-scope-before",
        ("outside_scope",),
        _NO_RECORD,
        ["record"],
        roles=_role(
            "others",
            Grant("account", ("read", "create")),
            Grant("account", WRITING, scopes="own"),
        ),
    ),
    Reason(
        "outside-scope-after",
        ("outside_scope",),
        _NO_FIELDS,
        ["image"],
        roles=_role("east", Grant("account", OPERATIONS, "region == 'east'")),
        record={"region": "south"},
        touched={"region": "east"},
        wanted={"region": "south"},
    ),
    Reason(
        "invisible-record",
        ("not_found",),
        _NO_RECORD,
        ["record"],
        roles=_role("blind", Grant("account", OPERATIONS, scopes="own")),
    ),
    Reason(
        "denied-by-name",
        ("outside_scope", "not_found", "not_allowed"),
        _NO_RECORD,
        ["record"],
        roles=_role("frozen", denials=[Denial("frozen", "account", WRITING, "region == 'east'")]),
        record={"region": "east"},
    ),
    Reason(
        "hidden-field",
        ("unknown_field",),
        _NO_FIELDS,
        ["image"],
        roles=_fields("hidden", "hidden"),
        touched={"amount": 7},
        wanted={"amount": 5},
    ),
    Reason(
        "masked-field",
        ("field_not_writable",),
        _NO_FIELDS,
        ["image"],
        roles=_fields("masked", "masked"),
        touched={"amount": 7},
        wanted={"amount": 5},
    ),
    Reason(
        "read-only-field",
        ("field_not_writable",),
        _NO_FIELDS,
        ["image"],
        roles=_fields("read only", "read"),
        touched={"amount": 7},
        wanted={"amount": 5},
    ),
    Reason(
        "field-closed-in-new-image",
        ("field_not_writable",),
        _NO_FIELDS,
        ["image"],
        roles=_role(
            "where", fields=[FieldRule("account", "amount", "read", where="region == 'east'")]
        ),
        record={"region": "south"},
        touched={"amount": 7, "region": "east"},
        wanted={"amount": 5, "region": "east"},
    ),
    Reason(
        "transfer-without-right",
        ("not_allowed", "outside_scope"),
        "it hands nothing over",
        ["owner"],
        roles=_role("keeper", Grant("account", [one for one in OPERATIONS if one != "transfer"])),
        touched={"owner": None},
        is_owner=True,
    ),
    Reason(
        "row-limit",
        ("row_limit",),
        "it has no limit of rows",
        ["limited"],
        roles=_role("limited", limits={"export": 0, "bulk_update": 0, "import": 0}),
    ),
    Reason("restricted-person", ("not_found",), _NO_RECORD, ["record"]),
    Reason("no-consent-to-purpose", ("not_found",), _NO_RECORD, ["record"]),
    Reason("expired-role", _RIGHTS, _EVERYBODY, ["right"], roles=()),
    Reason("inactive-user", (*_RIGHTS, "unknown_user"), _EVERYBODY, ["right"]),
    Reason(
        "encrypted-field-asked",
        ("encrypted_field",),
        "it asks no condition",
        ["condition"],
    ),
    Reason("four-eyes", ("four_eyes",), "it decides no request", ["decides"]),
    Reason("version-conflict", ("record_changed",), "it names no version", ["version"]),
    Reason(
        "key-taken",
        ("value_taken", "key_taken", "login_taken", "already_mapped"),
        "it writes no unique key",
        ["key"],
        touched={"code": "C-key-taken-2"},
        wanted={"code": "C-module-off"},
    ),
    Reason(
        "broken-link",
        ("link_not_found", "no_such_record", "link_broken"),
        _NO_FIELDS,
        ["image"],
        never=["inverse"],
        wanted={"parent": "f" * 32},
    ),
    Reason(
        "required-empty",
        ("required",),
        _NO_FIELDS,
        ["image"],
        never=["inverse"],
        wanted={"name": None},
    ),
    Reason(
        "policy-that-locks-out",
        ("bad_role", "unknown_operation", "unknown_zone"),
        "it writes no policy",
        ["policy"],
    ),
    Reason("own-rights-raised", ("not_allowed", "not_found"), "it writes no policy", ["policy"]),
    Reason("unknown-module", ("unknown_module",), "it names no module", ["module"]),
    Reason("unknown-field", ("unknown_field",), _NO_FIELDS, ["image"], never=["inverse"]),
    Reason("unknown-record", ("not_found",), _NOT_THERE, ["names"]),
)
"""All of them; what a command refuses for reasons of its own stands beside the command."""
