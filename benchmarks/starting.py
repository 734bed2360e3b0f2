"""Starting: what `import crmcore` takes in a fresh process.

python benchmarks/starting.py STATEMENT
"""

from __future__ import annotations

import json
import sys
import time
from pathlib import Path

STATEMENTS = (
    "import crmcore",
    "import attrs, cattrs",
    "from crmcore import open_workspace",
)


def start(_folder: Path, sizes: Sizes) -> Answer:
    """`import crmcore`, against what it stands on."""
    found = alone_in_turns(max(sizes.rounds, 7), *(("starting", one) for one in STATEMENTS))
    ours, theirs, whole = (one["seconds"] for one in found)
    return Answer(
        [
            Figure(STATEMENTS[0], STATEMENTS[1], ours, theirs, 1.5),
            Figure(STATEMENTS[2], STATEMENTS[1], whole, theirs, 1.5),
        ]
    )


if __name__ == "__main__":
    began = time.process_time()
    exec(sys.argv[1])  # noqa: S102 - one of the statements above
    print(json.dumps({"seconds": time.process_time() - began}))
else:
    from measuring import Answer, Figure, Sizes, alone_in_turns
