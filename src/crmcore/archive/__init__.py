"""Archives of a whole workspace: backup, verify, restore, move."""

from crmcore.archive.abandoning import Abandoned, abandon
from crmcore.archive.checking import verify
from crmcore.archive.manifest import Chunk, Manifest
from crmcore.archive.moving import Moved, move
from crmcore.archive.renewing import RenewedKeys, renew_keys
from crmcore.archive.restoring import restore
from crmcore.archive.writing import backup

__all__ = [
    "Abandoned",
    "Chunk",
    "Manifest",
    "Moved",
    "RenewedKeys",
    "abandon",
    "backup",
    "move",
    "renew_keys",
    "restore",
    "verify",
]
