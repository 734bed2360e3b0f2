"""How much a file may demand before it is refused."""

from __future__ import annotations

from attrs import field, frozen
from attrs.validators import gt, optional

_KIB = 1024
_MIB = 1024 * _KIB
_GIB = 1024 * _MIB


def _positive(default: int) -> int:
    return field(default=default, validator=gt(0))


@frozen(kw_only=True)
class Limits:
    """What reading may cost. Exceeding a limit raises `SourceError`, never less.

    Sizes are bytes, lengths are characters. The defaults let through whatever a spreadsheet
    program can write and a person can mean, and stop files made to exhaust memory or time.

    - `file_bytes`: size of the file, or of a stream that is copied aside;
    - `entries`, `entry_bytes`, `total_bytes`: parts of a workbook, unpacked size of each part
      and of all parts read;
    - `ratio`: unpacked by packed size of a part, counted beyond the first `ratio_free_bytes`;
    - `rows`, `columns`: highest row number of a worksheet, columns of any source;
    - `cell_characters`: longer cells become `CellError("…", "cell_too_long")`;
    - `row_characters`: text stored in one row;
    - `padding`: cells made up in one sheet, in front of far right cells or in merged ranges,
      where more than 256 are needed at once;
    - `shared_bytes`: memory for the shared texts of a workbook; what is beyond goes to a
      temporary file;
    - `merged_ranges`: merged ranges of one worksheet, where they are asked for;
    - `seconds`: time spent reading one worksheet, without the time its consumer takes.
    """

    file_bytes: int = _positive(2 * _GIB)
    entries: int = _positive(10_000)
    entry_bytes: int = _positive(8 * _GIB)
    total_bytes: int = _positive(16 * _GIB)
    ratio: int = _positive(100)
    ratio_free_bytes: int = _positive(16 * _MIB)
    rows: int = _positive(1_048_576)
    columns: int = _positive(16_384)
    cell_characters: int = _positive(32_767)
    row_characters: int = _positive(4 * _MIB)
    padding: int = _positive(20_000_000)
    shared_bytes: int = _positive(24 * _MIB)
    merged_ranges: int = _positive(100_000)
    seconds: float | None = field(default=None, validator=optional(gt(0)))
