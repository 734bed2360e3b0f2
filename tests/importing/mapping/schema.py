"""Modules as a company has them: one Chinese and one English label a field, no synonyms."""

from __future__ import annotations

from crmcore.kinds import (
    Boolean,
    Choice,
    CreditCode,
    Date,
    DateTime,
    DecimalKind,
    Email,
    Integer,
    Kind,
    Labels,
    Link,
    LongText,
    MoneyKind,
    MultiChoice,
    Percent,
    Phone,
    Postcode,
    Text,
    Url,
)
from crmcore.schema import Field, Module, Schema, numbered


def _module(name: str, zh: str, en: str, title: str, *fields: tuple[str, Kind, str, str]) -> Module:
    made = [
        Field(one, kind, Labels(label, english), unique="exact" if one == "code" else None)
        for one, kind, label, english in fields
    ]
    return Module(name, made, title, Labels(zh, en))


ACCOUNT = _module(
    "account", "客户", "Account", "name",
    ("name", Text(), "客户名称", "Account name"),
    ("code", Text(), "客户编号", "Account code"),
    ("level", Choice(), "客户级别", "Level"),
    ("industry", Choice(), "行业", "Industry"),
    ("source", Choice(), "来源", "Source"),
    ("region", Choice(), "区域", "Region"),
    ("province", Text(), "省份", "Province"),
    ("city", Text(), "城市", "City"),
    ("address", Text(), "地址", "Address"),
    ("postcode", Postcode(), "邮编", "Postcode"),
    ("phone", Phone(), "电话", "Phone"),
    ("fax", Phone(), "传真", "Fax"),
    ("email", Email(), "邮箱", "Email"),
    ("website", Url(), "网址", "Website"),
    ("employees", Integer(), "员工人数", "Employees"),
    ("revenue", MoneyKind(), "年营业额", "Annual revenue"),
    ("credit_code", CreditCode(), "统一社会信用代码", "Credit code"),
    ("status", Choice(), "状态", "Status"),
    ("parent", Link("account"), "上级客户", "Parent account"),
    ("owner", Link("crm_user"), "负责人", "Owner"),
    ("tags", MultiChoice(), "标签", "Tags"),
    ("note", LongText(), "备注", "Note"),
)  # fmt: skip

CONTACT = _module(
    "contact", "联系人", "Contact", "name",
    ("name", Text(), "姓名", "Name"),
    ("account", Link("account"), "客户", "Account"),
    ("job_title", Text(), "职务", "Job title"),
    ("department", Text(), "部门", "Department"),
    ("mobile", Phone(), "手机", "Mobile"),
    ("phone", Phone(), "电话", "Phone"),
    ("email", Email(), "邮箱", "Email"),
    ("wechat", Text(), "微信", "WeChat"),
    ("gender", Choice(), "性别", "Gender"),
    ("birthday", Date(), "生日", "Birthday"),
    ("address", Text(), "地址", "Address"),
    ("owner", Link("crm_user"), "负责人", "Owner"),
    ("note", LongText(), "备注", "Note"),
)  # fmt: skip

LEAD = _module(
    "lead", "线索", "Lead", "name",
    ("name", Text(), "姓名", "Name"),
    ("company", Text(), "公司", "Company"),
    ("job_title", Text(), "职务", "Job title"),
    ("mobile", Phone(), "手机", "Mobile"),
    ("phone", Phone(), "电话", "Phone"),
    ("email", Email(), "邮箱", "Email"),
    ("website", Url(), "网址", "Website"),
    ("source", Choice(), "来源", "Source"),
    ("status", Choice(), "状态", "Status"),
    ("industry", Choice(), "行业", "Industry"),
    ("city", Text(), "城市", "City"),
    ("address", Text(), "地址", "Address"),
    ("owner", Link("crm_user"), "负责人", "Owner"),
    ("description", LongText(), "描述", "Description"),
)  # fmt: skip

OPPORTUNITY = _module(
    "opportunity", "商机", "Opportunity", "name",
    ("name", Text(), "商机名称", "Opportunity name"),
    ("account", Link("account"), "客户", "Account"),
    ("contact", Link("contact"), "联系人", "Contact"),
    ("amount", MoneyKind(), "金额", "Amount"),
    ("stage", Choice(), "阶段", "Stage"),
    ("probability", Percent(), "赢率", "Probability"),
    ("close_date", Date(), "预计成交日期", "Close date"),
    ("type", Choice(), "类型", "Type"),
    ("source", Choice(), "来源", "Source"),
    ("next_step", Text(), "下一步", "Next step"),
    ("last_contact", DateTime(), "最近跟进时间", "Last contact"),
    ("lost_reason", Text(), "输单原因", "Lost reason"),
    ("owner", Link("crm_user"), "负责人", "Owner"),
    ("note", LongText(), "备注", "Note"),
)  # fmt: skip

PRODUCT = _module(
    "product", "产品", "Product", "name",
    ("name", Text(), "产品名称", "Product name"),
    ("code", Text(), "产品编码", "Product code"),
    ("spec", Text(), "规格", "Specification"),
    ("unit", Text(), "单位", "Unit"),
    ("price", MoneyKind(), "单价", "Price"),
    ("active", Boolean(), "启用", "Active"),
)  # fmt: skip

ORDER = _module(
    "order", "订单", "Order", "code",
    ("code", Text(), "订单编号", "Order number"),
    ("account", Link("account"), "客户", "Account"),
    ("product", Link("product"), "产品", "Product"),
    ("quantity", DecimalKind(), "数量", "Quantity"),
    ("amount", MoneyKind(), "金额", "Amount"),
    ("order_date", Date(), "下单日期", "Order date"),
    ("note", LongText(), "备注", "Note"),
)  # fmt: skip

USER = _module("crm_user", "用户", "User", "name", ("name", Text(), "姓名", "Name"))

SCHEMA = numbered(Schema([USER, ACCOUNT, CONTACT, LEAD, OPPORTUNITY, PRODUCT, ORDER]))
