"""What sorts records: a tree of categories, and tags."""

from __future__ import annotations

from typing import Final

from crmcore.kinds import Integer, Text
from crmcore.schema.field import Field
from crmcore.schema.module import Module
from crmcore.schema.standard.parts import CODE, link, remark, said

CATEGORY: Final = Module(
    "category",
    [
        Field("code", CODE, said("分类编号", "Category no.", "分类编码"), unique="exact"),
        Field(
            "name",
            Text(max_length=100),
            said("分类名称", "Category name", "分类", "名称", "类别", "Name"),
            required=True,
            indexed=True,
        ),
        Field(
            "parent", link("category"), said("上级分类", "Parent", "父分类", "上级"), indexed=True
        ),
        Field("position", Integer(), said("排序", "Position", "顺序")),
        remark(),
    ],
    title="name",
    label=said("分类", "Category", "类别", "客户分类", "产品分类"),
    help="一棵分类树：每个分类可以有一个上级",
)

TAG: Final = Module(
    "tag",
    [
        Field(
            "name",
            Text(max_length=100),
            said("标签名称", "Tag name", "标签", "名称", "Name"),
            required=True,
            unique="folded",
        ),
        Field("color", Text(max_length=20), said("颜色", "Color")),
        remark(),
    ],
    title="name",
    label=said("标签", "Tag", "客户标签"),
    help="可以贴在客户上的词，任何人都能添加",
)
