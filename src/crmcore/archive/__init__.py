"""Archives of a whole workspace: backup, restore, move, extracts for analysis."""

from crmcore.archive.checking import verify
from crmcore.archive.extracting import Extracted, extract
from crmcore.archive.manifest import Chunk, Manifest
from crmcore.archive.moving import Moved, move
from crmcore.archive.restoring import restore
from crmcore.archive.writing import backup

__all__ = [
    "Chunk",
    "Extracted",
    "Manifest",
    "Moved",
    "backup",
    "extract",
    "move",
    "restore",
    "verify",
]
