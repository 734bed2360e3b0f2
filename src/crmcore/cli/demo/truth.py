"""What was planted into the demo book, cell by cell, so that an import can be checked."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping
from decimal import Decimal
from typing import Final

from attrs import Factory, define, frozen

PROBLEMS: Final[Mapping[str, str]] = {
    "missing_name": "必填的名称为空",
    "code_twice": "客户编号与前面的另一家公司重复",
    "name_twice": "客户名称与前面的客户重复，编号不同",
    "unknown_option": "选项不在列表中",
    "bad_mail": "邮箱格式不对",
    "bad_phone": "电话号码不对",
    "phone_in_notation": "电话变成了科学计数，数字已丢失",
    "bad_date": "日期不存在或无法识别",
    "bad_credit_code": "统一社会信用代码校验不通过",
    "bad_amount": "金额不是数字",
    "bad_percent": "赢率超出 0–100%",
    "error_cell": "单元格是错误值",
    "unknown_customer": "客户不存在",
    "ambiguous_customer": "有两家客户叫这个名称",
}
"""Kinds of cells that cannot be imported as they are; at most one in a row."""

MESSES: Final[Mapping[str, str]] = {
    "padded_text": "前后有空格",
    "nbsp_text": "含不换行空格或全角空格",
    "zero_width_text": "含看不见的字符",
    "formula_like_text": "文本以等号等符号开头",
    "phone_spaced": "电话含空格",
    "phone_dashed": "电话含横线",
    "phone_country_code": "电话带 +86",
    "phone_prefixed": "电话前有文字",
    "phone_full_width": "电话是全角数字",
    "phone_number": "电话是数字单元格",
    "mail_untidy": "邮箱大写、带空格或全角＠",
    "date_chinese": "2024年1月5日",
    "date_slashes": "2024/1/5",
    "date_dots": "2024.01.05",
    "date_serial": "日期是没有格式的序列号",
    "date_full_width": "全角日期",
    "credit_code_untidy": "统一社会信用代码小写或带空格",
    "amount_yuan_sign": "￥1,234.50",
    "amount_ten_thousands": "1.2万",
    "amount_unit": "1200元",
    "amount_full_width": "全角数字",
    "amount_formula": "公式（带缓存值）",
    "percent_text": "文本的百分数",
}
"""Kinds of cells that look odd, and mean what `Planted.meaning` says."""


@frozen
class Planted:
    """One odd cell: `row` is the number that a spreadsheet shows, `column` the header.

    `clean` is the value that was there before: for a mess also what the cell still means
    (dates as ISO, amounts as plain digits, shares as `30%`, phones as E.164); for a problem
    what was spoiled.
    """

    kind: str
    sheet: str
    row: int
    column: str
    clean: str

    @property
    def is_problem(self) -> bool:
        """Whether the row cannot be imported as it is."""
        return self.kind in PROBLEMS


@define
class Truth:
    """Everything known about a demo book that was written.

    `rows` counts the rows with data by sheet, `empty_rows` the rows without that stand among
    them; `header_row` is where titles are. `stages` has, by stage, the number and the sum of
    the deals without problem.
    """

    rows: dict[str, int] = Factory(dict)
    empty_rows: dict[str, int] = Factory(dict)
    header_row: dict[str, int] = Factory(dict)
    planted: list[Planted] = Factory(list)
    stages: dict[str, tuple[int, Decimal]] = Factory(dict)

    @property
    def problems(self) -> tuple[Planted, ...]:
        """The cells because of which a row cannot be imported as it is."""
        return tuple(cell for cell in self.planted if cell.is_problem)

    @property
    def messes(self) -> tuple[Planted, ...]:
        """The cells that look odd and can be read all the same."""
        return tuple(cell for cell in self.planted if not cell.is_problem)

    def counts(self, sheet: str | None = None) -> dict[str, int]:
        """How many cells of each kind were planted, in one sheet or in all."""
        chosen = (cell for cell in self.planted if sheet in (None, cell.sheet))
        return dict(Counter(cell.kind for cell in chosen))

    def good_rows(self, sheet: str) -> int:
        """How many rows of `sheet` have no problem."""
        return self.rows[sheet] - sum(cell.sheet == sheet for cell in self.problems)
