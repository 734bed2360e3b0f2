"""Accounts: the companies and persons that are customers, or may become customers."""

from __future__ import annotations

from typing import Final

from crmcore.kinds import (
    CreditCode,
    Date,
    DateTime,
    Integer,
    MoneyKind,
    MultiLink,
    Phone,
    Postcode,
    Text,
    Url,
)
from crmcore.schema.field import Field
from crmcore.schema.module import EntryTemplate, Module
from crmcore.schema.standard.parts import (
    CODE,
    LINE,
    choice,
    email,
    industry,
    loose,
    owner,
    phone,
    region,
    remark,
    said,
    source,
)

LEVELS: Final = choice(
    ("key", "重点客户", "Key", "A", "A级", "A类", "VIP", "重要", "高"),
    ("normal", "普通客户", "Normal", "B", "B级", "B类", "普通", "中", "一般"),
    ("minor", "次要客户", "Minor", "小客户", "C", "C级", "C类", "低"),
)
STATES: Final = choice(
    ("potential", "潜在客户", "Potential", "潜在", "意向客户"),
    ("active", "成交客户", "Active", "已成交", "合作中", "正式客户"),
    ("loyal", "忠诚客户", "Loyal", "老客户"),
    ("dormant", "沉睡客户", "Dormant", "休眠客户", "暂停合作"),
    ("lost", "流失客户", "Lost", "已流失"),
)
TYPES: Final = choice(
    ("company", "企业客户", "Company", "企业", "公司"),
    ("person", "个人客户", "Person", "个人"),
    ("public", "政府及事业单位", "Public body", "政府", "事业单位"),
    ("reseller", "经销商", "Reseller", "代理商", "渠道商"),
    ("partner", "合作伙伴", "Partner"),
)

ACCOUNT: Final = Module(
    "account",
    [
        Field(
            "code",
            CODE,
            said("客户编号", "Account no.", "客户编码", "客户代码", "客户号", "Customer no."),
            unique="exact",
            help="由企业自定的编号，可作为导入时的对照键",
        ),
        Field(
            "name",
            LINE,
            said(
                "客户名称",
                "Account name",
                *(
                    "客户",
                    "公司名称",
                    "企业名称",
                    "单位名称",
                    "客户全称",
                    "公司",
                    "名称",
                    "公司全称",
                ),
                *("Customer", "Customer name", "Company", "Company name", "Account", "Name"),
            ),
            required=True,
            indexed=True,
        ),
        Field("short_name", LINE, said("客户简称", "Short name", "简称", "公司简称")),
        Field("type", TYPES, said("客户类型", "Type", "类型", "客户性质", "企业性质")),
        industry(),
        region(),
        Field(
            "level",
            LEVELS,
            said("客户级别", "Level", "客户等级", "级别", "等级", "重要程度", "Grade"),
            indexed=True,
        ),
        Field(
            "status",
            STATES,
            said("客户状态", "Status", "状态", "客户阶段", "生命周期"),
            default="potential",
        ),
        source("客户来源", "信息来源"),
        phone("公司电话", "客户电话", "手机", "手机号", "联系方式"),
        Field("fax", Phone(), said("传真", "Fax", "传真号码")),
        email("公司邮箱", "客户邮箱"),
        Field("website", Url(), said("网址", "Website", "公司网址", "官网", "网站", "公司网站")),
        Field("city", Text(max_length=100), said("城市", "City", "所在城市")),
        Field(
            "address", LINE, said("地址", "Address", "客户地址", "公司地址", "详细地址", "通讯地址")
        ),
        Field("postcode", Postcode(), said("邮编", "Postcode", "邮政编码", "Zip code")),
        Field(
            "credit_code",
            CreditCode(),
            said(
                "统一社会信用代码",
                "Credit code",
                "信用代码",
                "社会信用代码",
                "税号",
                "纳税人识别号",
            ),
            unique="exact",
            help="18 位，末位为校验码",
        ),
        Field(
            "legal_person", Text(max_length=100), said("法定代表人", "Legal representative", "法人")
        ),
        Field(
            "annual_revenue",
            MoneyKind(minimum=0),
            said("年营业额", "Annual revenue", "年收入", "年销售额", "营业额"),
        ),
        Field(
            "employees",
            Integer(minimum=0),
            said("员工人数", "Employees", "公司规模", "员工数", "人数", "企业规模", "人员规模"),
        ),
        Field("founded_on", Date(), said("成立日期", "Founded on", "成立时间", "注册日期")),
        owner("负责人", "客户经理", "所属销售", "销售负责人", "客户负责人"),
        Field(
            "parent",
            loose("account"),
            said("上级客户", "Parent account", "母公司", "上级公司", "总公司"),
        ),
        Field("category", loose("category"), said("客户分类", "Category", "分类", "客户类别")),
        Field("tags", MultiLink("tag", "detach"), said("标签", "Tags", "客户标签")),
        Field(
            "last_contact_at",
            DateTime(),
            said("最近跟进时间", "Last contact", "最后跟进时间", "上次联系时间"),
        ),
        Field(
            "next_contact_at",
            DateTime(),
            said("下次联系时间", "Next contact", "下次跟进时间"),
            indexed=True,
        ),
        remark(),
    ],
    title="name",
    label=said(
        "客户",
        "Account",
        "客户信息",
        "客户资料",
        "客户档案",
        "客户表",
        "公司",
        "Customer",
        "Company",
    ),
    help="企业或个人客户",
    templates=[
        EntryTemplate(
            "brief",
            said("快速录入", "Quick entry"),
            fields=["name", "phone", "source", "owner"],
            required=["name", "phone"],
            presets={"status": "potential"},
        )
    ],
)
