"""Deals: opportunities on their way through the stages, and contracts."""

from __future__ import annotations

from typing import Final

from crmcore.kinds import Date, LongText, Percent, Text
from crmcore.schema.field import Field
from crmcore.schema.module import Module
from crmcore.schema.standard.parts import (
    AMOUNT,
    CODE,
    LINE,
    SOURCES,
    account_link,
    choice,
    contact_link,
    opportunity_link,
    owner,
    remark,
    said,
)

STAGES: Final = choice(
    ("contact", "初步接触", "First contact", "初步沟通", "初期沟通", "接触"),
    ("analysis", "需求分析", "Needs analysis", "需求确认", "需求"),
    ("proposal", "方案制定", "Proposal", "方案报价", "报价", "方案提供", "方案"),
    ("contract", "合同签订", "Contract", "商务谈判", "签约", "谈判"),
    ("won", "赢单", "Won", "成交", "已成交", "成功"),
    ("lost", "输单", "Lost", "丢单", "失败", "未成交"),
)

OPPORTUNITY: Final = Module(
    "opportunity",
    [
        Field("code", CODE, said("商机编号", "Opportunity no.", "商机编码"), unique="exact"),
        Field(
            "name",
            LINE,
            said(
                "商机名称",
                "Opportunity name",
                "商机",
                "机会名称",
                "项目名称",
                "销售机会",
                "Deal",
                "Name",
            ),
            required=True,
        ),
        account_link(),
        contact_link(),
        Field(
            "stage",
            STAGES,
            said("销售阶段", "Stage", "阶段", "商机阶段", "当前阶段"),
            required=True,
            default="contact",
            indexed=True,
        ),
        Field(
            "amount",
            AMOUNT,
            said(
                "金额",
                "Amount",
                "商机金额",
                "预计金额",
                "销售金额",
                "预计销售金额",
                "Expected amount",
            ),
        ),
        Field(
            "probability", Percent(), said("赢率", "Probability", "成功率", "可能性", "成交概率")
        ),
        Field(
            "closes_on",
            Date(),
            said(
                "预计成交日期",
                "Close date",
                *(
                    "预计成交时间",
                    "预计签单日期",
                    "预计签约日期",
                    "成交日期",
                    "Expected close date",
                ),
            ),
            indexed=True,
        ),
        Field("closed_on", Date(), said("实际成交日期", "Closed on", "结束日期", "签单日期")),
        Field(
            "type",
            choice(
                ("new", "新签", "New business", "新客户", "新单"),
                ("renewal", "续签", "Renewal", "续约", "续费"),
                ("growth", "增购", "Growth", "追加", "老客户增购"),
            ),
            said("商机类型", "Type", "类型", "业务类型"),
        ),
        Field("source", SOURCES, said("商机来源", "Source", "来源")),
        Field("budget", AMOUNT, said("客户预算", "Budget", "预算")),
        Field("requirement", LongText(), said("客户需求", "Requirement", "需求", "需求描述")),
        Field("competitor", LINE, said("竞争对手", "Competitor", "竞争对手名称")),
        Field(
            "lost_reason",
            choice(
                ("price", "价格过高", "Price", "价格"),
                ("product", "产品不符", "Product", "产品", "功能不满足"),
                ("competitor", "选择竞争对手", "Competitor", "竞争对手"),
                ("budget", "预算取消", "Budget", "预算"),
                ("silence", "失去联系", "No reply", "无回复"),
                ("other", "其他", "Other", "其它"),
            ),
            said("输单原因", "Lost reason", "丢单原因", "失败原因"),
        ),
        owner("负责人", "商机负责人", "销售负责人"),
        remark(),
    ],
    title="name",
    label=said("商机", "Opportunity", "销售机会", "机会", "商机表", "项目", "Deal"),
    help="一次可能的成交，按销售阶段推进",
)

CONTRACT: Final = Module(
    "contract",
    [
        Field("code", CODE, said("合同编号", "Contract no.", "合同编码", "合同号"), unique="exact"),
        Field(
            "name",
            LINE,
            said("合同名称", "Contract name", "合同", "合同标题", "合同主题", "Name"),
            required=True,
        ),
        account_link(),
        contact_link(),
        opportunity_link(),
        Field("amount", AMOUNT, said("合同金额", "Amount", "金额", "合同总额", "签约金额")),
        Field(
            "status",
            choice(
                ("draft", "草稿", "Draft", "起草", "未提交"),
                ("approval", "审批中", "In approval", "待审批"),
                ("running", "执行中", "Running", "生效", "履行中", "已签订", "已生效"),
                ("completed", "已完成", "Completed", "完成", "已到期"),
                ("terminated", "已终止", "Terminated", "终止", "作废"),
            ),
            said("合同状态", "Status", "状态"),
            default="draft",
            indexed=True,
        ),
        Field(
            "signed_on", Date(), said("签订日期", "Signed on", "签约日期", "合同日期", "签订时间")
        ),
        Field("starts_on", Date(), said("开始日期", "Starts on", "生效日期", "合同开始日期")),
        Field(
            "ends_on",
            Date(),
            said("结束日期", "Ends on", "到期日期", "合同到期日", "合同结束日期"),
            indexed=True,
        ),
        Field("signer", Text(max_length=100), said("客户签约人", "Signer", "对方签约人", "签约人")),
        Field("payment", LINE, said("付款方式", "Payment", "付款条件", "结算方式")),
        owner("负责人", "我方签约人", "合同负责人"),
        remark(),
    ],
    title="name",
    label=said("合同", "Contract", "合同管理", "销售合同", "合同表"),
    help="与客户签订的合同",
)
