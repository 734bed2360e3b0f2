"""Words around the names of fields: of modules, of sheets, and such as change nothing."""

from __future__ import annotations

from typing import Final

NEAR: Final[dict[str, tuple[str, ...]]] = {
    "mobile": ("phone",),
    "phone": ("mobile",),
    "note": ("description",),
    "description": ("note",),
    "tax_number": ("credit_code",),
    "expected_revenue": ("amount",),
    "sku": ("code",),
    "size": ("employees",),
    "due_date": ("end_date",),
    "end_date": ("due_date",),
    "team": ("department",),
}
"""Meanings that stand in where a module has no field of the first."""

TITLE_MEANINGS: Final = frozenset({"name", "person_name", "subject"})
"""Every title field has these, whatever its label; but those of `SUBJECTLESS` have no subject."""

SUBJECTLESS: Final = frozenset({"account", "contact", "lead", "crm_user"})
"""Modules of people and companies, where a title is that of a job."""

MODULE_WORDS: Final[dict[str, str]] = {
    "account": "客户|公司|企业|单位|商户|客户公司|客户单位|account|accounts|company|companies"
    "|customer|customers|organization|organisation|client|clients|partner",
    "contact": "联系人|客户联系人|主联系人|首要联系人|contact|contacts|contact person|person"
    "|people",
    "lead": "线索|销售线索|潜在客户|潜客|意向客户|客户线索|lead|leads|prospect|prospects",
    "opportunity": "商机|销售机会|机会|销售商机|opportunity|opportunities|deal|deals",
    "activity": "跟进记录|跟进|拜访记录|沟通记录|活动记录|销售活动|客户跟进|activity|activities"
    "|follow-up|follow up|follow-ups|interaction|interactions|visit|visits",
    "task": "任务|待办|待办事项|日程|task|tasks|todo|to-do",
    "product": "产品|商品|物料|货品|product|products|item|items|goods",
    "order": "订单|销售订单|order|orders|sales order|sales orders",
    "contract": "合同|销售合同|合约|协议|contract|contracts|agreement",
    "note": "笔记|便签|note|notes",
    "ticket": "工单|服务工单|售后工单|ticket|tickets|case|cases|issue",
    "invoice": "发票|开票|invoice|invoices",
    "payment": "回款|收款|回款记录|payment|payments|receipt",
    "quote": "报价单|报价|quote|quotes|quotation",
    "project": "项目|project|projects",
    "campaign": "市场活动|营销活动|campaign|campaigns",
    "crm_user": "用户|员工|人员|user|users|employee|employees",
    "category": "分类|类目|产品分类|category|categories",
    "tag": "标签|tag|tags",
}
"""Module → what people call it, beside its labels."""

BORROWED: Final[dict[str, str]] = {"lead": "客户|customer|client"}
"""Words for other modules that a module uses for its own records: a lead is called 客户 too."""

PREFIXES: Final = (
    "所属", "所在", "归属", "关联", "联系", "当前", "目前", "主要", "首要", "具体", "对应",
    "相关", "选择", "填写", "请填写", "请输入", "请选择", "您的", "你的", "贵公司", "related",
    "primary", "main", "current", "your", "associated",
)  # fmt: skip
"""What may stand before a name without changing what it means."""

SUFFIXES: Final = ("信息", "情况", "资料", "选择", "info", "information")
"""What may stand behind a name without changing what it means."""

SHEET_SUFFIXES: Final = (
    "信息表", "登记表", "明细表", "记录表", "统计表", "一览表", "管理表", "台账", "台帐", "名单",
    "列表", "清单", "信息", "数据", "资料", "明细", "汇总", "导入", "导出", "模板", "导入模板",
    "档案", "表", "list", "sheet", "data", "export", "import", "template", "table", "report",
    "info", "all",
)  # fmt: skip
"""What sheets are called beside the name of what they hold."""
