"""The command line: `crmcore demo`, `import`, `find`, `report`, `undo`, and the rest."""

from __future__ import annotations

import os
import sys
from collections.abc import Sequence

from crmcore.cli.exits import MISSING
from crmcore.cli.language import spoken
from crmcore.errors import MissingExtra


def main(argv: Sequence[str] | None = None) -> int:
    """Run one command (the words behind `crmcore`) and answer its exit code.

    Exit codes: see `crmcore.cli.exits`. Never raises for what a person did.
    """
    words = list(sys.argv[1:] if argv is None else argv)
    try:
        import click as _click
        import rich as _rich
    except ImportError as error:
        package = (error.name or "click").partition(".")[0]
        refusal = MissingExtra("missing_extra", package=package, extra="cli")
        print(refusal.message(spoken(words, os.environ)), file=sys.stderr)
        return MISSING
    del _click, _rich
    from crmcore.cli.program import run

    return run(words)
