"""Workspaces that live through seeded stories: what the laws above the port are proved on."""

from crmcore.testing.living.laws import LIVING_LAWS, REFUSED_STORIES

__all__ = ["LIVING_LAWS", "REFUSED_STORIES"]
