"""Rules as values; the unit of work carries them out."""

from crmcore.rules.computed import ComputedRule, Formula, LinkedField, RollUp

__all__ = ["ComputedRule", "Formula", "LinkedField", "RollUp"]
