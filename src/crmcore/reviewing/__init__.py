"""Reviews of rights: matrix, differences, assertions, unused grants, campaigns, duties."""

from crmcore.access.duties import Duty, DutyRule
from crmcore.reviewing.asserting import Verdict, Witness, check
from crmcore.reviewing.campaign import Campaign, ReviewItem
from crmcore.reviewing.campaigns import (
    CarriedOut,
    campaign,
    campaigns,
    carry_out,
    close,
    decide,
)
from crmcore.reviewing.comparing import difference
from crmcore.reviewing.drawing import matrix
from crmcore.reviewing.expiring import expiring, expiring_table
from crmcore.reviewing.holding import Holding
from crmcore.reviewing.matrix import FieldLevel, Matrix, OperationRight, Way
from crmcore.reviewing.sentences import Assertion, assertions_in
from crmcore.reviewing.separation import conflict_table, conflicts, separate, unite
from crmcore.reviewing.shifts import AccessDiff, FieldShift, LimitShift, PersonShift, Shift
from crmcore.reviewing.starting import start
from crmcore.reviewing.usage import UnusedGrant, UnusedGrants, unused
from crmcore.work.separating import Violation

__all__ = [
    "AccessDiff",
    "Assertion",
    "Campaign",
    "CarriedOut",
    "Duty",
    "DutyRule",
    "FieldLevel",
    "FieldShift",
    "Holding",
    "LimitShift",
    "Matrix",
    "OperationRight",
    "PersonShift",
    "ReviewItem",
    "Shift",
    "UnusedGrant",
    "UnusedGrants",
    "Verdict",
    "Violation",
    "Way",
    "Witness",
    "assertions_in",
    "campaign",
    "campaigns",
    "carry_out",
    "check",
    "close",
    "conflict_table",
    "conflicts",
    "decide",
    "difference",
    "expiring",
    "expiring_table",
    "matrix",
    "separate",
    "start",
    "unite",
    "unused",
]
