"""The one door to a workspace: units of work, history, undo, sealing."""

from crmcore.work.configuration import Configuration
from crmcore.work.digests import Digest
from crmcore.work.enrolling import assign_roles
from crmcore.work.entrance import open_workspace
from crmcore.work.feed import ChangeSet, Entry
from crmcore.work.history import Change
from crmcore.work.impersonating import impersonate
from crmcore.work.migrating import Migration, migrate, migration, views
from crmcore.work.operations import Operation
from crmcore.work.page import Page
from crmcore.work.telling import note
from crmcore.work.undoing import FieldFate, Undone
from crmcore.work.unit import UnitOfWork
from crmcore.work.workspace import Workspace

__all__ = [
    "Change",
    "ChangeSet",
    "Configuration",
    "Digest",
    "Entry",
    "FieldFate",
    "Migration",
    "Operation",
    "Page",
    "Undone",
    "UnitOfWork",
    "Workspace",
    "assign_roles",
    "impersonate",
    "migrate",
    "migration",
    "note",
    "open_workspace",
    "views",
]
