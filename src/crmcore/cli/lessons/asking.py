"""Help of the commands that ask."""

from __future__ import annotations

from typing import Final

from crmcore.cli.lessons.lesson import Lesson, Pair, example, lesson

MODULE: Final[Pair] = (
    "A module, by name or label: account, 客户.",
    "模块，名称或标签：account、客户。",
)
WHERE: Final[Pair] = (
    "A condition: \"区域 == '华东' and 金额 > 100万\"; 且/或/非 work too.",
    "条件：\"区域 == '华东' 且 金额 > 100万\"；and/or/not 亦可。",
)
COLUMNS: Final[Pair] = (
    "Columns, with commas between them; dots follow links: title, account.region.",
    "列，以逗号分隔；点号沿关联取值：标题, 客户.区域。",
)
ORDER: Final[Pair] = ('Order: "金额 desc, 名称".', "排序：“金额 desc, 名称”。")
AS_OF: Final[Pair] = (
    "Ask of the past: a day (its end), a moment, or a position.",
    "查询过去：日期（当日结束时）、时刻或位置号。",
)

FIND: Final[Lesson] = lesson(
    "List records that fulfil a condition.",
    "列出符合条件的记录。",
    {
        "module": MODULE,
        "where": WHERE,
        "columns": COLUMNS,
        "order": ORDER,
        "limit": (
            "At most so many records (default 50; 0: all).",
            "最多列出多少条（默认 50；0 表示全部）。",
        ),
        "after": ("Go on behind this cursor of the page before.", "从上一页给出的游标之后继续。"),
        "as_of": AS_OF,
    },
    (
        example("crmcore find 客户 \"区域 == '华东'\"", "customers in the east", "华东的客户"),
        example(
            'crmcore find 商机 "金额 >= 10万" --columns 商机名称,客户,金额 --order "金额 desc"',
            "big deals, biggest first",
            "大额商机，从大到小",
        ),
        example(
            "crmcore find account --as-of 2025-06-30", "as it was that evening", "当天结束时的样子"
        ),
    ),
)

REPORT: Final[Lesson] = lesson(
    "Groups and figures over the records of a module.",
    "按字段分组汇总。",
    {
        "module": MODULE,
        "by": ("Group by these fields; dots follow links.", "按这些字段分组；点号沿关联取值。"),
        "bucket": (
            "Cut the date that is grouped by: day, week, month, quarter, year, weekday, hour.",
            "把日期按 day/week/month/quarter/year/weekday/hour（日/周/月/季/年/星期/小时）分段。",
        ),
        "count": ("How many records (the default figure).", "记录数（默认）。"),
        "count_distinct": ("How many different values of a field.", "字段不同取值的个数。"),
        "sum": ("The sum of a field.", "字段合计。"),
        "avg": ("The average of a field.", "字段平均。"),
        "min": ("The smallest value of a field.", "字段最小值。"),
        "max": ("The largest value of a field.", "字段最大值。"),
        "where": WHERE,
        "top": ("Only the N groups with the largest first figure.", "只要第一个指标最大的 N 组。"),
        "total": ("A last row over everything.", "末行加总计。"),
        "chart": ("Write a chart: out.svg or out.html.", "输出图表：out.svg 或 out.html。"),
        "kind": ("Which chart: bar, line or funnel.", "图表类型：bar、line 或 funnel。"),
        "as_of": AS_OF,
    },
    (
        example("crmcore report 商机 --by 阶段 --sum 金额", "the sales funnel", "销售漏斗"),
        example(
            "crmcore report 商机 --by 签约日期 --bucket month --sum 金额 --chart trend.svg",
            "sales by month, with a chart",
            "按月汇总并画图",
        ),
        example(
            "crmcore report 商机 --by 客户 --sum 金额 --top 10",
            "the ten top accounts",
            "前十大客户",
        ),
    ),
)

DESCRIBE: Final[Lesson] = lesson(
    "Show the modules, or the fields and options of one.",
    "查看有哪些模块，或某个模块的字段与选项。",
    {"module": ("A module; all modules without it.", "模块；不给则列出全部。")},
    (
        example("crmcore describe", "all modules, with how many records", "全部模块及记录数"),
        example("crmcore describe 客户", "the fields of customers", "客户的字段"),
    ),
)

EXPORT: Final[Lesson] = lesson(
    "Write records into a file: .csv, .xlsx or .json.",
    "把记录写入文件：.csv、.xlsx 或 .json。",
    {
        "module": MODULE,
        "file": ("The file; its ending says the form.", "文件；由扩展名决定格式。"),
        "where": WHERE,
        "columns": COLUMNS,
        "order": ORDER,
        "as_of": AS_OF,
        "force": ("Replace a file that is there.", "替换已有文件。"),
    },
    (
        example("crmcore export 客户 customers.xlsx", "all customers", "全部客户"),
        example(
            "crmcore export 商机 won.csv \"阶段 == '赢单'\"", "deals that were won", "已赢单的商机"
        ),
    ),
    (
        "Text that a spreadsheet would run as a formula is made harmless;"
        " importing the file back gives the same.",
        "会被电子表格当作公式执行的文本已作无害处理；再导入回来内容相同。",
    ),
)
