"""Who signs in: identities of a host, passwords, second factors, sessions, tokens, services.

Every verb is a function over a workspace. Rights are not decided here: whoever signed in is a
user like any other. Begin with `enable`.
"""

from crmcore.accounts.enabling import enable, sign_in_policy, tidy
from crmcore.accounts.factors import (
    Enrolment,
    begin_factor,
    clear_factor,
    confirm_factor,
    end_factor,
)
from crmcore.accounts.identities import acting, map_identity, unmap_identity
from crmcore.accounts.issuing import Issued
from crmcore.accounts.joining import invite, register
from crmcore.accounts.policy import SignInPolicy
from crmcore.accounts.resetting import change_password, redeem, request_reset
from crmcore.accounts.services import (
    ApiToken,
    create_service,
    issue_token,
    revoke_token,
    serving,
    tokens,
)
from crmcore.accounts.sessions import (
    Session,
    end_session,
    end_sessions,
    resume,
    sessions,
    sign_ins,
    sign_out,
)
from crmcore.accounts.signing_in import SignedIn, sign_in
from crmcore.accounts.unlocking import unlock

__all__ = [
    "ApiToken",
    "Enrolment",
    "Issued",
    "Session",
    "SignInPolicy",
    "SignedIn",
    "acting",
    "begin_factor",
    "change_password",
    "clear_factor",
    "confirm_factor",
    "create_service",
    "enable",
    "end_factor",
    "end_session",
    "end_sessions",
    "invite",
    "issue_token",
    "map_identity",
    "redeem",
    "register",
    "request_reset",
    "resume",
    "revoke_token",
    "serving",
    "sessions",
    "sign_in",
    "sign_in_policy",
    "sign_ins",
    "sign_out",
    "tidy",
    "tokens",
    "unlock",
    "unmap_identity",
]
