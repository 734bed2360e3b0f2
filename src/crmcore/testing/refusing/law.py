"""The law itself: every command, refused for every reason, leaves everything as it was."""

from __future__ import annotations

import tempfile
from collections.abc import Collection, Iterator, Mapping

from attrs import define, field

from crmcore.errors import CrmError
from crmcore.storage import Backend
from crmcore.testing.living.findings import Findings
from crmcore.testing.refusing.cells import COMMANDS, attempt, codes, why_not
from crmcore.testing.refusing.command import Act, Attempt, Command, Own, swallowed
from crmcore.testing.refusing.reasons import REASONS
from crmcore.testing.refusing.stage import Stage, lying, stage

_AT_HOME = "unknown-field"
"""Whose user and record are used where a command is refused for a reason of its own."""


def staged(backend: Backend, folder: str) -> Stage:
    """A stage on which every command can be tried; archives lie in `folder`."""
    also = [_called(one, own) for one in COMMANDS.values() for own in one.own if own.before]
    return stage(backend, folder, also)


def _called(command: Command, own: Own) -> str:
    return f"{command.name}: {own.name}"


@define
class Trial:
    """Commands tried on one stage; what was there is looked at before and after each."""

    on: Stage
    found: Findings = field(factory=Findings)

    def refuse(self, command: Command) -> None:
        """Try `command` with every reason that it can meet, and with those of its own."""
        for reason in REASONS:
            if why_not(command, reason) is None:
                label, known = f"{command.name}, {reason.name}", codes(command, reason)
                one = attempt(self.on, reason)
                self._try(label, command.act, one, known, command.keeps)
                if command.verb is not None:
                    self._swallow(label, swallowed(command.verb), one)
        for own in command.own:
            label = _called(command, own)
            ready = self.on.prepared.get(label) or self.on.prepared[_AT_HOME]
            one = Attempt(self.on, ready.crm, ready)
            if own.before is not None:
                own.before(one)
            self._try(label, own.act, one, own.codes, command.keeps)
            if own.verb is not None:
                self._swallow(label, swallowed(own.verb), one)

    def _try(
        self, label: str, act: Act, one: Attempt, known: Collection[str], keeps: Collection[str]
    ) -> None:
        before = lying(self.on.crm, keeps)
        try:
            act(one)
        except CrmError as error:
            told = {problem.code for problem in error.problems}
            self.found.refuse(error.code)
            fits = bool(told & set(known))
            self.found.ask(fits, f"{label}: refused as {', '.join(sorted(told))}", trivial=True)
        else:
            self.found.ask(False, f"{label}: was allowed")
        self._compare(label, before, keeps)

    def _swallow(self, label: str, act: Act, one: Attempt) -> None:
        """Whoever catches a refusal within his unit of work has nothing of it either."""
        before = lying(self.on.crm)
        try:
            act(one)
        except CrmError as error:
            self.found.refuse(error.code)
        self._compare(f"{label}, caught", before, ())

    def _compare(self, label: str, before: Mapping[str, object], keeps: Collection[str]) -> None:
        after = lying(self.on.crm, keeps)
        changed = [name for name in after if after[name] != before.get(name)]
        self.found.ask(not changed, f"{label}: changed {', '.join(changed)}")


def refused_all(backend: Backend, found: Findings) -> None:
    """All commands with all reasons on an empty store."""
    with tempfile.TemporaryDirectory(prefix="crmcore-") as folder:
        trial = Trial(staged(backend, folder), found)
        for command in COMMANDS.values():
            trial.refuse(command)


def impossible() -> Iterator[tuple[str, str, str]]:
    """Every cell that cannot occur: command, reason, and why it cannot."""
    for command in COMMANDS.values():
        for reason in REASONS:
            why = why_not(command, reason)
            if why is not None:
                yield command.name, reason.name, why
