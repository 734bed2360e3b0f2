"""CSV files: what was written is read back, whoever reads; files are whole or not there."""

from __future__ import annotations

import csv
import io
from collections.abc import Iterator
from datetime import UTC, date, datetime, time, timedelta, timezone
from decimal import Decimal
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from crmcore.errors import Invalid
from crmcore.sheets import CellError, Formula, Marked, csv_lines, unguard, write_csv

pieces = st.sampled_from(["=", "'", "＝", "+86", ";", ",", '"', "\t", "\r\n", "\n", " ", "客户"])
texts = st.text() | st.lists(pieces, max_size=6).map("".join)


def read(content: str) -> list[list[str]]:
    return [[unguard(cell) for cell in row] for row in csv.reader(io.StringIO(content, newline=""))]


@given(
    st.integers(1, 4).flatmap(
        lambda n: st.lists(st.lists(texts, min_size=n, max_size=n), min_size=1, max_size=5)
    )
)
def test_every_text_comes_back(table: list[list[str]]) -> None:
    header, *rows = table
    assert read("".join(csv_lines(header, rows))) == table


@pytest.mark.parametrize(
    ("value", "shown"),
    [
        (None, ""),
        (0, "0"),
        (-5, "-5"),
        (10**30, "1" + "0" * 30),
        (1.5, "1.5"),
        (Decimal("-1234.50"), "-1234.50"),
        (Decimal("1E+3"), "1000"),
        (Decimal("1E-7"), "0.0000001"),
        (Decimal("1E+300000"), "1E+300000"),
        (True, "TRUE"),
        (False, "FALSE"),
        (date(2024, 1, 5), "2024-01-05"),
        (datetime(2024, 1, 5, 10, 0, tzinfo=UTC), "2024-01-05 10:00:00+00:00"),
        (
            datetime(2024, 1, 5, 10, tzinfo=timezone(timedelta(hours=8))),
            "2024-01-05 10:00:00+08:00",
        ),
        (time(9, 30), "09:30:00"),
        (timedelta(hours=26, seconds=5, milliseconds=7), "26:00:05.007"),
        (-timedelta(minutes=5), "-0:05:00"),
        (Formula("A1+B1", Decimal("3")), "3"),
        (CellError("#N/A"), "#N/A"),
        (Marked("坏", note="why"), "坏"),
        (Marked("=1"), "'=1"),
        (Formula("A1", "=1"), "'=1"),
    ],
)
def test_values_are_shown_exactly(value: object, shown: str) -> None:
    lines = list(csv_lines(["a", "b"], [[value, "x"]]))  # type: ignore[list-item]
    assert next(csv.reader([lines[1]])) == [shown, "x"]


def test_header_names_are_guarded_too() -> None:
    assert next(iter(csv_lines(["=cmd", "名称"], []))) == "'=cmd,名称\r\n"


@pytest.mark.parametrize("text", ["foo;=cmd", "foo\t=cmd"])
def test_separators_of_other_spreadsheets_stand_inside_quotes(text: str) -> None:
    [_, line] = csv_lines(["a"], [[text]])
    assert line == f'"{text}"\r\n'


def test_a_lone_empty_cell_is_still_a_row() -> None:
    assert read("".join(csv_lines(["a"], [[None], [""]]))) == [["a"], [""], [""]]


@pytest.mark.parametrize("encoding", ["utf-8-sig", "utf-8", "gb18030"])
def test_files_in_three_encodings(tmp_path: Path, encoding: str) -> None:
    path = tmp_path / "客户.csv"
    rows = [[f"北京{i}😀", i] for i in range(1200)]
    assert write_csv(path, ["名称", "数"], rows, encoding=encoding) == 1200  # type: ignore[arg-type]
    content = path.read_bytes()
    assert content.startswith(b"\xef\xbb\xbf") == (encoding == "utf-8-sig")
    assert content.decode(encoding).splitlines()[-1] == "北京1199😀,1199"


def test_an_open_file_is_written_and_left_open() -> None:
    stream = io.BytesIO()
    assert write_csv(stream, ["a"], [], encoding="utf-8") == 0
    assert stream.getvalue() == b"a\r\n"


def broken() -> Iterator[list[str]]:
    yield ["1"]
    raise KeyError("source failed")


def test_a_failure_leaves_the_old_file_and_nothing_else(tmp_path: Path) -> None:
    path = tmp_path / "a.csv"
    path.write_text("old")
    with pytest.raises(KeyError):
        write_csv(path, ["a"], broken())
    assert path.read_text() == "old"
    assert list(tmp_path.iterdir()) == [path]


def test_a_link_stays_a_link_and_the_mode_stays(tmp_path: Path) -> None:
    real, link = tmp_path / "real.csv", tmp_path / "link.csv"
    real.write_text("old")
    real.chmod(0o640)
    link.symlink_to(real)
    write_csv(link, ["a"], [])
    assert link.is_symlink()
    assert real.read_text("utf-8-sig") == "a\n"
    assert real.stat().st_mode & 0o777 == 0o640


@pytest.mark.parametrize(
    ("header", "row", "code", "params"),
    [
        (["a", "b"], ["1"], "row_width", {"row": 1, "expected": 2, "found": 1}),
        (["a"], ["1", "2"], "row_width", {"row": 1, "expected": 1, "found": 2}),
        (["a"], [["list"]], "cell_type", {"type": "list"}),
        (["a"], [b"bytes"], "cell_type", {"type": "bytes"}),
        (["a"], ["\ud800"], "text_encoding", {"row": 1, "encoding": "utf-8-sig"}),
    ],
)
def test_what_cannot_be_written_is_refused(
    tmp_path: Path, header: list[str], row: list[object], code: str, params: dict[str, object]
) -> None:
    with pytest.raises(Invalid) as caught:
        write_csv(tmp_path / "a.csv", header, [row])  # type: ignore[list-item]
    assert caught.value.code == code
    assert dict(caught.value.problems[0].params) == params
    assert caught.value.message("zh") != code
    assert list(tmp_path.iterdir()) == []


def test_rows_are_taken_one_by_one() -> None:
    taken = 0

    def rows() -> Iterator[list[int]]:
        nonlocal taken
        while True:
            taken += 1
            yield [taken]

    lines = csv_lines(["a"], rows())
    for _ in range(10):
        next(lines)
    assert taken <= 10
