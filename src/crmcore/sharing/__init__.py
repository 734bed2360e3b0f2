"""Who has a record besides its owner: shares, teams, and the public pool."""

from crmcore.sharing.pool import claim, release
from crmcore.sharing.shares import join_team, leave_team, share, unshare

__all__ = ["claim", "join_team", "leave_team", "release", "share", "unshare"]
