"""Orders: what is sold, what was ordered, line by line."""

from __future__ import annotations

from typing import Final

from crmcore.kinds import Boolean, Date, DecimalKind, Integer, LongText, Percent, Text
from crmcore.schema.field import Field
from crmcore.schema.module import Module
from crmcore.schema.standard.parts import (
    AMOUNT,
    CODE,
    LINE,
    UNIT_PRICE,
    account_link,
    choice,
    contact_link,
    link,
    loose,
    opportunity_link,
    owner,
    part_of,
    remark,
    said,
)

PRODUCT: Final = Module(
    "product",
    [
        Field(
            "code",
            CODE,
            said("产品编号", "Product no.", "产品编码", "商品编号", "商品编码", "货号", "SKU"),
            unique="exact",
        ),
        Field(
            "name",
            LINE,
            said("产品名称", "Product name", "产品", "商品名称", "品名", "商品", "Name"),
            required=True,
            indexed=True,
        ),
        Field("category", loose("category"), said("产品分类", "Category", "分类", "产品类别")),
        Field("model", LINE, said("规格型号", "Model", "规格", "型号")),
        Field("unit", Text(max_length=20), said("单位", "Unit", "计量单位")),
        Field(
            "price", UNIT_PRICE, said("标准价格", "List price", "价格", "单价", "售价", "标准单价")
        ),
        Field("cost", UNIT_PRICE, said("成本", "Cost", "成本价", "采购价")),
        Field("tax_rate", Percent(), said("税率", "Tax rate")),
        Field("on_sale", Boolean(), said("在售", "On sale", "是否上架", "是否在售"), default=True),
        Field("description", LongText(), said("产品描述", "Description", "产品说明", "描述")),
        remark(),
    ],
    title="name",
    label=said("产品", "Product", "商品", "产品信息", "产品表"),
    help="出售的产品或服务",
)

ORDER: Final = Module(
    "order",
    [
        Field(
            "code",
            CODE,
            said("订单编号", "Order no.", "订单号", "单号", "订单编码", "Order number"),
            unique="exact",
        ),
        Field(
            "erp_id",
            CODE,
            said("外部单号", "ERP id", "ERP单号", "ERP编号"),
            unique="exact",
            help="来自 ERP 或其他系统的编号，用于同步对照",
        ),
        account_link(),
        contact_link(),
        opportunity_link(),
        Field("contract", loose("contract"), said("合同", "Contract", "关联合同", "所属合同")),
        Field(
            "ordered_on",
            Date(),
            said("下单日期", "Ordered on", "下单时间", "订单日期", "订购日期", "Order date"),
            indexed=True,
        ),
        Field(
            "amount", AMOUNT, said("订单金额", "Amount", "金额", "总金额", "订单总额", "合计金额")
        ),
        Field("discount", Percent(), said("折扣", "Discount", "整单折扣")),
        Field("paid", AMOUNT, said("已付金额", "Paid", "已收金额", "回款金额", "已回款")),
        Field(
            "status",
            choice(
                ("draft", "草稿", "Draft", "未提交", "待确认"),
                ("confirmed", "已确认", "Confirmed", "已下单", "待发货", "已审核"),
                ("shipped", "已发货", "Shipped", "发货中", "配送中"),
                ("completed", "已完成", "Completed", "完成", "已签收"),
                ("cancelled", "已取消", "Cancelled", "取消", "作废"),
            ),
            said("订单状态", "Status", "状态"),
            default="draft",
            indexed=True,
        ),
        Field(
            "ships_on", Date(), said("交货日期", "Ships on", "发货日期", "交付日期", "要求到货日期")
        ),
        Field("address", LINE, said("收货地址", "Delivery address", "送货地址", "地址")),
        owner(),
        remark(),
    ],
    title="code",
    label=said("订单", "Order", "销售订单", "订单表", "订单信息", "购买记录", "交易记录"),
    help="客户的一次订购",
)

ORDER_LINE: Final = Module(
    "order_line",
    [
        Field(
            "order",
            part_of("order"),
            said("订单", "Order", "订单编号", "订单号", "所属订单"),
            required=True,
            indexed=True,
        ),
        Field("position", Integer(minimum=1), said("行号", "Line", "序号")),
        Field(
            "product", link("product"), said("产品", "Product", "商品", "产品编号"), indexed=True
        ),
        Field("name", LINE, said("产品名称", "Item", "品名", "商品名称"), help="订购时的名称"),
        Field("quantity", DecimalKind(digits=4), said("数量", "Quantity", "订购数量")),
        Field("unit", Text(max_length=20), said("单位", "Unit", "计量单位")),
        Field("price", UNIT_PRICE, said("单价", "Unit price", "销售单价", "价格")),
        Field("discount", Percent(), said("折扣", "Discount", "折扣率")),
        Field("amount", AMOUNT, said("金额", "Amount", "小计", "总价")),
        remark(),
    ],
    title="name",
    label=said("订单明细", "Order line", "订单行", "订单产品", "明细"),
    help="订单中的一行",
)
