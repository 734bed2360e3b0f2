"""Changing many records at once, by a condition: looked at first, and undone as one."""

from crmcore.editing.previewing import Preview, preview
from crmcore.editing.updating import Updated, update

__all__ = ["Preview", "Updated", "preview", "update"]
