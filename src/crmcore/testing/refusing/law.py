"""The law itself: every command, refused for every reason, leaves everything as it was."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Iterator, Mapping

from attrs import define, field

from crmcore.errors import CrmError
from crmcore.storage import Backend
from crmcore.testing.living.findings import Findings
from crmcore.testing.refusing.cells import COMMANDS, attempt, codes, why_not
from crmcore.testing.refusing.command import Act, Attempt, Command, Own, Verb, swallowed
from crmcore.testing.refusing.reasons import REASONS
from crmcore.testing.refusing.stage import AT_HOME, Stage, lying, stage


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
    cells: int = 0
    _known: Mapping[str, object] = field(factory=dict)

    def refuse(self, commands: Iterable[Command]) -> None:
        """Try `commands` with every reason that they can meet, and with those of their own."""
        self._known = lying(self.on.crm)
        for command in commands:
            for reason in REASONS:
                if why_not(command, reason) is None:
                    label, known = f"{command.name}, {reason.name}", codes(command, reason)
                    one = attempt(self.on, reason)
                    self._try(label, command.act, one, known, command.keeps)
                    self._swallow(label, command.verb, one)
            for own in command.own:
                self._refuse_own(command, own)

    def _refuse_own(self, command: Command, own: Own) -> None:
        label = _called(command, own)
        ready = self.on.prepared.get(label) or self.on.prepared[AT_HOME]
        one = Attempt(self.on, ready.crm, ready)
        if own.before is not None:
            own.before(one)
            self._known = lying(self.on.crm)
        self._try(label, own.act, one, own.codes, command.keeps)
        self._swallow(label, own.verb, one)

    def _try(
        self, label: str, act: Act, one: Attempt, known: Collection[str], keeps: Collection[str]
    ) -> None:
        self.cells += 1
        try:
            act(one)
        except CrmError as error:
            told = {problem.code for problem in error.problems}
            self.found.refuse(error.code)
            fits = bool(told & set(known))
            self.found.ask(fits, f"{label}: refused as {', '.join(sorted(told))}", trivial=True)
        else:
            self.found.ask(False, f"{label}: was allowed")
        self._compare(label, keeps)

    def _swallow(self, label: str, act: Verb | None, one: Attempt) -> None:
        """Whoever catches a refusal within his unit of work has nothing of it either."""
        if act is None:
            return
        try:
            swallowed(act)(one)
        except CrmError as error:
            self.found.refuse(error.code)
        self._compare(f"{label}, caught", ())

    def _compare(self, label: str, keeps: Collection[str]) -> None:
        before, self._known = self._known, lying(self.on.crm)
        names = [name for name in self._known if name not in keeps]
        changed = [name for name in names if self._known[name] != before.get(name)]
        self.found.ask(not changed, f"{label}: changed {', '.join(changed)}")


def impossible() -> Iterator[tuple[str, str, str]]:
    """Every cell that cannot occur: command, reason, and why it cannot."""
    for command in COMMANDS.values():
        for reason in REASONS:
            why = why_not(command, reason)
            if why is not None:
                yield command.name, reason.name, why
