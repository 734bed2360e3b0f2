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


WORDS = {
    "gb18030": """
        客户 名称 联系人 电话 手机 邮箱 地址 公司 部门 职务 备注 来源 行业 状态 阶段
        金额 日期 合同 编号 产品 数量 单价 折扣 负责人 区域 省份 城市 张三 李四 王五
        赵六 陈明 刘洋 杨丽 深圳 杭州 成都 武汉 西安 苏州 天津 科技 贸易 实业 电子 机械
        建筑 已成交 跟进中 报价 谈判 签约 渠道 网站 展会
    """,
    "cp950": """
        客戶 名稱 聯絡人 電話 手機 電郵 地址 公司 部門 職稱 備註 來源 產業 狀態 階段
        金額 日期 合約 編號 產品 數量 單價 折扣 負責人 區域 縣市 陳明 劉洋 楊麗 台北
        高雄 台中 新竹 桃園 科技 貿易 實業 電子 機械 建築 已成交 跟進中 初步接觸
        需求確認 報價 談判 簽約 通路 網站 展覽 轉介紹
    """,
    "cp932": """
        会社名 氏名 電話番号 住所 部署 役職 備考 業種 状態 段階 金額 日付 契約 番号 製品
        数量 単価 割引 担当者 地域 山田 佐藤 鈴木 高橋 東京 大阪 名古屋 福岡 株式会社
        商談中 受注 失注 見積 ウェブ
    """,
    "cp1252": """
        Société Téléphone Größe Straße Müller Café René François Zürich Köln São José
        García Peña Ångström Søren naïve élève à côté über
    """,
}


@pytest.mark.parametrize("codec", WORDS)
def test_few_words_are_enough(codec: str) -> None:
    words = WORDS[codec].split()
    draw = random.Random(5)
    right = 0
    for _ in range(300):
        data = ",".join(draw.choices(words, k=3)).encode(codec)
        with open_source(data) as source:
            right += source.info.encoding == codec
    assert right >= 297


def test_stray_nuls_do_not_make_utf16() -> None:
    data = b"\0a,b\n" * 100
    with open_source(data) as source:
        assert source.info.encoding == "utf-8"
        assert next(source.rows()).cells == ("\0a", "b")


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
