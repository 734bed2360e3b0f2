"""Commands over what is kept of persons, and over whole stores."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Any, Final

from crmcore import archive, privacy
from crmcore.privacy import retention
from crmcore.storage.memory import MemoryBackend
from crmcore.testing.refusing.command import Attempt, Command, Own, call
from crmcore.testing.refusing.stage import KEYS, NOWHERE
from crmcore.work import migrate, open_workspace, views

_CONFIGURES: Final = "right configures"
_PERSON: Final = "right configures module names"
_NEVER: Final[Any] = "never"
_RULE: Final = "right configures names"


def _rule(where: str = "created_at < now - 3650d", action: Any = "delete") -> retention.Rule:
    return retention.Rule("older", "account", where, action)


def _erasure(one: Attempt) -> privacy.PastErasure:
    moment = datetime(2026, 1, 1, tzinfo=UTC)
    return privacy.PastErasure("account", one.record, "erase", moment, one.ready.who)


def _gone(one: Attempt) -> str:
    known: str = one.stage.things["gone"]
    return NOWHERE if one.record == NOWHERE else known


def _into_itself(one: Attempt) -> object:
    """The store of the stage, without its keys."""
    held = one.stage.crm._store.backend
    return getattr(held, "inner", held)


def _restricted_user(one: Attempt) -> None:
    privacy.restrict(one.stage.crm, "crm_user", one.ready.who)


def _person(name: str, act: Any) -> Command:
    return call(f"privacy.{name}", _PERSON, lambda a: act(a.who, a.module, a.record))


PRIVACY: Final[tuple[Command, ...]] = (
    _person("erase", privacy.erase),
    _person("anonymise", privacy.anonymise),
    call(
        "privacy.restrict",
        _PERSON,
        lambda a: privacy.restrict(a.who, a.module, a.record),
        [Own("no-person", ["not_a_subject"], _restricted_user)],
    ),
    call(
        "privacy.release",
        _PERSON,
        lambda a: privacy.release(a.who, a.module, a.record),
        [
            Own(
                "not-restricted",
                ["not_found"],
                lambda a: privacy.release(a.stage.crm, "account", a.record),
            )
        ],
    ),
    call(
        "privacy.correct",
        "right record image names key owner module",
        lambda a: privacy.correct(a.who, a.module, a.record, dict(a.values) or {"remark": "right"}),
    ),
    call(
        "privacy.consent",
        "right record module names",
        lambda a: privacy.consent(a.who, a.module, a.record, "letters"),
    ),
    call(
        "privacy.withdraw",
        "right record module names",
        lambda a: privacy.withdraw(a.who, a.module, a.record, "calls"),
        [
            Own(
                "no-consent",
                ["not_found"],
                lambda a: privacy.withdraw(a.stage.crm, "account", a.record, "never"),
            )
        ],
    ),
    call("privacy.replay", _CONFIGURES, lambda a: privacy.replay(a.who, [_erasure(a)])),
    call(
        "privacy.retention.keep",
        f"{_CONFIGURES}",
        lambda a: retention.keep(a.who, _rule()),
        [
            Own(
                "bad-condition",
                ["unknown_field"],
                lambda a: retention.keep(a.stage.crm, _rule("no > 1")),
            ),
            Own(
                "bad-action",
                ["unknown_action"],
                lambda a: retention.keep(a.stage.crm, _rule(action="burn")),
            ),
            Own(
                "encrypted-field-asked",
                ["encrypted_field"],
                lambda a: retention.keep(a.stage.crm, _rule("secret > 'a'")),
            ),
        ],
    ),
    call(
        "privacy.retention.drop",
        _RULE,
        lambda a: retention.drop(a.who, "none" if a.record == NOWHERE else "old"),
    ),
    call(
        "privacy.retention.apply",
        _RULE,
        lambda a: retention.apply(a.who, ["none"] if a.record == NOWHERE else None),
    ),
)
"""Commands over what is kept of persons."""

STORES: Final[tuple[Command, ...]] = (
    call(
        "archive.restore",
        "",
        lambda a: archive.restore(a.stage.things["archive"], MemoryBackend(), keys=KEYS),
        [
            Own(
                "target-in-use",
                ["target_in_use", "target_is_same"],
                lambda a: archive.restore(a.stage.things["archive"], _into_itself(a), keys=KEYS),
            ),
            Own(
                "no-such-file",
                ["no_such_file"],
                lambda a: archive.restore("nowhere.crmz", _into_itself(a), keys=KEYS),
            ),
        ],
    ),
    call("archive.renew_keys", _CONFIGURES, lambda a: archive.renew_keys(a.who)),
    call(
        "archive.abandon",
        "",
        lambda a: None,
        [
            Own(
                "live",
                ["abandon_live", "cannot_abandon"],
                lambda a: archive.abandon(_into_itself(a)),
            )
        ],
    ),
    call(
        "archive.move",
        _CONFIGURES,
        lambda a: archive.move(a.who, MemoryBackend(), keys=KEYS),
        [
            Own(
                "onto-itself",
                ["target_is_same", "target_in_use"],
                lambda a: archive.move(a.stage.crm, _into_itself(a), keys=KEYS),
            )
        ],
    ),
    call(
        "work.migrate",
        "",
        lambda a: None,
        [Own("cannot-check", ["cannot_check", "keys_needed"], lambda a: migrate(_into_itself(a)))],
    ),
    call(
        "work.views",
        "",
        lambda a: None,
        [Own("no-tables", ["no_tables", "keys_needed"], lambda a: views(_into_itself(a)))],
    ),
    call(
        "work.open_workspace",
        "",
        lambda a: open_workspace(MemoryBackend(), create=True),
        [
            Own(
                "bad-argument",
                ["bad_argument"],
                lambda a: open_workspace(_into_itself(a), evolve=_NEVER),
            )
        ],
    ),
)
"""Commands over whole stores, which know no user."""
