"""Fields and lists of options that several standard modules have in common."""

from __future__ import annotations

from typing import Final

from crmcore.kinds import Choice, Email, Labels, Link, LongText, MoneyKind, Option, Phone, Text
from crmcore.schema.field import SYSTEM_USER_MODULE, Classification, Field, Preset

LINE: Final = Text(max_length=200)
CODE: Final = Text(max_length=50)
AMOUNT: Final = MoneyKind(minimum=0)
UNIT_PRICE: Final = MoneyKind(digits=4, minimum=0)


def said(zh: str, en: str, *synonyms: str) -> Labels:
    """Labels with the headers under which books of customers have the same thing."""
    return Labels(zh, en, synonyms)


def choice(*options: tuple[str, ...]) -> Choice:
    """A choice between options (code, Chinese label, English label, synonyms …)."""
    return Choice(options=[Option(code, said(zh, en, *rest)) for code, zh, en, *rest in options])


def link(target: str) -> Link:
    """A link that keeps its target from being removed."""
    return Link(target)


def loose(target: str) -> Link:
    """A link that is emptied when its target is removed."""
    return Link(target, "detach")


def part_of(target: str) -> Link:
    """A link to what this record is a part of, and is removed with."""
    return Link(target, "cascade")


def owner(zh: str = "负责人", *synonyms: str) -> Field:
    """Who looks after the record: the user who makes it, unless somebody else is named."""
    known = ("负责人", "所有人", "业务员", "销售代表", "跟进人", "Owner", "Salesperson")
    words = [word for word in (*synonyms, *known) if word != zh]
    return Field(
        "owner",
        loose(SYSTEM_USER_MODULE),
        said(zh, "Owner", *words),
        default=Preset("me"),
        indexed=True,
    )


def remark() -> Field:
    """Whatever fits nowhere else."""
    return Field(
        "remark", LongText(), said("备注", "Remark", "说明", "备注信息", "Notes", "Comments")
    )


def mobile() -> Field:
    """A mobile number of a person."""
    synonyms = ("手机号", "手机号码", "移动电话", "联系手机", "Mobile phone", "Cell phone")
    return Field(
        "mobile",
        Phone(),
        said("手机", "Mobile", *synonyms),
        indexed=True,
        classification="personal",
    )


def phone(*synonyms: str, classification: Classification = "internal") -> Field:
    """A telephone number."""
    known = ("联系电话", "电话号码", "固定电话", "座机", "办公电话", "Telephone", "Tel")
    return Field(
        "phone", Phone(), said("电话", "Phone", *synonyms, *known), classification=classification
    )


def email(*synonyms: str, classification: Classification = "internal") -> Field:
    """A mail address."""
    known = ("电子邮箱", "邮件", "电子邮件", "邮箱地址", "联系邮箱", "E-mail", "Mail")
    return Field(
        "email", Email(), said("邮箱", "Email", *synonyms, *known), classification=classification
    )


def wechat() -> Field:
    """A WeChat account."""
    return Field(
        "wechat", Text(max_length=100), said("微信", "WeChat", "微信号"), classification="personal"
    )


def job_title() -> Field:
    """What a person does in the company."""
    return Field("job_title", LINE, said("职位", "Job title", "职务", "岗位", "头衔", "Title"))


def industry() -> Field:
    """The line of business of a company."""
    return Field(
        "industry",
        INDUSTRIES,
        said("行业", "Industry", "所属行业", "客户行业", "行业类别"),
        indexed=True,
    )


def region() -> Field:
    """The part of the country where a customer is."""
    return Field(
        "region",
        REGIONS,
        said("区域", "Region", "所属区域", "地区", "所在地区", "大区", "销售区域", "地域"),
        indexed=True,
    )


def source(zh: str, *synonyms: str) -> Field:
    """How a customer came to know us."""
    return Field("source", SOURCES, said(zh, "Source", "来源", "来源渠道", "获客渠道", *synonyms))


def account_link() -> Field:
    """The customer that a sale is made to."""
    synonyms = ("客户名称", "所属客户", "公司名称", "公司", "企业名称", "Customer", "Company")
    return Field(
        "account", link("account"), said("客户", "Account", *synonyms), required=True, indexed=True
    )


def contact_link() -> Field:
    """The person to speak with."""
    return Field("contact", loose("contact"), said("联系人", "Contact", "联系人姓名", "客户联系人"))


def opportunity_link() -> Field:
    """The opportunity that led here."""
    return Field(
        "opportunity", loose("opportunity"), said("商机", "Opportunity", "关联商机", "销售机会")
    )


REGIONS: Final = choice(
    ("east", "华东", "East China", "华东区", "华东地区"),
    ("south", "华南", "South China", "华南区", "华南地区"),
    ("north", "华北", "North China", "华北区", "华北地区"),
    ("central", "华中", "Central China", "华中区", "华中地区"),
    ("southwest", "西南", "Southwest China", "西南区", "西南地区"),
    ("northwest", "西北", "Northwest China", "西北区", "西北地区"),
    ("northeast", "东北", "Northeast China", "东北区", "东北地区"),
    ("greater_china", "港澳台", "Hong Kong, Macao, Taiwan"),
    ("overseas", "海外", "Overseas", "国外", "境外"),
)

INDUSTRIES: Final = choice(
    ("manufacturing", "制造业", "Manufacturing", "制造", "工业"),
    ("technology", "信息技术", "Technology", "互联网", "IT", "软件", "信息技术/互联网"),
    ("finance", "金融", "Finance", "金融业", "银行", "保险"),
    ("retail", "批发零售", "Wholesale and retail", "零售", "批发", "零售业", "商贸"),
    ("construction", "建筑房地产", "Construction and real estate", "建筑", "房地产", "建筑业"),
    ("logistics", "交通物流", "Transport and logistics", "物流", "运输", "交通运输"),
    ("education", "教育", "Education", "教育培训", "培训"),
    ("health", "医疗健康", "Health care", "医疗", "医药", "卫生"),
    ("energy", "能源化工", "Energy and chemicals", "能源", "化工", "电力"),
    ("agriculture", "农林牧渔", "Agriculture", "农业"),
    ("media", "文化传媒", "Media and culture", "传媒", "广告", "文化"),
    ("hospitality", "餐饮旅游", "Hospitality and travel", "餐饮", "酒店", "旅游"),
    ("services", "商务服务", "Business services", "服务业", "咨询", "服务"),
    ("government", "政府及公共事业", "Government and public bodies", "政府", "公共事业"),
    ("other", "其他", "Other", "其它"),
)

SOURCES: Final = choice(
    ("referral", "客户介绍", "Referral", "转介绍", "老客户介绍", "朋友介绍", "推荐"),
    ("website", "官网", "Website", "网站", "官方网站", "网络"),
    ("advertising", "广告", "Advertising", "广告投放", "搜索推广"),
    ("exhibition", "展会", "Exhibition", "会展", "市场活动", "活动"),
    ("cold_call", "电话开发", "Cold call", "电话营销", "电销", "陌拜电话"),
    ("visit", "上门拜访", "Visit", "陌生拜访", "拜访", "地推"),
    ("social", "社交媒体", "Social media", "微信", "公众号", "抖音"),
    ("partner", "合作伙伴", "Partner", "渠道", "代理商"),
    ("other", "其他", "Other", "其它"),
)
