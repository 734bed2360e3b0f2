"""Mail, web, postal codes, credit codes, telephone numbers."""

from __future__ import annotations

import pytest

from crmcore.errors import Invalid
from crmcore.kinds import (
    Canonical,
    CreditCode,
    Email,
    Kind,
    Phone,
    Postcode,
    Url,
    typed_form,
)


def canonical(kind: Kind, value: object) -> str | None:
    """The canonical form, or `None` where the value is refused."""
    try:
        found = kind.normalize(value)
    except Invalid as refusal:
        code = refusal.code
    else:
        return str.__str__(found)  # type: ignore[arg-type]
    assert code == f"not_{kind.name}"
    return None


def test_a_canonical_form_remembers_what_was_typed() -> None:
    kind = Phone()
    found = kind.normalize(" 138-0013-8000 ")
    assert isinstance(found, Canonical)
    assert found == "+8613800138000"
    assert typed_form(found) == found.typed == "138-0013-8000"
    assert hash(found) == hash("+8613800138000")
    assert kind.to_json(found) == {"value": "+8613800138000", "typed": "138-0013-8000"}
    assert "typed='138-0013-8000'" in repr(found)
    with pytest.raises(AttributeError):
        found.typed = "x"
    same = kind.normalize("+8613800138000")
    assert type(same) is str
    assert typed_form(same) == same == found
    assert kind.identity(found) == kind.identity(same)


def test_a_stored_form_is_taken_as_it_was_made() -> None:
    stored = {"value": "+8613800138000", "typed": "old way"}
    found = Phone().from_json(stored)
    assert found == "+8613800138000"
    assert typed_form(found) == "old way"  # type: ignore[arg-type]
    for bad in ({"value": 1, "typed": []}, {"value": "", "typed": "x"}, {"value": "x"}, []):
        with pytest.raises(Invalid):
            Phone().from_json(bad)


PHONES = {
    # Mobiles, as they are written
    "13800138000": "+8613800138000",
    "138 0013 8000": "+8613800138000",
    "138-0013-8000": "+8613800138000",
    "138.0013.8000": "+8613800138000",
    "+86 138-0013-8000": "+8613800138000",
    "+86-13800138000": "+8613800138000",
    "0086 13800138000": "+8613800138000",
    "86-13800138000": "+8613800138000",
    "(+86)13800138000": "+8613800138000",
    "（+86）138 0013 8000": "+8613800138000",
    "１３８００１３８０００": "+8613800138000",
    "138\u30000013\u00a08000": "+8613800138000",
    "013800138000": "+8613800138000",
    "13800138000.0": "+8613800138000",
    "'13800138000": "+8613800138000",
    "手机：13800138000": "+8613800138000",
    "联系电话: 13800138000": "+8613800138000",
    "Tel. 13800138000": "+8613800138000",
    "19912345678": "+8619912345678",
    # Landlines with their area code
    "010-65521234": "+861065521234",
    "(010)65521234": "+861065521234",
    "（010）6552 1234": "+861065521234",
    "010—65521234": "+861065521234",
    "1065521234": "+861065521234",
    "86-10-65521234": "+861065521234",
    "+86 (0)10 6552 1234": "+861065521234",
    "0755-88881234": "+8675588881234",
    "0755-8888-1234": "+8675588881234",
    "75588881234": "+8675588881234",
    "86-755-88881234": "+8675588881234",
    "0512-6552123": "+865126552123",
    "电话:021 6552 1234": "+862165521234",
    # Extensions
    "010-65521234转8012": "+861065521234;ext=8012",
    "010-65521234 转 8012": "+861065521234;ext=8012",
    "010-65521234分机8012": "+861065521234;ext=8012",
    "010-65521234（转8012）": "+861065521234;ext=8012",
    "010-65521234-8012": "+861065521234;ext=8012",
    "010-65521234 ext.12": "+861065521234;ext=12",
    "010-65521234 Ext 12": "+861065521234;ext=12",
    "010-65521234x12": "+861065521234;ext=12",
    "010-65521234#12": "+861065521234;ext=12",
    "0512-6552123-4": "+865126552123;ext=4",
    "400-800-8888转1": "+864008008888;ext=1",
    "400-800-8888-1": "+864008008888;ext=1",
    "+861065521234;ext=007": "+861065521234;ext=007",
    # Service numbers and hotlines
    "400-800-8888": "+864008008888",
    "4008-008-888": "+864008008888",
    "400 8008 888": "+864008008888",
    "800-810-8888": "+868008108888",
    "95588": "+8695588",
    "+86 95588": "+8695588",
    "客服热线：95588": "+8695588",
    "12345": "+8612345",
    "10086": "+8610086",
    "11185": "+8611185",
    "96110": "+8696110",
    # The rest of the world
    "+852 2345 6789": "+85223456789",
    "00852-23456789": "+85223456789",
    "852-23456789": "+85223456789",
    "+853 6612 3456": "+85366123456",
    "+886 2 2345 6789": "+886223456789",
    "+1 (650) 253-0000": "+16502530000",
    "+44 (0)20 7946 0958": "+442079460958",
    "+49 30/123456": "+4930123456",
    # Refused rather than guessed
    "021-65521234/13900139000": None,
    "13800138000/13900139000": None,
    "13800138000 13900139000": None,
    "13800138000、13900139000": None,
    "13800138000；13900139000": None,
    "0512-6552123/4": None,
    "65521234": None,
    "010-6552123": None,
    "1380013800": None,
    "138001380000": None,
    "12800138000": None,
    "+86 138 0013 800": None,
    "+86522345678": None,
    "+852 2345 678": None,
    "+0123456789": None,
    "+1234567890123456": None,
    "1.38E+10": None,
    "张三13800138000": None,
    "13800138000（张三）": None,
    "138" + "-" * 60 + "00138000": None,
    "无": None,
    "-": None,
    "电话": None,
    "x": None,
    "+": None,
}


@pytest.mark.parametrize(("typed", "expected"), PHONES.items())
def test_telephone_numbers(typed: str, expected: str | None) -> None:
    kind = Phone()
    assert canonical(kind, typed) == expected
    if expected is not None:
        assert canonical(kind, expected) == expected


def test_an_integer_is_read_as_a_telephone_number() -> None:
    assert canonical(Phone(), 13800138000) == "+8613800138000"


def test_elsewhere_national_numbers_need_their_country() -> None:
    kind = Phone(region="US")
    assert canonical(kind, "13800138000") is None
    assert canonical(kind, "+86 138 0013 8000") == "+8613800138000"
    assert canonical(kind, "001 650 253 0000") == "+16502530000"


@pytest.mark.parametrize(
    ("typed", "expected"),
    [
        ("A.B+c@Example.COM", "a.b+c@example.com"),
        (" MAILTO:a@b.cn ", "a@b.cn"),
        ("ａ＠ｂ．ｃｎ", "a@b.cn"),
        ("o'brien@a-b.co.uk", "o'brien@a-b.co.uk"),
        ("a@b", None),
        ("a b@c.cn", None),
        ("a@b.cn;c@d.cn", None),
        ("张三 <a@b.cn>", None),
        (".a@b.cn", None),
        ("a.@b.cn", None),
        ("a..b@c.cn", None),
        ("a@-b.cn", None),
        ("a@b..cn", None),
        ("a@b.cn\u202e", None),
        ("x" * 65 + "@b.cn", None),
        ("a@" + "b" * 64 + ".cn", None),
        ("a@" + "b." * 130 + "cn", None),
        ("@b.cn", None),
    ],
)
def test_mail_addresses(typed: str, expected: str | None) -> None:
    assert canonical(Email(), typed) == expected


@pytest.mark.parametrize(
    ("typed", "expected"),
    [
        ("Example.COM", "https://example.com"),
        ("HTTP://Example.com/", "http://example.com"),
        ("https://a.cn:443/x", "https://a.cn/x"),
        ("http://a.cn:8080/X?y=Z#w", "http://a.cn:8080/X?y=Z#w"),
        ("http://例子.中国/路径", "http://例子.中国/路径"),
        ("https://a.cn/?q", "https://a.cn/?q"),
        ("javascript:alert(1)", None),
        ("javascript://a.cn/%0aalert(1)", None),
        ("ftp://a.cn", None),
        ("https://localhost", None),
        ("https://user:secret@a.cn", None),
        ("https://a.cn/<script>", None),
        ('https://a.cn/" onclick="x', None),
        ("https://a.cn\\@evil.com", None),
        ("https://a..cn", None),
        ("https://-a.cn", None),
        ("http://[::1", None),
        ("http://[::1]/", None),
        ("https://a.cn:99999", None),
        ("https://a b.cn", None),
        ("无", None),
    ],
)
def test_web_addresses(typed: str, expected: str | None) -> None:
    assert canonical(Url(), typed) == expected
    if expected is not None:
        assert canonical(Url(), expected) == expected


def test_postal_codes() -> None:
    assert canonical(Postcode(), " 100 084") == "100084"
    assert canonical(Postcode(), 100084) == "100084"
    assert canonical(Postcode(), "１０００８４") == "100084"
    assert canonical(Postcode(), "10008") is None
    assert canonical(Postcode(region="GB"), "sw1a 1aa") == "SW1A1AA"
    assert canonical(Postcode(region="GB"), "a!") is None


@pytest.mark.parametrize(
    ("typed", "expected"),
    [
        ("91110000802100433B", "91110000802100433B"),
        ("91110000802100433b", "91110000802100433B"),
        ("9111 0000 8021 0043 3B", "91110000802100433B"),
        ("９１１１００００８０２１００４３３Ｂ", "91110000802100433B"),
        ("91350100M000100Y43", "91350100M000100Y43"),
        ("91110000802100433C", None),
        ("91110000802100434B", None),
        ("19110000802100433B", None),
        ("9111000080210043OB", None),
        ("91A10000802100433B", None),
        ("91110000802100433", None),
        ("无", None),
    ],
)
def test_unified_social_credit_codes(typed: str, expected: str | None) -> None:
    assert canonical(CreditCode(), typed) == expected


def test_no_single_wrong_character_passes_the_check() -> None:
    good = "91110000802100433B"
    for place in range(18):
        for other in "0123456789ABCDEFGHJKLMNPQRTUWXY":
            wrong = good[:place] + other + good[place + 1 :]
            assert (canonical(CreditCode(), wrong) is not None) == (wrong == good)
