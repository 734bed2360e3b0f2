"""People: contacts who work for customers, and leads that are not confirmed yet."""

from __future__ import annotations

from typing import Final

from crmcore.kinds import Boolean, Date, DateTime, LongText, MoneyKind, Text
from crmcore.schema.field import Field
from crmcore.schema.module import Module
from crmcore.schema.standard.parts import (
    LINE,
    choice,
    email,
    industry,
    job_title,
    link,
    loose,
    mobile,
    owner,
    phone,
    region,
    remark,
    said,
    source,
    wechat,
)

CONTACT: Final = Module(
    "contact",
    [
        Field(
            "name",
            Text(max_length=100),
            said(
                "姓名", "Name", "联系人", "联系人姓名", "客户姓名", "名字", "Contact", "Full name"
            ),
            required=True,
            indexed=True,
            classification="personal",
        ),
        Field(
            "account",
            link("account"),
            said(
                "客户",
                "Account",
                *("客户名称", "所属客户", "公司", "公司名称", "所属公司", "单位", "企业名称"),
                *("Company", "Customer"),
            ),
            indexed=True,
        ),
        job_title(),
        Field("department", LINE, said("部门", "Department", "所在部门")),
        mobile(),
        phone("工作电话", "联系方式", classification="personal"),
        email("工作邮箱", classification="personal"),
        wechat(),
        Field(
            "qq", Text(max_length=20), said("QQ", "QQ number", "QQ号"), classification="personal"
        ),
        Field(
            "gender",
            choice(("male", "男", "Male", "先生"), ("female", "女", "Female", "女士")),
            said("性别", "Gender", "称谓"),
            classification="personal",
        ),
        Field("birthday", Date(), said("生日", "Birthday", "出生日期"), classification="personal"),
        Field(
            "role",
            choice(
                ("decider", "决策人", "Decider", "关键决策人", "决策者"),
                ("influencer", "影响人", "Influencer", "影响者"),
                ("user", "使用人", "User", "使用者"),
                ("buyer", "采购人", "Buyer", "采购"),
                ("other", "其他", "Other", "其它"),
            ),
            said("角色", "Role", "决策角色", "角色关系"),
        ),
        Field(
            "is_main",
            Boolean(),
            said("主要联系人", "Main contact", "首要联系人", "是否主要联系人"),
        ),
        Field("hobbies", LINE, said("兴趣爱好", "Hobbies", "爱好"), classification="personal"),
        Field(
            "address",
            LINE,
            said("地址", "Address", "联系地址", "通讯地址"),
            classification="personal",
        ),
        owner(),
        remark(),
    ],
    title="name",
    label=said("联系人", "Contact", "客户联系人", "联系人信息", "联系人表", "Person"),
    help="客户方的人员",
)

LEAD: Final = Module(
    "lead",
    [
        Field(
            "name",
            LINE,
            said("线索名称", "Lead name", "线索", "姓名", "联系人", "Name"),
            required=True,
        ),
        Field(
            "company", LINE, said("公司名称", "Company", "公司", "企业名称", "单位名称", "客户名称")
        ),
        job_title(),
        mobile(),
        phone("联系方式", classification="personal"),
        email(classification="personal"),
        wechat(),
        industry(),
        region(),
        source("线索来源", "渠道"),
        Field(
            "status",
            choice(
                ("new", "未处理", "New", "新线索", "待跟进", "未跟进"),
                ("working", "跟进中", "Working", "已联系", "处理中"),
                ("converted", "已转化", "Converted", "已转客户", "转化"),
                ("invalid", "无效", "Invalid", "已关闭", "无效线索"),
            ),
            said("线索状态", "Status", "状态", "跟进状态"),
            default="new",
            indexed=True,
        ),
        Field("requirement", LongText(), said("需求", "Requirement", "客户需求", "需求描述")),
        Field("budget", MoneyKind(minimum=0), said("预算", "Budget", "预算金额")),
        Field("account", loose("account"), said("转化客户", "Converted account")),
        Field("contact", loose("contact"), said("转化联系人", "Converted contact")),
        Field("opportunity", loose("opportunity"), said("转化商机", "Converted opportunity")),
        Field("converted_at", DateTime(), said("转化时间", "Converted at")),
        Field("next_contact_at", DateTime(), said("下次联系时间", "Next contact", "下次跟进时间")),
        owner(),
        remark(),
    ],
    title="name",
    label=said("线索", "Lead", "销售线索", "潜在客户", "线索表"),
    help="尚未确认的潜在客户",
)
