"""What real text exports hold: separators, quotes, line ends, encodings, damage."""

from __future__ import annotations

import csv
import io
import os
import tempfile
import threading
from decimal import Decimal
from pathlib import Path

import pytest
from tests.importing.sources.reads import cells_of, refusal, rows_of

from crmcore.errors import SourceError
from crmcore.importing.sources import CellError, Limits, Row, SourceInfo, open_source

TABLE = [("姓名", "电话", "备注"), ("张三", "13800138000", "要发票"), ("李四", "010-1", "甲,乙")]


def info_of(data: bytes, **options: str) -> SourceInfo:
    with open_source(data, **options) as source:  # type: ignore[arg-type]
        return source.info


@pytest.mark.parametrize("delimiter", [",", ";", "\t", "|", "，"])
def test_separators(delimiter: str) -> None:
    lines = [delimiter.join(f'"{x}"' if delimiter in x else x for x in row) for row in TABLE]
    data = "\n".join(lines).encode()
    assert info_of(data).delimiter == delimiter
    assert cells_of(data) == TABLE


def test_full_width_comma_inside_cells_separates_nothing() -> None:
    data = "姓名,备注\n张三,好，很好\n李四,好，很好\n".encode()
    assert cells_of(data)[1] == ("张三", "好，很好")


def test_decimal_commas_do_not_separate() -> None:
    data = b"name;price;x\na;1,5;2\nb;2,5;1,5\n"
    assert cells_of(data)[1] == ("a", "1,5", "2")


def test_title_line_above_the_table() -> None:
    data = "客户名单\n姓名;电话\n张三;1\n李四;2\n王五;3\n".encode()
    assert rows_of(data)[:2] == [Row(1, ("客户名单",)), Row(2, ("姓名", "电话"))]


def test_a_single_column_is_not_split() -> None:
    data = "地址\n北京,朝阳\n上海\n广州\n深圳\n".encode()
    assert info_of(data).delimiter is None
    assert cells_of(data)[1] == ("北京,朝阳",)
    assert cells_of("姓名\n".encode()) == [("姓名",)]


def test_the_caller_overrules() -> None:
    data = b"a,b;c\nd,e;f\n"
    assert cells_of(data, delimiter=";")[0] == ("a,b", "c")
    assert cells_of(data, delimiter="\t")[0] == ("a,b;c",)
    for wrong in ("ab", '"', "\n", "\r"):
        assert refusal(data, delimiter=wrong).code == "csv_delimiter"


@pytest.mark.parametrize("line", ["sep=;", "SEP=;", '"sep=;"', "sep=; "])
def test_sep_line(line: str) -> None:
    data = f"{line}\r\n姓名;电话\r\n张三;1,2,3\r\n".encode("utf-8-sig")
    # Spreadsheet programs do not show this line, so the header is row 1.
    assert rows_of(data) == [Row(1, ("姓名", "电话")), Row(2, ("张三", "1,2,3"))]


def test_sep_line_with_tab_in_utf16() -> None:
    data = "sep=\t\r\n姓名\t电话\r\n".encode("utf-16")
    assert rows_of(data) == [Row(1, ("姓名", "电话"))]


@pytest.mark.parametrize("end", ["\n", "\r\n", "\r"])
def test_line_ends(end: str) -> None:
    text = end.join(["姓名,电话", "", "张三,1", ",", f'李四,"a{end}b"', "王五,2"])
    assert rows_of(text.encode()) == [
        Row(1, ("姓名", "电话")),
        Row(3, ("张三", "1")),
        Row(5, ("李四", f"a{end}b")),
        Row(6, ("王五", "2")),
    ]


def test_unclosed_quote_at_the_end_of_a_small_file() -> None:
    data = b'a,b\n1,2\n\n3,"x\n4,5\n6,7\n'
    error = refusal(data)
    assert error.code == "csv_unclosed_quote"
    assert error.problems[0].params["row"] == 4
    assert error.problems[0].params["line"] == 4
    with open_source(data) as source:
        rows = source.rows()
        assert [next(rows).number, next(rows).number] == [1, 2]


def test_unclosed_quote_closed_by_a_later_one() -> None:
    data = b'a,b\n"1\n2",x\n3,"y\n4,"z"\n5,6\n'
    error = refusal(data)
    assert error.code == "csv_unclosed_quote"
    # The record that spans lines 2 and 3 is one row.
    assert error.problems[0].params["row"] == 3
    assert error.problems[0].params["line"] == 4


@pytest.mark.parametrize("lines", [4_000, 400_000])
def test_unclosed_quote_in_a_large_file(lines: int) -> None:
    data = b'a,b\n1,"2\n' + b"3,4\n" * lines
    error = refusal(data)
    assert error.code == "csv_unclosed_quote"
    assert error.problems[0].params["row"] == 2


def test_unclosed_quote_in_front_of_a_long_cell() -> None:
    data = b'a,b\n1,"' + b"x" * 200_000 + b"\n2,3\n"
    error = refusal(data)
    assert error.code == "csv_unclosed_quote"
    assert error.problems[0].params["row"] == 2


def test_sloppy_quotes_on_one_line_are_taken_as_they_are() -> None:
    data = 'a,b\n"甲"公司,5" 管\nx,y\n'.encode()
    assert cells_of(data)[1] == ("甲公司", '5" 管')


def test_quoted_line_breaks_and_doubled_quotes() -> None:
    file = io.StringIO()
    rows = [("a", "b"), ('say "hi"', "x\r\ny,z"), ("", "q")]
    csv.writer(file).writerows(rows)
    assert cells_of(file.getvalue().encode()) == [*rows[:2], (None, "q")]


def test_nul_stays_in_its_cell() -> None:
    assert cells_of(b"a,b\nx\0y,1\nlonger line of text,2\n")[1] == ("x\0y", "1")


@pytest.mark.parametrize("length", [40_000, 200_000, 3_000_000])
def test_cells_that_are_too_long(length: int) -> None:
    data = f'a,b,c\n1,"{"x" * length}","y ""z"""\n4,5,6\n'.encode()
    rows = cells_of(data)
    assert rows[1] == ("1", CellError("x" * 80, "cell_too_long"), 'y "z"')
    assert rows[2] == ("4", "5", "6")
    longer = Limits(cell_characters=5_000_000)
    assert cells_of(data, limits=longer)[1] == ("1", "x" * length, 'y "z"')


def test_a_line_without_end() -> None:
    error = refusal(b"x" * 5_000_000)
    assert error.code == "csv_row_too_long"
    assert refusal(b"a,b\n" + b"y," * 2_200_000).code == "csv_row_too_long"


def test_too_many_columns() -> None:
    error = refusal(b"a\n" + b"," * 16_384 + b"x\n", delimiter=",")
    assert error.code == "sheet_columns"
    assert error.problems[0].params["row"] == 2


def test_nothing_but_empty_lines() -> None:
    assert rows_of(b"\n\n,,\n") == []


def test_ragged_rows_are_left_ragged() -> None:
    assert cells_of(b"a,b,c\n1\n1,2,3,4\n1,,\n") == [
        ("a", "b", "c"),
        ("1",),
        ("1", "2", "3", "4"),
        ("1", None, None),
    ]


def test_damaged_characters_are_reported_in_their_cells() -> None:
    good = "姓名,电话\n" + "张三丰,1\n" * 30
    cut = "李四".encode()[:-1]
    data = good.encode() + cut + b",2\n" + "王五,3".encode()
    assert info_of(data).encoding == "utf-8"
    rows = cells_of(data)
    assert rows[31] == (CellError("李\ufffd", "cell_undecodable"), "2")
    assert rows[32] == ("王五", "3")
    assert rows[1] == ("张三丰", "1")


def test_multibyte_character_cut_at_the_end() -> None:
    text = "姓名,备注\n" + "张三,好\n" * 5
    for codec in ("utf-8", "gb18030", "utf-16-le"):
        data = text.encode(codec)
        whole = data + "李四,好".encode(codec)[:-1]
        rows = cells_of(whole)
        assert rows[5] == ("张三", "好")
        assert rows[6][0] == "李四"
        assert rows[6][1].__class__ is CellError


def test_a_replacement_character_in_sound_text_is_text() -> None:
    assert cells_of("a,b\n\ufffd,张\n".encode())[1] == ("\ufffd", "张")


@pytest.mark.parametrize("codec", ["utf-8-sig", "utf-16", "utf-32", "gb18030"])
def test_byte_order_marks(codec: str) -> None:
    text = "姓名,电话\n张三,1\n"
    data = ("\ufeff" + text).encode(codec) if codec == "gb18030" else text.encode(codec)
    found = info_of(data)
    assert (found.encoding, found.encoding_from) == (codec, "mark")
    assert cells_of(data) == [("姓名", "电话"), ("张三", "1")]


def test_encoding_of_the_caller() -> None:
    data = "姓名,电话\n张三,1\n".encode("gb18030")
    assert info_of(data, encoding="gbk").encoding_from == "caller"
    assert cells_of(data, encoding="gbk")[0] == ("姓名", "电话")
    assert cells_of(data, encoding="utf-8")[0][0].__class__ is CellError
    for wrong in ("no-such", "rot13", "zlib", "\0"):
        assert refusal(data, encoding=wrong).code == "csv_encoding"


def test_foreign_characters_late_in_the_file() -> None:
    data = b"name,city\n" + b"someone,somewhere\n" * 20_000 + "张三,北京\n".encode("gb18030")
    assert info_of(data).encoding == "gb18030"
    assert cells_of(data)[-1] == ("张三", "北京")


def test_paths_pipes_and_folders(tmp_path: Path) -> None:
    path = tmp_path / "客户 名单.csv"
    path.write_bytes(b"a,b\n1,2\n")
    for given in (path, str(path)):
        with open_source(given) as source:
            assert source.info.name == "客户 名单.csv"
            assert source.sheets[0].name == "客户 名单"
            assert list(source.rows()) == list(source.rows())
    assert refusal(tmp_path).code == "source_is_folder"
    assert refusal(tmp_path / "none.csv").code == "source_missing"
    assert refusal(tmp_path / ("x" * 5_000)).code == "source_failed"
    pipe = tmp_path / "pipe"
    os.mkfifo(pipe)
    writer = threading.Thread(target=lambda: pipe.write_bytes(b"a,b\n1,2\n"))
    writer.start()
    with open_source(pipe) as source:
        assert list(source.rows()) == list(source.rows()) != []
    writer.join()


def test_size_limit() -> None:
    small = Limits(file_bytes=10)
    assert refusal(b"a,b\n" * 5, limits=small).code == "source_too_large"
    assert refusal(io.BytesIO(b"a,b\n" * 5), limits=small).code == "source_too_large"
    assert refusal(({"a": n} for n in range(99)), limits=small).code == "source_too_large"


def test_streams_are_read_once_and_then_as_often_as_wanted() -> None:
    stream = io.BytesIO(b"skip\na,b\n1,2\n")
    stream.readline()
    with open_source(stream, name="x.csv") as source:
        stream.close()
        first = source.rows()
        assert next(first) == Row(1, ("a", "b"))
        assert list(source.rows())[1] == next(first)
    assert refusal(io.StringIO("a,b")).code == "source_text_mode"


def test_copies_are_removed(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(tempfile, "tempdir", str(tmp_path))
    with open_source(io.BytesIO(b"a,b\n")), open_source(iter([{"a": 1}])):
        assert len(list(tmp_path.iterdir())) == 2
    assert list(tmp_path.iterdir()) == []
    for wrong in (io.BytesIO(b""), io.StringIO("a"), iter([1])):
        with pytest.raises(SourceError):
            open_source(wrong)  # type: ignore[arg-type]
        assert list(tmp_path.iterdir()) == []


def test_long_streams_are_copied_whole() -> None:
    data = b"a,b\n" * 100_000
    assert len(rows_of(io.BytesIO(data))) == 100_000


def test_digest_follows_the_content(tmp_path: Path) -> None:
    path = tmp_path / "x.csv"
    path.write_bytes(b"a,b\n")
    with open_source(path) as one, open_source(b"a,b\n") as other, open_source(b"a,c\n") as third:
        assert one.digest() == other.digest() != third.digest()


def test_progress_reaches_the_end() -> None:
    seen: list[float] = []
    with open_source(b"a,b\n" * 5_000) as source:
        list(source.rows(progress=seen.append))
    assert seen == sorted(seen)
    assert len(seen) > 2
    assert seen[-1] == 1.0


def test_closed_sources_refuse() -> None:
    for given in (b"a,b\n", [{"a": Decimal(1)}]):
        source = open_source(given)
        source.close()
        source.close()
        for action in (source.rows, source.merged):
            with pytest.raises(Exception, match="was closed"):
                action()


@pytest.mark.parametrize("wrong", [5, None, object(), 1.5])
def test_what_is_no_source(wrong: object) -> None:
    assert refusal(wrong).code == "source_kind"
