"""What every verb of signing in begins with: is it kept here, under which policy, at what time."""

from __future__ import annotations

from datetime import datetime
from typing import Final

from attrs import frozen

from crmcore.access import SYSTEM_USER, System, User
from crmcore.accounts.cells import ready
from crmcore.accounts.passwords import Hasher
from crmcore.accounts.policy import SETTING_NAME, SignInPolicy, policy_from_json
from crmcore.errors import AccessDenied, CrmError, Invalid, SignInRefused, WorkspaceError
from crmcore.schema.reserved.signing_in import SIGN_IN
from crmcore.work import Workspace
from crmcore.work.committing import Intention
from crmcore.work.configuration import Configuration
from crmcore.work.configuring import check_right
from crmcore.work.door import Door
from crmcore.work.session import Session
from crmcore.work.store import Principal, Store, behind
from crmcore.work.transaction import Unit, unit_of

KIND: Final = "sign_in"


@frozen
class Desk:
    """The store, its configuration, the policy in force, and one moment for all of a verb."""

    store: Store
    principal: Principal
    configuration: Configuration
    policy: SignInPolicy
    now: datetime

    @classmethod
    def of(cls, crm: Workspace) -> Desk:
        """Begin; raises `WorkspaceError` (`accounts_off`), `Invalid` for a spoilt policy."""
        store = crm._store
        with store.reading(System(KIND)) as session:
            configuration = session.configuration
        if SIGN_IN.name not in configuration.schema.by_name:
            raise WorkspaceError("accounts_off")
        ready(store)
        policy = policy_from_json(configuration.settings.get(SETTING_NAME))
        return cls(store, crm.principal, configuration, policy, store.clock.now())

    @property
    def hasher(self) -> Hasher:
        """Hashes as the policy says; raises `MissingExtra`."""
        return Hasher(self.policy, self.store.entropy)

    @property
    def me(self) -> str:
        """The user who asks; raises `AccessDenied` where it is the system."""
        if not isinstance(self.principal, str):
            raise AccessDenied("needs_user")
        return self.principal

    def unit(self, reason: str, *, behalf: str | None = None) -> Unit:
        """A unit of the system, for somebody who has not signed in yet.

        Where he comes from is personal, and change sets cannot be erased: a sign-in tells it.
        """
        intention = Intention(KIND, None, None, reason, behalf)
        return unit_of(self.store, System(reason), intention)

    def own_unit(self, reason: str) -> Unit:
        """A unit of who asks."""
        intention = Intention(KIND, None, None, reason, behind(self.principal))
        return unit_of(self.store, self.principal, intention)

    def named(self, login: object) -> User | None:
        """The active user of ours whose login this is."""
        if not isinstance(login, str) or not login:
            return None
        users = self.configuration.users.values()
        return next((one for one in users if one.login == login and is_active(one)), None)

    def user(self, user: str) -> User | None:
        """The active user of ours with that id."""
        found = self.configuration.users.get(user)
        return found if found is not None and is_active(found) else None

    def workspace(self, user: str) -> Workspace:
        """The workspace as `user`; raises `SignInRefused` (`session_over`) if he may not act."""
        try:
            with self.store.reading(user):
                return Workspace(self.store, user)
        except AccessDenied:
            raise SignInRefused("session_over") from None


def is_active(user: User) -> bool:
    """Whether somebody may sign in as `user`."""
    return user.active and user.id != SYSTEM_USER


def configurer(unit: Unit) -> Session:
    """The session of `unit` where it may configure; raises `AccessDenied`, and ends it."""
    try:
        check_right(unit.session)
    except CrmError:
        unit.abandon()
        raise
    return unit.session


def note(
    door: Door,
    now: datetime,
    event: str,
    user: str | None,
    *,
    origin: str | None = None,
    reason: str | None = None,
) -> None:
    """Keep what happened; `door` is the system's."""
    values = {"user": user, "event": event, "moment": now, "origin": origin, "reason": reason}
    door.create(SIGN_IN, [values])


def given_login(login: object) -> str:
    """A login that may be given to somebody; raises `Invalid`."""
    if not isinstance(login, str) or not login.strip():
        raise Invalid("required", module="crm_user", field="login")
    return login
