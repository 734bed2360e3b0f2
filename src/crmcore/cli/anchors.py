"""Anchored heads on the command line: the text itself, or a file that holds it."""

from __future__ import annotations

from pathlib import Path
from typing import Final

from crmcore.audit import AuditHead
from crmcore.errors import Invalid

_LONGEST: Final = 1_000


def anchor(text: str) -> AuditHead:
    """The head that `text` is, or that the file of this name holds; raises `Invalid`."""
    path = Path(text)
    try:
        is_file = len(text) < _LONGEST and path.is_file()
        return AuditHead.parse(path.read_text("utf-8")[:_LONGEST] if is_file else text)
    except (OSError, UnicodeDecodeError):
        raise Invalid("not_an_anchor") from None
