"""Changes that need a second person: what waits, and the decision."""

from crmcore.approving.deciding import approve, reject, withdraw
from crmcore.approving.requests import ChangeRequest, guard, waiting

__all__ = ["ChangeRequest", "approve", "guard", "reject", "waiting", "withdraw"]
