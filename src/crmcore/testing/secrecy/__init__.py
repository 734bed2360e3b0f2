"""The laws of access: what somebody may not see changes nothing that he is told."""

from crmcore.testing.secrecy.ask import Ask
from crmcore.testing.secrecy.comparing import check
from crmcore.testing.secrecy.laws import SECRECY_LAWS, explain, list_open_report, non_interference
from crmcore.testing.secrecy.leak import Leak
from crmcore.testing.secrecy.leaks import LEAKS, planted
from crmcore.testing.secrecy.pair import Event, Holding, Pair, Side

__all__ = [
    "LEAKS",
    "SECRECY_LAWS",
    "Ask",
    "Event",
    "Holding",
    "Leak",
    "Pair",
    "Side",
    "check",
    "explain",
    "list_open_report",
    "non_interference",
    "planted",
]
