"""Records that are the same thing become one: nothing that hung on them is lost, and it undoes."""

from crmcore.merging.merge import Merged, Moved, merge, preview
from crmcore.merging.survivor import survivor

__all__ = ["Merged", "Moved", "merge", "preview", "survivor"]
