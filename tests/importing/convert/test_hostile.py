"""Cells as long as a spreadsheet allows: an answer or a refusal, soon."""

from __future__ import annotations

import time

import pytest
from tests.importing.convert.reading import outcome
from tests.importing.convert.test_rows import KINDS

from crmcore.importing.convert import CellFormat, converter, profile_column
from crmcore.importing.mapping import read_header
from crmcore.schema import Field

LONGEST = 32_767
PIECES = (
    "1", "(", "a@", "a.", ".@", "@", "1,", "1.", "1 ", "赢单、", "电话：", "13800138000 ", "★",
    "零", "一千", "\u200b", "\u200d", "a\u200d", "2024年", "2024-", "-", "1小时", "\n", "a b",
    "￥", "%", "[", "(甲",
)  # fmt: skip


@pytest.mark.parametrize("piece", PIECES)
def test_long_cells_take_bounded_time(piece: str) -> None:
    text = (piece * LONGEST)[: LONGEST - 1] + "x"
    start = time.process_time()
    read_header(text)
    profile_column([text])
    for kind in KINDS:
        field = Field("x", kind)
        convert = converter(field, profile_column([text], field), CellFormat(zone="Asia/Shanghai"))
        error, value = outcome(convert, text)
        assert error is not None or value is not None
    assert time.process_time() - start < 5
