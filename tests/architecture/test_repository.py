"""No file names a package registry or a place on somebody's machine."""

from __future__ import annotations

import re
import subprocess

import pytest
from tests.architecture.sources import ROOT

REGISTRY = re.compile(
    r"pypi[.]org|pythonhosted[.]org|npmjs[.](org|com)|yarnpkg[.]com|debian[.]org|ubuntu[.]com"
    r"|conda[.]io|anaconda[.]org|crates[.]io|proxy[.]golang|(pypi|mirrors?)[.][a-z-]+[.](cn|com|edu)"
    r"|--?(extra-)?index-url|--find[-]links",
    re.IGNORECASE,
)
MACHINE = re.compile(
    r"(?<![\w.*}$>/-])(/work|/root|/opt/pypi|/home/\w+|/Users/\w+|/mnt/\w+)(?=[/\s'\"`]|$)"
    r"|[A-Z]:\\+Users\\",
    re.MULTILINE,
)


def _named(text: str) -> list[str]:
    return [
        f"{text.count(chr(10), 0, match.start()) + 1}: {match.group(0)!r}"
        for pattern in (REGISTRY, MACHINE)
        for match in pattern.finditer(text)
    ]


def test_no_file_names_a_registry_or_a_machine() -> None:
    listing = subprocess.run(
        ["git", "ls-files", "-z", "--cached", "--others", "--exclude-standard"],
        cwd=ROOT,
        capture_output=True,
        check=True,
    )
    names = listing.stdout.decode().rstrip("\0").split("\0")
    assert "pyproject.toml" in names
    found = []
    for name in names:
        file = ROOT / name
        if file.is_file():
            text = file.read_bytes().decode("utf-8", errors="ignore")
            found += [f"{name}:{hit}" for hit in _named(text)]
    assert not found, "\n" + "\n".join([*found[:40], f"{len(found)} in all"])


@pytest.mark.parametrize(
    "parts",
    [
        ("https://py", "pi.org/simple"),
        ("files.python", "hosted.org"),
        ("registry.npm", "js.org"),
        ("https://mirrors.", "aliyun.com"),
        ("--index", "-url x"),
        ("--extra-index", "-url x"),
        ("cd /wo", "rk/main"),
        ("'/ro", "ot/.venv'"),
        ("open('/home", "/anna/x')"),
        ("C:\\", "Users\\anna"),
    ],
)
def test_a_named_registry_or_machine_is_seen(parts: tuple[str, str]) -> None:
    assert _named("".join(parts))


@pytest.mark.parametrize(
    "text", ["src/crmcore/work/unit.py", "the network/work balance", "pip install crmcore[all]"]
)
def test_what_names_neither_passes(text: str) -> None:
    assert not _named(text)
