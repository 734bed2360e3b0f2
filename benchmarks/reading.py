"""Reading a workbook and a delimited text of 100,000 × 20 cells, against other readers.

    python benchmarks/reading.py [--rows N] [--rounds N] [--only NAME,…]

Each reader runs in a process of its own, interleaved; printed are medians of CPU seconds and of
peak memory, and the ratio to openpyxl in read-only mode (to the csv module for text). Every
reader visits every row. The workbook has shared texts, as spreadsheet programs write them:
names, phones, mails, choices, remarks, integers, amounts, dates and percentages.
"""

from __future__ import annotations

import argparse
import csv
import io
import json
import random
import statistics
import subprocess
import sys
import tempfile
import zipfile
from collections.abc import Iterator
from pathlib import Path
from xml.sax.saxutils import escape

MAIN = "http://schemas.openxmlformats.org/spreadsheetml/2006/main"
OFFICE = "http://schemas.openxmlformats.org/officeDocument/2006/relationships"
PACKAGE = "http://schemas.openxmlformats.org/package/2006/relationships"
COLUMNS = 20
LETTERS = "ABCDEFGHIJKLMNOPQRST"
REGIONS = ("华东", "华北", "华南", "西南", "西北")
READERS = {
    "crmcore xlsx": ("book.xlsx", "crmcore"),
    "openpyxl read-only": ("book.xlsx", "openpyxl"),
    "calamine iter_rows": ("book.xlsx", "calamine"),
    "crmcore csv": ("text.csv", "crmcore"),
    "crmcore csv gb18030": ("text-gb.csv", "crmcore"),
    "csv module": ("text.csv", "csv"),
}
BASES = {"book.xlsx": "openpyxl read-only", "text.csv": "csv module", "text-gb.csv": "csv module"}

STYLES = f"""<styleSheet xmlns="{MAIN}"><numFmts count="1">
<numFmt numFmtId="164" formatCode="yyyy\\-mm\\-dd"/></numFmts><fonts count="1"><font/></fonts>
<fills count="1"><fill><patternFill patternType="none"/></fill></fills>
<borders count="1"><border/></borders><cellStyleXfs count="1"><xf/></cellStyleXfs>
<cellXfs count="3"><xf numFmtId="0"/><xf numFmtId="164"/><xf numFmtId="9"/></cellXfs>
<cellStyles count="1"><cellStyle name="Normal" xfId="0" builtinId="0"/></cellStyles>
</styleSheet>"""


def cells(row: int, draw: random.Random) -> Iterator[tuple[str, str | None]]:
    """Texts, and numbers with their style, of one row."""
    for _ in range(COLUMNS // 10):
        yield f"客户有限公司{row}-{draw.randrange(10**6)}", None
        yield draw.choice(REGIONS), None
        yield f"1380013{draw.randrange(10_000):04}", None
        yield str(draw.randrange(10**6)), ""
        yield f"{draw.random() * 1e5:.2f}", ""
        yield str(44_000 + draw.randrange(1_500)), ' s="1"'
        yield f"user{row}@example.com", None
        yield f"0.{draw.randrange(1, 100):02}", ' s="2"'
        yield "已成交" if row % 3 else "跟进中", None
        yield f"备注 {draw.randrange(10**5)} some text", None


def make_files(folder: Path, rows: int) -> None:
    """The same rows as a workbook and as delimited text."""
    draw = random.Random(1)
    shared: dict[str, int] = {}
    text = io.TextIOWrapper((folder / "text.csv").open("wb"), "utf-8", newline="")
    lines = csv.writer(text)
    with zipfile.ZipFile(folder / "book.xlsx", "w", zipfile.ZIP_DEFLATED) as package:
        for name, data in plain_parts().items():
            package.writestr(name, data)
        with package.open("xl/worksheets/sheet1.xml", "w", force_zip64=True) as part:
            part.write(f'<worksheet xmlns="{MAIN}"><sheetData>'.encode())
            for row in range(1, rows + 1):
                values = list(cells(row, draw))
                lines.writerow([value for value, _ in values])
                part.write(row_xml(row, values, shared).encode())
            part.write(b"</sheetData></worksheet>")
        with package.open("xl/sharedStrings.xml", "w", force_zip64=True) as part:
            part.write(f'<sst xmlns="{MAIN}">'.encode())
            for value in shared:
                part.write(f"<si><t>{escape(value)}</t></si>".encode())
            part.write(b"</sst>")
    text.close()
    with (folder / "text-gb.csv").open("wb") as out, (folder / "text.csv").open("rb") as source:
        for line in source:
            out.write(line.decode().encode("gb18030"))


def row_xml(row: int, values: list[tuple[str, str | None]], shared: dict[str, int]) -> str:
    """One row as a spreadsheet program writes it."""
    inner = "".join(
        f'<c r="{letter}{row}" t="s"><v>{shared.setdefault(value, len(shared))}</v></c>'
        if style is None
        else f'<c r="{letter}{row}"{style}><v>{value}</v></c>'
        for letter, (value, style) in zip(LETTERS, values, strict=True)
    )
    return f'<row r="{row}" spans="1:{COLUMNS}">{inner}</row>'


def plain_parts() -> dict[str, str]:
    """Everything but rows and texts."""
    kinds = ("worksheet", "worksheets/sheet1"), ("sharedStrings",) * 2, ("styles",) * 2
    related = "".join(
        f'<Relationship Id="r{n}" Type="{OFFICE}/{kind}" Target="{target}.xml"/>'
        for n, (kind, target) in enumerate(kinds)
    )
    types = "application/vnd.openxmlformats-officedocument.spreadsheetml"
    overrides = "".join(
        f'<Override PartName="/xl/{name}.xml" ContentType="{types}.{kind}+xml"/>'
        for name, kind in (
            ("workbook", "sheet.main"),
            ("worksheets/sheet1", "worksheet"),
            ("sharedStrings", "sharedStrings"),
            ("styles", "styles"),
        )
    )
    return {
        "[Content_Types].xml": '<Types xmlns="http://schemas.openxmlformats.org/package/2006/'
        'content-types"><Default Extension="rels" ContentType="application/vnd.openxmlformats-'
        f'package.relationships+xml"/>{overrides}</Types>',
        "_rels/.rels": f'<Relationships xmlns="{PACKAGE}"><Relationship Id="r1" '
        f'Type="{OFFICE}/officeDocument" Target="xl/workbook.xml"/></Relationships>',
        "xl/workbook.xml": f'<workbook xmlns="{MAIN}" xmlns:r="{OFFICE}"><sheets>'
        '<sheet name="Data" sheetId="1" r:id="r0"/></sheets></workbook>',
        "xl/_rels/workbook.xml.rels": f'<Relationships xmlns="{PACKAGE}">{related}</Relationships>',
        "xl/styles.xml": STYLES,
    }


READ = """
import json, resource, sys, time
path, reader = sys.argv[1:]
began = time.process_time()
count = 0
if reader == "crmcore":
    from crmcore.importing.sources import open_source
    with open_source(path) as source:
        for row in source.rows():
            count += len(row.cells)
elif reader == "openpyxl":
    import openpyxl
    sheet = openpyxl.load_workbook(path, read_only=True, data_only=True).worksheets[0]
    sheet.reset_dimensions()
    for row in sheet.iter_rows(values_only=True):
        count += len(row)
elif reader == "calamine":
    import python_calamine
    for row in python_calamine.CalamineWorkbook.from_path(path).get_sheet_by_index(0).iter_rows():
        count += len(row)
else:
    import csv
    with open(path, encoding="utf-8-sig", newline="") as text:
        for row in csv.reader(text):
            count += len(row)
seconds = time.process_time() - began
peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024
if sys.platform == "linux":
    with open("/proc/self/status") as status:
        peak = next(int(x.split()[1]) for x in status if x.startswith("VmHWM")) / 1024
print(json.dumps({"cells": count, "seconds": seconds, "peak": peak}))
"""


def measure(path: Path, reader: str) -> dict[str, float]:
    """One reader in a process of its own."""
    done = subprocess.run(
        [sys.executable, "-W", "ignore", "-c", READ, str(path), reader],
        capture_output=True,
        text=True,
        check=True,
    )
    found: dict[str, float] = json.loads(done.stdout)
    return found


def main() -> None:
    """Make the files, measure every reader, print the table."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0] if __doc__ else "")
    parser.add_argument("--rows", type=int, default=100_000)
    parser.add_argument("--rounds", type=int, default=3)
    parser.add_argument("--only", default=",".join(READERS))
    options = parser.parse_args()
    names = options.only.split(",")
    with tempfile.TemporaryDirectory() as made:
        folder = Path(made)
        make_files(folder, options.rows)
        found: dict[str, list[dict[str, float]]] = {name: [] for name in names}
        for _ in range(options.rounds):
            for name in names:
                file, reader = READERS[name]
                found[name].append(measure(folder / file, reader))
                assert found[name][-1]["cells"] == options.rows * COLUMNS
    medians = {
        name: {key: statistics.median(run[key] for run in runs) for key in ("seconds", "peak")}
        for name, runs in found.items()
    }
    print(f"{options.rows:,} rows of {COLUMNS} cells, median of {options.rounds}")
    for name, figures in medians.items():
        base = medians.get(BASES[READERS[name][0]], figures)
        ratio = figures["seconds"] / base["seconds"]
        print(f"{name:22} {figures['seconds']:8.2f} s {figures['peak']:8.0f} MB {ratio:6.2f}×")


if __name__ == "__main__":
    main()
