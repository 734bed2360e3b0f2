"""Why somebody may do something, or may not; who can; what somebody can."""

from crmcore.explaining.asking import Answer, can, what_can, who_can
from crmcore.explaining.explanation import Atom, Explanation, Obstacle, Reason, Remedy
from crmcore.explaining.why import why

__all__ = [
    "Answer",
    "Atom",
    "Explanation",
    "Obstacle",
    "Reason",
    "Remedy",
    "can",
    "what_can",
    "who_can",
    "why",
]
