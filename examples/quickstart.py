"""A small book becomes a CRM that can be asked, corrected and undone: python quickstart.py"""

from pathlib import Path

from crmcore import GroupBy, Measure, Summary, open_workspace
from crmcore.importing import import_file
from crmcore.schema.standard import standard_schema

BOOK = "客户编号,客户名称,地区,电话\nA1,甲公司,华东,138 0013 8000\nA2,乙公司,华南,010-65521234\n"


def main() -> None:
    """Import, ask, correct, undo."""
    Path("quickstart.csv").write_text(BOOK, encoding="utf-8")
    crm = open_workspace(schema=standard_schema())
    print(import_file(crm, "quickstart.csv").counts)
    with crm.work() as work:
        for account in work.find("客户", "地区 == '华南'"):
            work.update("客户", account, {"地区": "华东"})
    print(crm.summarize(Summary("客户", [GroupBy("地区")], [Measure("count")])))
    print(crm.undo(work.operation))
    print(crm.summarize(Summary("客户", [GroupBy("地区")], [Measure("count")])))


if __name__ == "__main__":
    main()
