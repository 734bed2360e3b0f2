"""All commands, by name."""

from __future__ import annotations

from typing import Final

from crmcore.cli.command import Taught
from crmcore.cli.commands.accounts import account
from crmcore.cli.commands.adopting import adopt_
from crmcore.cli.commands.asking import describe, find
from crmcore.cli.commands.auditing import audit
from crmcore.cli.commands.checking import digest, doctor
from crmcore.cli.commands.correcting import history, undo, update
from crmcore.cli.commands.demo import demo
from crmcore.cli.commands.evolving import apply, plan, pull, purge
from crmcore.cli.commands.explaining import why
from crmcore.cli.commands.exporting import export
from crmcore.cli.commands.importing import import_, template
from crmcore.cli.commands.keeping import backup_, extract_, keys_, move_, rekey_, restore_, verify_
from crmcore.cli.commands.making import init
from crmcore.cli.commands.merging import merge
from crmcore.cli.commands.migrating import migrate_, views_
from crmcore.cli.commands.privacy import privacy_
from crmcore.cli.commands.proving import prove
from crmcore.cli.commands.reporting import report
from crmcore.cli.commands.reviewing import access

COMMANDS: Final[dict[str, Taught]] = {
    "demo": demo,
    "init": init,
    "template": template,
    "import": import_,
    "find": find,
    "report": report,
    "describe": describe,
    "export": export,
    "update": update,
    "merge": merge,
    "history": history,
    "why": why,
    "undo": undo,
    "pull": pull,
    "plan": plan,
    "apply": apply,
    "purge": purge,
    "digest": digest,
    "backup": backup_,
    "verify": verify_,
    "restore": restore_,
    "move": move_,
    "extract": extract_,
    "keys": keys_,
    "rekey": rekey_,
    "migrate": migrate_,
    "views": views_,
    "adopt": adopt_,
    "access": access,
    "account": account,
    "audit": audit,
    "privacy": privacy_,
    "doctor": doctor,
    "prove": prove,
}
