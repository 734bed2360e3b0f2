"""The three sheets of the demo book: clean rows, and which of them are spoiled how."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from datetime import date, timedelta
from decimal import Decimal
from random import Random
from typing import Final

from crmcore.cli.demo import flaws, invented, words
from crmcore.cli.demo.flaws import Flaw, Known
from crmcore.cli.demo.invented import Customer
from crmcore.sheets import Cell, Column

Line = dict[str, Cell]

CUSTOMERS: Final = "客户"
CONTACTS: Final = "联系人"
DEALS: Final = "商机"

COLUMNS: Final[Mapping[str, Sequence[Column]]] = {
    CUSTOMERS: (
        Column("客户编号", 11), Column("客户名称", 32), Column("行业", 11), Column("地区", 8),
        Column("客户级别", 11), Column("客户来源", 11), Column("电话", 17, "@"),
        Column("邮箱", 30), Column("地址", 30), Column("统一社会信用代码", 22, "@"),
        Column("负责人", 9), Column("成立日期", 12, "yyyy-mm-dd"), Column("公司规模", 12),
        Column("兴趣爱好", 14), Column("备注", 30),
    ),
    CONTACTS: (
        Column("姓名", 10), Column("客户编号", 11), Column("职务", 12), Column("手机", 16, "@"),
        Column("邮箱", 30), Column("生日", 12, "yyyy/m/d"), Column("是否决策人", 11),
        Column("备注", 26),
    ),
    DEALS: (
        Column("商机编号", 12), Column("商机名称", 30), Column("客户", 32),
        Column("金额", 15, "#,##0.00"), Column("阶段", 11),
        Column("预计成交日期", 13, "yyyy-mm-dd"), Column("赢率", 8, "0%"), Column("来源", 11),
        Column("负责人", 9), Column("创建日期", 11), Column("备注", 26),
    ),
}  # fmt: skip
"""The columns of the visible sheets."""

MESSES: Final[Mapping[str, Sequence[Flaw]]] = {
    CUSTOMERS: (
        *flaws.text_messes("客户名称"),
        *flaws.phone_messes("电话"),
        *flaws.mail_messes("邮箱"),
        *flaws.date_messes("成立日期"),
        *flaws.CREDIT_MESSES,
        flaws.text_messes("行业")[0],
        flaws.text_messes("地区")[1],
        Flaw("formula_like_text", "备注", lambda r, value, known: f"={value}"),
    ),
    CONTACTS: (
        *flaws.text_messes("姓名"),
        *flaws.phone_messes("手机"),
        *flaws.mail_messes("邮箱"),
        *flaws.date_messes("生日"),
        flaws.text_messes("客户编号")[0],
    ),
    DEALS: (
        *flaws.AMOUNT_MESSES,
        *flaws.PERCENT_MESSES,
        *flaws.date_messes("预计成交日期"),
        *flaws.text_messes("客户"),
        flaws.text_messes("阶段")[0],
    ),
}
"""What is spoiled without losing its meaning, in turn."""

PROBLEMS: Final[Mapping[str, Sequence[Flaw]]] = {
    CUSTOMERS: (
        flaws.missing("客户名称"),
        Flaw("code_twice", "客户编号", flaws.code_of_another),
        Flaw("name_twice", "客户名称", flaws.name_of_another),
        flaws.unknown_option("行业", "互联网+", "其它行业待定"),
        flaws.unknown_option("客户级别", "S", "VVIP"),
        flaws.bad_mail("邮箱"),
        *flaws.bad_phones("电话"),
        flaws.bad_date("成立日期"),
        Flaw("bad_credit_code", "统一社会信用代码", flaws.wrong_credit_code),
        flaws.error_cell("成立日期"),
    ),
    CONTACTS: (
        flaws.missing("姓名"),
        Flaw("unknown_customer", "客户编号", lambda r, v, k: f"KH9{r.randrange(10**6):06}"),
        flaws.bad_mail("邮箱"),
        *flaws.bad_phones("手机"),
        flaws.bad_date("生日"),
    ),
    DEALS: (
        flaws.missing("商机名称"),
        Flaw("unknown_customer", "客户", lambda r, v, k: f"{v}（已注销）"),
        Flaw("ambiguous_customer", "客户", flaws.name_borne_by_two),
        flaws.unknown_option("阶段", "再联系看看", "跟进中??"),
        Flaw(
            "bad_amount", "金额", lambda r, v, k: r.choice(("面议", "约50万", "待报价", "12.3.4"))
        ),
        flaws.bad_date("预计成交日期"),
        flaws.error_cell("金额"),
        Flaw("bad_percent", "赢率", lambda r, v, k: r.choice(("150%", "-20%"))),
    ),
}
"""What is spoiled for good, in turn."""


def customer_line(random: Random, customer: Customer) -> Line:
    """The row of `customer`."""
    street = f"{random.choice(words.STREETS)}{random.randrange(1, 999)}号"
    hobbies = random.sample(words.HOBBIES, random.choice((0, 1, 1, 1, 2)))
    return {
        "客户编号": customer.code,
        "客户名称": customer.name,
        "行业": customer.industry,
        "地区": customer.city.region,
        "客户级别": random.choices(words.LEVELS, (2, 5, 3))[0],
        "客户来源": random.choice(words.SOURCES),
        "电话": customer.phone,
        "邮箱": customer.mail,
        "地址": f"{customer.city.name}市{street}",
        "统一社会信用代码": customer.credit_code,
        "负责人": random.choice(words.OWNERS),
        "成立日期": customer.founded,
        "公司规模": random.choice(words.SIZES),
        "兴趣爱好": "、".join(hobbies) or None,
        "备注": random.choice(words.REMARKS) if random.random() < 0.3 else None,
    }


def contact_lines(random: Random, known: Known, count: int, today: date) -> Iterator[Line]:
    """`count` rows of people who work for known customers."""
    for _ in range(count):
        customer = random.choice(known.linkable)
        name, sound = invented.person(random)
        yield {
            "姓名": name,
            "客户编号": customer.code,
            "职务": random.choice(words.POSITIONS),
            "手机": invented.mobile(random),
            "邮箱": f"{sound}{random.randrange(100)}@{customer.domain}",
            "生日": today - timedelta(days=random.randrange(8000, 21000)),
            "是否决策人": random.choice(("是", "否", "否")),
            "备注": random.choice(words.REMARKS) if random.random() < 0.15 else None,
        }


def deal_lines(random: Random, known: Known, count: int, today: date) -> Iterator[Line]:
    """`count` rows of deals with known customers."""
    for number in range(1, count + 1):
        customer = random.choice(known.linkable)
        stage = random.choices(range(len(words.STAGES)), (30, 22, 17, 12, 10, 9))[0]
        closed = stage >= 4
        days = random.randrange(-365, 0) if closed else random.randrange(-20, 200)
        yield {
            "商机编号": f"SJ{number:06}",
            "商机名称": f"{customer.short}{random.choice(words.PRODUCTS)}项目",
            "客户": customer.name,
            "金额": invented.amount(random),
            "阶段": words.STAGES[stage],
            "预计成交日期": today + timedelta(days=days),
            "赢率": Decimal(words.CHANCES[stage]),
            "来源": random.choice(words.SOURCES),
            "负责人": random.choice(words.OWNERS),
            # All of this column are bare day numbers, as old systems leave them.
            "创建日期": flaws.day_number(today - timedelta(days=random.randrange(366, 900))),
            "备注": random.choice(words.REMARKS) if random.random() < 0.2 else None,
        }
