"""Text inside the XML of a workbook: the one place where it is escaped."""

from __future__ import annotations

import re
from typing import Final

# What XML does not allow, and what readers change: workbooks write it as _xHHHH_,
# and so must a text that merely looks like that.
_SPECIAL: Final = re.compile(
    '[&<>"\r\x00-\x08\x0b\x0c\x0e-\x1f\ud800-\udfff\ufffe\uffff]|_(?=x[0-9A-Fa-f]{4}_)'
)
_ENTITIES: Final = {"&": "&amp;", "<": "&lt;", ">": "&gt;", '"': "&quot;", "\r": "&#13;"}


def xml_text(text: str) -> str:
    """`text` as content of an element; read back exactly where `_xHHHH_` is understood."""
    return _SPECIAL.sub(_entity, text)


def xml_attribute(text: str) -> str:
    """`text` as the content of an attribute in double quotes."""
    return xml_text(text).replace("\n", "&#10;").replace("\t", "&#9;")


def _entity(match: re.Match[str]) -> str:
    found = match.group()
    return _ENTITIES.get(found) or f"_x{ord(found):04X}_"
