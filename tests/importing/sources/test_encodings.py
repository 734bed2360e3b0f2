"""Finding the encoding: a table of languages, sizes and cuts, all of which must come out right."""

from __future__ import annotations

import random

import pytest
from hypothesis import given
from hypothesis import strategies as st
from tests.importing.sources.reads import cells_of

from crmcore.importing.sources import open_source

CHINESE = {
    "header": ["客户名称", "联系电话", "所属区域", "备注"],
    "words": [
        "北京科技有限公司",
        "上海贸易",
        "华东",
        "已成交",
        "王小明",
        "朝阳区建国路88号",
        "开发票",
    ],
}
PLAIN = {
    "header": ["姓名", "phone", "mail", "note"],
    "words": ["张伟", "13800138000", "a@example.com", "VIP", "李娜", "2024-01-05"],
}
TRADITIONAL = {
    "header": ["客戶名稱", "聯絡電話", "地址", "備註"],
    "words": ["台灣積體電路", "臺北市信義區", "陳先生", "02-2345-6789", "已簽約", "高雄"],
}
JAPANESE = {
    "header": ["会社名", "電話番号", "住所", "担当者"],
    "words": ["株式会社テスト", "東京都千代田区", "山田太郎", "03-1234-5678", "お得意様", "大阪"],
}
WESTERN = {
    "header": ["Société", "Téléphone", "Straße", "Größe"],
    "words": ["Müller & Söhne", "Café Élysée", "+33 1 23", "groß", "naïve", "Łódź"[1:2] + "ra"],
}
CASES = [
    (language, codec, named)
    for language, codecs in {
        "chinese": ("gb18030", "gbk", "utf-8", "utf-8-sig", "utf-16", "utf-16-le", "utf-16-be"),
        "plain": ("gb18030", "utf-8", "utf-8-sig", "utf-16-le"),
        "traditional": ("big5", "utf-8"),
        "japanese": ("cp932", "utf-8"),
        "western": ("cp1252", "utf-8"),
    }.items()
    for codec in codecs
    for named in [{"gbk": "gb18030", "big5": "cp950"}.get(codec, codec)]
]
TABLES = {
    "chinese": CHINESE,
    "plain": PLAIN,
    "traditional": TRADITIONAL,
    "japanese": JAPANESE,
    "western": WESTERN,
}


def table(language: str, rows: int) -> list[tuple[str, ...]]:
    made = TABLES[language]
    draw = random.Random(rows)
    lines = [tuple(made["header"])]
    lines += [tuple(draw.choices(made["words"], k=len(made["header"]))) for _ in range(rows)]
    return lines


def encoded(lines: list[tuple[str, ...]], codec: str) -> bytes:
    return "".join(",".join(line) + "\r\n" for line in lines).encode(codec)


@pytest.mark.parametrize("rows", [0, 1, 3, 10, 100, 1_000])
@pytest.mark.parametrize(("language", "codec", "named"), CASES)
def test_every_language_and_size(language: str, codec: str, named: str, rows: int) -> None:
    lines = table(language, rows)
    data = encoded(lines, codec)
    with open_source(data) as source:
        assert source.info.encoding == named
        guessed = named in ("gb18030", "cp950", "cp932", "cp1252")
        assert source.info.encoding_from == (
            "guess" if guessed else "mark" if codec in ("utf-8-sig", "utf-16") else "content"
        )
        assert [row.cells for row in source.rows()] == lines


@pytest.mark.parametrize("cut", range(1, 4))
@pytest.mark.parametrize(("language", "codec", "named"), CASES)
def test_files_cut_inside_a_character(language: str, codec: str, named: str, cut: int) -> None:
    lines = table(language, 20)
    data = encoded(lines, codec) + "客户"[:1].encode(
        "utf-8" if codec == "utf-8" else codec, "ignore"
    )
    with open_source(data[:-cut] if len(data) > cut else data) as source:
        assert source.info.encoding == named


@pytest.mark.parametrize("size", [4_095, 4_096, 65_535, 65_536, 65_537, 131_071])
def test_characters_across_the_pieces_of_reading(size: int) -> None:
    data = ("a,b\n" + "x" * (size % 7) + ",客户名称\n" * (size // 5)).encode()
    assert cells_of(data)[-1] == (None, "客户名称")


@given(st.text(st.characters(exclude_categories=["Cs", "Cc"]), min_size=1))
def test_utf8_is_always_read_as_utf8(text: str) -> None:
    if text.startswith("\ufeff") or text.lstrip().startswith("<"):
        return
    data = f'"{text.replace(chr(34), "")}",客户\n'.encode()
    with open_source(data, delimiter=",") as source:
        assert source.info.encoding == "utf-8"
        ((cell, _),) = [row.cells for row in source.rows()]
        assert cell == (text.replace('"', "") or None)
