"""Writes the demo book: a realistic, dirty workbook of customers, contacts and deals.

    python examples/demo_workbook.py --rows 2000 --seed 20250630 crmcore-demo.xlsx

With 20,000 customers the book has 59,000 rows. The same arguments give the same file.
"""

from __future__ import annotations

import argparse

from crmcore.cli.demo import FEWEST_CUSTOMERS, MESSES, PROBLEMS, write_demo_workbook


def main() -> None:
    """Writes the book and says what was planted into it."""
    parser = argparse.ArgumentParser(description="Write a dirty demo workbook.")
    parser.add_argument("path", nargs="?", default="crmcore-demo.xlsx")
    parser.add_argument(
        "--rows", type=int, default=2000, help=f"customers, at least {FEWEST_CUSTOMERS}"
    )
    parser.add_argument("--seed", type=int, default=20250630)
    arguments = parser.parse_args()
    if arguments.rows < FEWEST_CUSTOMERS:
        parser.error(f"--rows must be at least {FEWEST_CUSTOMERS}")
    truth = write_demo_workbook(arguments.path, customers=arguments.rows, seed=arguments.seed)
    for sheet, rows in truth.rows.items():
        print(f"{sheet}: {rows} rows, {truth.good_rows(sheet)} of them without problem")
    counts = truth.counts()
    for kinds, title in ((PROBLEMS, "problems"), (MESSES, "odd, but readable")):
        print(f"{title}:")
        for kind, sentence in kinds.items():
            print(f"  {counts.get(kind, 0):6}  {kind:20}{sentence}")


if __name__ == "__main__":
    main()
