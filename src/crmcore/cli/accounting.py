"""An action of `crmcore account` with its words and options, and what is said of it."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import datetime

from attrs import frozen

from crmcore.cli.desk import Desk
from crmcore.cli.secrets import Secrets
from crmcore.kinds.temporal import zone_of
from crmcore.work import Workspace
from crmcore.work.configuring import check_right
from crmcore.work.store import user_named


@frozen
class Asked:
    """An action with its words and options."""

    desk: Desk
    crm: Workspace
    words: Sequence[str]
    secrets: Secrets
    name: str | None
    email: str | None
    roles: Sequence[str]
    hours: int | None
    limit: int
    invited: bool
    all: bool

    def user(self) -> str | None:
        """The id of the user who is named, for who may configure; `None`: oneself."""
        self.at_most(1)
        if not self.words:
            return None
        with self.crm._store.reading(self.crm.principal) as session:
            check_right(session)
            return user_named(session, self.words[0])

    def needed(self) -> str:
        """The same, where somebody must be named."""
        found = self.user()
        if found is None:
            raise self.desk.bad("words", "name a user", "请指定用户")
        return found

    def at_most(self, count: int) -> None:
        """Raise `WorkspaceError` (`bad_option`) for words that mean nothing."""
        if len(self.words) > count:
            left = " ".join(self.words[count:])
            raise self.desk.bad("words", f"what is meant by {left}?", f"无法理解：{left}")


def done(asked: Asked, data: Mapping[str, object], english: str, chinese: str) -> None:
    """Say that it is done, to programs and to people."""
    asked.desk.screen.data(dict(data))
    asked.desk.screen.line(asked.desk.tongue(english, chinese))


def when(crm: Workspace, moment: datetime) -> str:
    """A moment in the zone of the workspace, to the minute."""
    zone = zone_of(crm.configuration.setting("zone", "UTC"))
    return moment.astimezone(zone).isoformat(" ", "minutes")
