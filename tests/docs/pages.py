"""Pages of Markdown as programs: Python blocks share names, console blocks are run."""

from __future__ import annotations

import os
import re
import shlex
import subprocess
import sys
from pathlib import Path

ROOT = Path(__file__).parents[2]
_BLOCK = re.compile(r"^```(\w+)[^\n]*\n(.*?)^```$", re.MULTILINE | re.DOTALL)


def pages() -> list[Path]:
    """Every page whose code is run: the READMEs and docs, but decisions and reference."""
    found = [ROOT / "README.md", ROOT / "README.zh.md", *sorted((ROOT / "docs").rglob("*.md"))]
    left_out = {"decisions", "reference"}
    return [page for page in found if not left_out & set(page.relative_to(ROOT).parts)]


def run(page: Path, folder: Path) -> int:
    """Run the blocks of `page` in `folder`; how many there were."""
    text = page.read_text(encoding="utf-8")
    names: dict[str, object] = {"__name__": f"page_{page.stem}"}
    count = 0
    for block in _BLOCK.finditer(text):
        language, code = block.groups()
        line = text[: block.start()].count("\n") + 1
        if language == "python":
            # Lines of the page are lines of the traceback.
            padded = "\n" * line + code
            exec(compile(padded, str(page), "exec"), names)  # noqa: S102
            count += 1
        elif language == "console":
            _console(code, folder, f"{page.name}:{line}")
            count += 1
    return count


def _console(code: str, folder: Path, place: str) -> None:
    shown = ""
    for line in code.splitlines():
        if line.startswith("$ "):
            shown = _command(line.removeprefix("$ "), folder, place)
        elif line.strip() and line.strip() != "…":
            assert line.strip() in shown, f"{place}: {line!r} is not printed; there was:\n{shown}"


def _command(line: str, folder: Path, place: str) -> str:
    words = shlex.split(line, comments=True)
    binary = Path(sys.executable).parent / words[0]
    done = subprocess.run(
        [str(binary), *words[1:]],
        cwd=folder,
        env={**os.environ, "NO_COLOR": "1", "COLUMNS": "200", "LC_ALL": "C.UTF-8", "LANG": ""},
        stdin=subprocess.DEVNULL,
        capture_output=True,
        timeout=240,
        check=False,
    )
    shown = (done.stdout + done.stderr).decode()
    assert "Traceback" not in shown, f"{place}: {shown}"
    return shown
