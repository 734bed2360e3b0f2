"""Cells of columns of text, links, phones, mail addresses and official numbers."""

from __future__ import annotations

from datetime import date, datetime, time, timedelta
from decimal import Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st
from tests.importing.convert.reading import outcome, read, refusal

from crmcore.importing.convert import CellFormat, LinkText, converter, profile_column
from crmcore.importing.sources import Cell, CellError, Percent
from crmcore.kinds import (
    CreditCode,
    Email,
    Json,
    Kind,
    Link,
    LongText,
    MultiLink,
    Phone,
    Postcode,
    Text,
    Url,
)
from crmcore.schema import Field

naive = datetime.fromisoformat
FAMILY = "👨\u200d👩\u200d👧\u200d👦"
RAINBOW = "🏳\ufe0f\u200d🌈"
SCOTLAND = "🏴\U000e0067\U000e0062\U000e0073\U000e0063\U000e0074\U000e007f"


@pytest.mark.parametrize(
    ("cell", "value"),
    [
        ("00123", "00123"),
        (123, "123"),
        (Decimal("123.0"), "123"),
        (Decimal("1.50"), "1.50"),
        (13800138000, "13800138000"),
        (True, "TRUE"),
        (date(2024, 1, 5), "2024-01-05"),
        (naive("2024-01-05"), "2024-01-05"),
        (naive("2024-01-05 10:30"), "2024-01-05 10:30:00"),
        (time(9, 30), "09:30"),
        (timedelta(hours=30, minutes=5), "30:05"),
        (Percent(Decimal("0.125")), "12.5%"),
        ("  张三  ", "张三"),
        ("张\u3000三", "张 三"),
        ("张\u00a0\u00a0三", "张 三"),
        ("a\tb\r\nc", "a b c"),
        ("a  b", "a b"),
        ("\ufeff张\u200b三\u202e\u2060", "张三"),
        ("a\x00b\x07c", "abc"),
        ("so\u00adft", "soft"),
        ("①㈱ＡＢＣ", "①㈱ＡＢＣ"),
        (FAMILY, FAMILY),
        (RAINBOW, RAINBOW),
        (SCOTLAND, SCOTLAND),
        ("a\u200db", "ab"),
        ("می\u200cخواهم", "می\u200cخواهم"),
        ("-", "-"),
        ("N/A", "N/A"),
        ("'13800138000", "'13800138000"),
        ("\u200b", None),
        ("\u3000", None),
    ],
)
def test_a_text_column_reads(cell: Cell, value: str | None) -> None:
    found = read(Text(), cell)
    assert (type(found), found) == (type(value), value)


@pytest.mark.parametrize(
    ("cell", "code"),
    [
        ("1.38E+10", "digits_lost"),
        ("4.40524E+17", "digits_lost"),
        (440524188001010014, "digits_lost"),
        (Decimal("1e300"), "digits_lost"),
        (CellError("#N/A"), "cell_error"),
        ("x" * 256, "text_too_long"),
        ("\ud800", "forbidden_character"),
    ],
)
def test_a_text_column_refuses(cell: Cell, code: str) -> None:
    assert refusal(Text(), cell) == code


def test_long_text_keeps_its_lines() -> None:
    assert read(LongText(), "a\r\nb\u2028c\x0bd\te\u200b\n\n") == "a\nb\nc\nd\te"
    assert read(LongText(), "1.38E+10") == "1.38E+10"
    assert read(LongText(), 12) == "12"
    assert read(LongText(), " \n\u200b ") is None


@given(st.text(max_size=40))
def test_cleaning_twice_is_cleaning_once(text: str) -> None:
    for kind in (Text(max_length=1000), LongText()):
        convert = converter(Field("x", kind))
        error, once = outcome(convert, text)
        if error is None:
            assert once is None or (isinstance(once, str) and convert(once) == once)


@pytest.mark.parametrize(
    ("cell", "value"),
    [
        ("13800138000", "+8613800138000"),
        (13800138000, "+8613800138000"),
        (Decimal("13800138000"), "+8613800138000"),
        ("13800138000.0", "+8613800138000"),
        ("'13800138000", "+8613800138000"),
        ("１３８００１３８０００", "+8613800138000"),
        ("138-0013-8000", "+8613800138000"),
        ("138 0013 8000", "+8613800138000"),
        ("+86 138 0013 8000", "+8613800138000"),
        ("8613800138000", "+8613800138000"),
        ("0086-13800138000", "+8613800138000"),
        ("电话：13800138000", "+8613800138000"),
        ("手机号码: 13800138000", "+8613800138000"),
        ("Tel: 010-65521234", "+861065521234"),
        ("\u202d13800138000\u202c", "+8613800138000"),
        ("010-65521234", "+861065521234"),
        ("(010)65521234", "+861065521234"),
        ("（０１０）６５５２１２３４", "+861065521234"),
        ("0755 8888 6666", "+8675588886666"),
        ("010-65521234转8012", "+861065521234;ext=8012"),
        ("010-65521234 ext.12", "+861065521234;ext=12"),
        ("400-810-8888", "+864008108888"),
        ("+44 20 7946 0958", "+442079460958"),
        ("-", None),
    ],
)
def test_a_phone_column_reads(cell: Cell, value: str | None) -> None:
    assert read(Phone(), cell) == value


@pytest.mark.parametrize(
    ("cell", "code"),
    [
        ("1.38E+10", "digits_lost"),
        ("13800138000/13900139000", "several_phones"),
        ("13800138000、010-65521234", "several_phones"),
        ("13800138000 13900139000", "several_phones"),
        ("13800138000\n13900139000", "several_phones"),
        ("13800138000，13900139000", "several_phones"),
        ("1380013800", "phone_unreadable"),
        ("138001380001", "phone_unreadable"),
        ("张三", "phone_unreadable"),
        ("0000000", "phone_unreadable"),
        (date(2024, 1, 5), "phone_unreadable"),
        (CellError("#REF!"), "cell_error"),
    ],
)
def test_a_phone_column_refuses(cell: Cell, code: str) -> None:
    assert refusal(Phone(), cell) == code


@pytest.mark.parametrize(
    "cell",
    [
        "zhang.san@example.com",
        "Zhang.San@Example.COM",
        " zhang.san@example.com\u00a0",
        "zhang.san＠example．com",
        "mailto:zhang.san@example.com",
        "<zhang.san@example.com>",
        "zhang.san@example.com;",
        "zhang.san@example.com。",
        "zhang.san @ example.com",
        "zhang.san@example。com",
        "邮箱：zhang.san@example.com",
        "\u200bzhang.san@example.com",
    ],
)
def test_a_mail_column_reads(cell: Cell) -> None:
    assert read(Email(), cell) == "zhang.san@example.com"


@pytest.mark.parametrize(
    ("cell", "code"),
    [
        ("a@example.com; b@example.com", "several_emails"),
        ("a@example.com、b@example.com", "several_emails"),
        ("a@example.com b@example.com", "several_emails"),
        ("zhang san@example.com", "email_unreadable"),
        ("张三 <a@example.com>", "email_unreadable"),
        ("a@b", "email_unreadable"),
        ("a@@example.com", "email_unreadable"),
        ("无", "email_unreadable"),
        (5, "email_unreadable"),
    ],
)
def test_a_mail_column_refuses(cell: Cell, code: str) -> None:
    assert refusal(Email(), cell) == code


@pytest.mark.parametrize(
    ("kind", "cell", "value"),
    [
        (Url(), "WWW.Example.com/A?b=1", "https://www.example.com/A?b=1"),
        (Url(), "ｈｔｔｐ：／／example.com", "http://example.com"),
        (Postcode(), "１０００００", "100000"),
        (Postcode(), 100000, "100000"),
        (CreditCode(), "９１３３０１０００００００００００ｘ".replace("ｘ", "W"), None),
        (CreditCode(), "91350100m000100y43", "91350100M000100Y43"),
    ],
)
def test_typed_columns_read(kind: Kind, cell: Cell, value: str | None) -> None:
    if value is None:
        assert refusal(kind, cell) == f"not_{kind.name}"
    else:
        assert read(kind, cell) == value


@pytest.mark.parametrize(
    ("kind", "cell", "code"),
    [
        (Url(), "not a web address", "not_url"),
        (Postcode(), "1000", "not_postcode"),
        (CreditCode(), "9.135E+17", "digits_lost"),
        (CreditCode(), 91350100000010043, "digits_lost"),
    ],
)
def test_typed_columns_refuse(kind: Kind, cell: Cell, code: str) -> None:
    assert refusal(kind, cell) == code


def test_links_stay_texts() -> None:
    assert read(Link("account"), " 华为\u200b技术 ") == LinkText("华为技术")
    assert read(Link("account"), 1001) == LinkText("1001")
    assert read(Link("account"), "\u3000") is None
    assert refusal(Link("account"), "1.38E+10") == "digits_lost"
    assert refusal(Link("account"), CellError("#N/A")) == "cell_error"
    by_code = converter(Field("account", Link("account")), lookup="code")
    assert by_code("A001") == LinkText("A001", "code")


def test_links_to_several_records_are_separated() -> None:
    found = read(MultiLink("product"), "甲；乙、丙\n甲|Foo Co., Ltd")
    assert found == tuple(LinkText(text) for text in ("甲", "乙", "丙", "Foo Co., Ltd"))
    assert read(MultiLink("product"), "；") is None


def test_json_is_read() -> None:
    assert read(Json(), '{"a": [1, "二"]}') == {"a": [1, "二"]}
    assert refusal(Json(), "{") == "json_unreadable"
    assert refusal(Json(), "[" * 100_000) == "json_unreadable"


def test_no_profile_is_needed_for_text() -> None:
    assert profile_column(["a", "b"], Field("x", Text())).cells == 0
    assert CellFormat() == CellFormat(empty_words=CellFormat().empty_words)
