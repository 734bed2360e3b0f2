"""What a file is, by its first bytes; names and extensions are not trusted."""

from __future__ import annotations

import re
from typing import Literal

from crmcore.errors import SourceError
from crmcore.importing.sources.content import Content

HEAD_BYTES = 65_536

_ZIP = (b"PK\x03\x04", b"PK\x05\x06")
_OLE = b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1"
# The name of the stream in which an encrypted workbook lies, as OLE directories spell it.
_ENCRYPTED = "EncryptedPackage".encode("utf-16-le")
_FOREIGN = {
    b"%PDF": "PDF",
    b"\x89PNG": "PNG",
    b"\xff\xd8\xff": "JPEG",
    b"GIF8": "GIF",
    b"\x1f\x8b": "gzip",
    b"Rar!": "RAR",
    b"7z\xbc\xaf": "7-Zip",
    b"BZh": "bzip2",
    b"\xfd7zXZ": "xz",
    b"SQLite format 3": "SQLite",
    b"PAR1": "Parquet",
}
_HTML = re.compile(
    r"\s*(<!--.*?-->\s*)*<(!doctype html|html|head|meta|style|body|table)\b", re.I | re.S
)
_XML = re.compile(r"\s*<(\?xml|!DOCTYPE|Workbook|ss:Workbook)\b", re.I)


def sniff(content: Content) -> Literal["zip", "text"]:
    """Whether `content` is a zip file or may be text.

    Raises `SourceError` for what can be named and cannot be read: empty files, encrypted and
    old workbooks, web pages, XML, and files of other kinds.
    """
    with content.open() as file:
        head = file.read(HEAD_BYTES)
    if not head:
        raise SourceError("source_empty", file=content.name)
    if head.startswith(_ZIP):
        return "zip"
    if head.startswith(_OLE):
        if _holds(content, _ENCRYPTED):
            raise SourceError("workbook_encrypted", file=content.name)
        raise SourceError("source_xls", file=content.name)
    for magic, kind in _FOREIGN.items():
        if head.startswith(magic):
            raise SourceError("source_foreign", file=content.name, kind=kind)
    for text in _readings(head):
        if _HTML.match(text):
            raise SourceError("source_html", file=content.name)
        if _XML.match(text):
            raise SourceError("source_xml", file=content.name)
    return "text"


def _holds(content: Content, wanted: bytes) -> bool:
    before = b""
    for chunk in content.chunks():
        if wanted in before + chunk:
            return True
        before = chunk[-len(wanted) :]
    return False


def _readings(head: bytes) -> list[str]:
    """The start of the file as text, in the encodings that spell tags differently."""
    start = head[:2_048]
    return [
        start.decode(codec, "replace").lstrip("\ufeff")
        for codec in ("utf-8", "utf-16-le", "utf-16-be")
    ]
