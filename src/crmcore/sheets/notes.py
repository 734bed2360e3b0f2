"""Comments on cells: collected while a sheet is written, spilled to disk when they are many."""

from __future__ import annotations

import shutil
from tempfile import SpooledTemporaryFile
from typing import IO, Final

from crmcore.sheets.markup import xml_text

_KEPT_IN_MEMORY: Final = 1 << 20
_LONGEST_NOTE: Final = 32_000
_AUTHOR: Final = "crmcore"

_COMMENTS_HEAD: Final = (
    '<?xml version="1.0" encoding="UTF-8" standalone="yes"?>\n'
    '<comments xmlns="http://schemas.openxmlformats.org/spreadsheetml/2006/main">'
    f"<authors><author>{_AUTHOR}</author></authors><commentList>"
).encode()
_COMMENTS_TAIL: Final = b"</commentList></comments>"
_DRAWING_HEAD: Final = (
    b'<xml xmlns:v="urn:schemas-microsoft-com:vml" xmlns:o="urn:schemas-microsoft-com:office:'
    b'office" xmlns:x="urn:schemas-microsoft-com:office:excel"><o:shapelayout v:ext="edit">'
    b'<o:idmap v:ext="edit" data="1"/></o:shapelayout><v:shapetype id="_x0000_t202" '
    b'coordsize="21600,21600" o:spt="202" path="m,l,21600r21600,l21600,xe"><v:stroke '
    b'joinstyle="miter"/><v:path gradientshapeok="t" o:connecttype="rect"/></v:shapetype>'
)
_DRAWING_TAIL: Final = b"</xml>"


class Notes:
    """The comments of one sheet, in the order of its cells."""

    def __init__(self) -> None:
        self.count = 0
        self._comments = SpooledTemporaryFile(max_size=_KEPT_IN_MEMORY)  # noqa: SIM115
        self._shapes = SpooledTemporaryFile(max_size=_KEPT_IN_MEMORY)  # noqa: SIM115

    def add(self, ref: str, row: int, column: int, text: str) -> None:
        """A comment on the cell `ref`; `row` and `column` count from 0. Cut at 32,000."""
        self.count += 1
        shown = xml_text(text if len(text) <= _LONGEST_NOTE else text[:_LONGEST_NOTE] + "…")
        self._comments.write(
            f'<comment ref="{ref}" authorId="0"><text><t xml:space="preserve">{shown}</t></text>'
            "</comment>".encode()
        )
        self._shapes.write(self._shape(row, column, len(text)).encode())

    def _shape(self, row: int, column: int, length: int) -> str:
        height = min(2 + length // 16, 14)
        return (
            f'<v:shape id="_x0000_s{1024 + self.count}" type="#_x0000_t202" '
            'style="position:absolute;visibility:hidden" fillcolor="#ffffe1" o:insetmode="auto">'
            '<v:fill color2="#ffffe1"/><v:shadow on="t" color="black" obscured="t"/>'
            '<v:path o:connecttype="none"/><v:textbox style="mso-direction-alt:auto"/>'
            '<x:ClientData ObjectType="Note"><x:MoveWithCells/><x:SizeWithCells/>'
            f"<x:Anchor>{column + 1}, 15, {row}, 2, {column + 4}, 15, {row + height}, 4</x:Anchor>"
            f"<x:AutoFill>False</x:AutoFill><x:Row>{row}</x:Row><x:Column>{column}</x:Column>"
            "</x:ClientData></v:shape>"
        )

    def write_comments(self, stream: IO[bytes]) -> None:
        """The part `xl/commentsN.xml`."""
        self._copy(self._comments, stream, _COMMENTS_HEAD, _COMMENTS_TAIL)

    def write_drawing(self, stream: IO[bytes]) -> None:
        """The part `xl/drawings/vmlDrawingN.vml`, in which comments have their boxes."""
        self._copy(self._shapes, stream, _DRAWING_HEAD, _DRAWING_TAIL)

    def _copy(
        self, spool: SpooledTemporaryFile[bytes], stream: IO[bytes], head: bytes, tail: bytes
    ) -> None:
        spool.seek(0)
        stream.write(head)
        shutil.copyfileobj(spool, stream)
        stream.write(tail)

    def close(self) -> None:
        """Gives up the temporary files."""
        self._comments.close()
        self._shapes.close()
