"""Documents in files: one file, or a folder of them, of which each holds a part."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Final

from crmcore.errors import Problem, SchemaError
from crmcore.evolving.document import VERSION, Document, document_of, joined
from crmcore.evolving.formats import READERS, WRITERS
from crmcore.evolving.formats.scalars import MAX_CHARACTERS

MAX_FILES: Final = 2_000
_FORMATS: Final = {"yaml": ".yaml", "toml": ".toml", "json": ".json"}
FORMATS: Final = tuple(_FORMATS)
"""What a folder may be written as."""


def read_files(path: Path) -> Document:
    """The document in the file `path`, or in all files of the folder `path`.

    Raises `SchemaError`: `unknown_format_of_file`, `bad_file`, `no_definitions`, and what is
    no document; `MissingExtra` for YAML without PyYAML; `OSError`.
    """
    if path.is_dir():
        found = list(_files(path))
        if not found:
            raise SchemaError("no_definitions", name=path.name)
        return joined(_read(one, one.relative_to(path).as_posix()) for one in found)
    return _read(path, path.name)


def _files(folder: Path) -> Iterator[Path]:
    found = sorted(one for one in folder.rglob("*") if one.suffix in READERS and one.is_file())
    # Files of editors and of version control are nobody's definitions.
    shown = [one for one in found if not any(p[0] == "." for p in one.relative_to(folder).parts)]
    if len(shown) > MAX_FILES:
        raise SchemaError("too_many_files", limit=MAX_FILES)
    yield from shown


def _read(file: Path, name: str) -> Document:
    reader = READERS.get(file.suffix)
    if reader is None:
        known = ", ".join(READERS)
        raise SchemaError("unknown_format_of_file", name=name, known=known)
    try:
        if file.stat().st_size > 4 * MAX_CHARACTERS:
            raise SchemaError("bad_file", reason=f"> {MAX_CHARACTERS}")
        return document_of(reader(file.read_text("utf-8-sig")))
    except UnicodeDecodeError:
        raise SchemaError("bad_file_at", name=name, reason="UTF-8") from None
    except SchemaError as error:
        problems = [
            Problem("bad_file_at", {"name": name, "reason": one.params.get("reason")})
            if one.code == "bad_file"
            else one
            for one in error.problems
        ]
        raise SchemaError(problems) from None


def write_files(document: Document, path: Path, form: str = "yaml") -> tuple[Path, ...]:
    """Write `document` to the file `path` (by its ending), or into the folder `path`.

    A path without a known ending is a folder; it gets a file per module, and one for each
    other section, in `form`. Files of the same names are replaced. Answers what was written.
    """
    if path.suffix in WRITERS and not path.is_dir():
        _write(path, document.to_json())
        return (path,)
    ending = _FORMATS[form]
    made: list[Path] = []
    for name in document.sections:
        section = document.section(name) or {}
        parts: dict[str, dict[str, object]] = {name: {name: section}}
        if name == "modules":
            parts = {f"modules/{key}": {name: {key: section[key]}} for key in section}
        for place, data in parts.items():
            made.append(path / f"{place}{ending}")
            _write(made[-1], {"crmcore": VERSION, **data})
    return tuple(made)


def _write(file: Path, data: Mapping[str, object]) -> None:
    text = WRITERS[file.suffix](data)
    file.parent.mkdir(parents=True, exist_ok=True)
    draft = file.with_name(f".{file.name}.part")
    try:
        draft.write_text(text, "utf-8", newline="\n")
        draft.replace(file)
    finally:
        draft.unlink(missing_ok=True)
