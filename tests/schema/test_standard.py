"""The standard modules: sound, labeled in two languages, known by the headers of real books."""

from __future__ import annotations

from collections import Counter

import pytest

from crmcore.errors import SchemaError
from crmcore.kinds import Choice, Link, MultiLink
from crmcore.schema import Field, Module, check, diff
from crmcore.schema.codec import schema_from_json, schema_to_json
from crmcore.schema.reserved import RESERVED
from crmcore.schema.standard import STANDARD, standard_schema

schema = standard_schema()
FIELDS = [(module, one) for module in STANDARD for one in module.fields]


def test_the_standard_schema_is_sound_and_numbered() -> None:
    check(schema)
    assert schema.modules[: len(RESERVED)] == RESERVED
    assert [module.number for module in schema.modules[len(RESERVED) :]] == list(
        range(100, 100 + len(STANDARD))
    )
    assert all(one.number > 0 for module in schema.modules for one in module.fields)
    assert schema_from_json(schema_to_json(schema)) == schema
    assert diff(schema, standard_schema()) == ()


def test_all_that_a_customer_file_asks_for_is_there() -> None:
    assert [module.name for module in STANDARD] == [
        "account",
        "contact",
        "lead",
        "opportunity",
        "activity",
        "task",
        "product",
        "order",
        "order_line",
        "contract",
        "note",
        "category",
        "tag",
    ]


@pytest.mark.parametrize("module", STANDARD, ids=lambda module: module.name)
def test_a_module_has_a_title_and_labels_in_two_languages(module: Module) -> None:
    assert module.title_field is not None
    assert module.label.zh
    assert module.label.en
    assert module.help
    for one in module.fields:
        assert one.label.zh, one.name
        assert one.label.en, one.name


@pytest.mark.parametrize("module", STANDARD, ids=lambda module: module.name)
def test_no_header_means_two_fields(module: Module) -> None:
    for one in module.fields:
        for spelling in one.label.all():
            assert module.field(spelling) == one, spelling


def test_no_header_means_two_modules() -> None:
    for module in schema.modules:
        for spelling in module.label.all():
            assert schema.module(spelling) == module, spelling


@pytest.mark.parametrize(("module", "one"), FIELDS, ids=lambda value: value.name)
def test_options_have_codes_labels_and_one_meaning_each(module: Module, one: Field) -> None:
    if not isinstance(one.kind, Choice):
        return
    assert len(one.kind.options) >= 2
    for option in one.kind.options:
        assert option.code.isascii()
        assert option.label.zh
        assert option.label.en
        for spelling in (option.code, *option.label.all()):
            assert one.kind.normalize(spelling) == option.code


HEADERS = {
    "account": {
        "客户编号": "code",
        "客户名称": "name",
        "公司名称": "name",
        "企业名称": "name",
        "客户": "name",
        "行业": "industry",
        "所属行业": "industry",
        "所属区域": "region",
        "客户等级": "level",
        "重要程度": "level",
        "客户来源": "source",
        "手机": "phone",
        "联系电话": "phone",
        "电子邮箱": "email",
        "联系邮箱": "email",
        "地址": "address",
        "统一社会信用代码": "credit_code",
        "公司规模": "employees",
        "客户经理": "owner",
        "负责人": "owner",
        "标签": "tags",
        "备注": "remark",
        "Company": "name",
    },
    "contact": {
        "姓名": "name",
        "客户姓名": "name",
        "联系人": "name",
        "公司名称": "account",
        "职位": "job_title",
        "手机号": "mobile",
        "微信号": "wechat",
        "生日": "birthday",
        "兴趣爱好": "hobbies",
    },
    "opportunity": {
        "商机名称": "name",
        "项目名称": "name",
        "客户名称": "account",
        "阶段": "stage",
        "金额": "amount",
        "赢率": "probability",
        "预计成交日期": "closes_on",
        "客户需求": "requirement",
        "预算": "budget",
    },
    "lead": {"线索状态": "status", "跟进状态": "status", "公司": "company"},
    "activity": {"跟进方式": "channel", "跟进内容": "content", "下次联系时间": "next_contact_at"},
    "order": {"订单号": "code", "下单时间": "ordered_on", "订单状态": "status"},
    "contract": {"合同编号": "code", "合同金额": "amount", "签订日期": "signed_on"},
    "product": {"产品编码": "code", "单价": "price"},
}


@pytest.mark.parametrize("module", HEADERS)
def test_headers_of_chinese_books_are_understood(module: str) -> None:
    for header, name in HEADERS[module].items():
        assert schema.module(module).field(header).name == name, header


def test_sheets_of_chinese_books_are_understood() -> None:
    for sheet, name in {
        "客户": "account",
        "客户信息": "account",
        "联系人": "contact",
        "商机": "opportunity",
        "销售机会": "opportunity",
        "跟进记录": "activity",
        "沟通记录": "activity",
        "合同": "contract",
        "订单明细": "order_line",
    }.items():
        assert schema.module(sheet).name == name


def test_the_stages_of_an_opportunity() -> None:
    stage = schema.module("商机").field("阶段").kind
    assert isinstance(stage, Choice)
    assert [option.label.zh for option in stage.options] == [
        "初步接触",
        "需求分析",
        "方案制定",
        "合同签订",
        "赢单",
        "输单",
    ]


def test_links_lead_to_modules_and_dependents_say_what_becomes_of_them() -> None:
    links = [(m.name, one) for m, one in FIELDS if isinstance(one.kind, Link)]
    removal = Counter(one.kind.on_removal for _, one in links if isinstance(one.kind, Link))
    assert set(removal) == {"restrict", "detach", "cascade"}
    line = schema.module("order_line").field("order").kind
    assert isinstance(line, Link)
    assert line.on_removal == "cascade"
    tags = schema.module("account").field("tags").kind
    assert isinstance(tags, MultiLink)
    assert tags.target == "tag"
    parent = schema.module("category").field("parent").kind
    assert isinstance(parent, Link)
    assert parent.target == "category"


def test_persons_are_protected() -> None:
    for name in ("name", "mobile", "phone", "email", "wechat", "birthday", "address"):
        assert schema.module("contact").field(name).personal, name


def test_an_entry_template_comes_with_the_account() -> None:
    template = schema.module("account").templates[0]
    assert template.required == ("name", "phone")
    assert template.presets == {"status": "potential"}
    with pytest.raises(SchemaError):
        schema.module("account").field("不存在的字段")
