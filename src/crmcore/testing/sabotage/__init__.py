"""Planted bugs: what proves that a proof can fail. Each spoils any backend through the port."""

from crmcore.testing.sabotage.registry import SABOTAGES, Sabotage

__all__ = ["SABOTAGES", "Sabotage"]
