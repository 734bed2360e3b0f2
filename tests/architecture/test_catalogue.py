"""Every refusal has its sentence in both languages, and the check of that can fail."""

from __future__ import annotations

import pytest
from tests.architecture import catalogue
from tests.architecture.exceptions import EXCEPTIONS
from tests.architecture.sources import Source, snippet, sources, verdict

from crmcore.errors.messages import CATALOGUE

SENTENCES = "crmcore/errors/messages/kinds.py"


def test_every_code_has_its_sentences_and_every_sentence_its_words() -> None:
    problems = verdict(catalogue.all_findings(sources()), EXCEPTIONS)
    assert not problems, f"\n{problems}"


def test_every_page_of_sentences_is_part_of_the_catalogue() -> None:
    written, _ = catalogue._catalogue(sources())
    assert sorted(written) == sorted(CATALOGUE)


def _files(code: str, *sentences: tuple[str, str, str]) -> list[Source]:
    written = {name: (english, chinese) for name, english, chinese in sentences}
    return [
        snippet(f"MESSAGES: dict[str, tuple[str, str]] = {written!r}", SENTENCES),
        snippet("class CrmError(Exception): ...", "crmcore/errors/classes.py"),
        snippet("class Invalid(CrmError): ...", "crmcore/errors/more.py"),
        snippet(code, "crmcore/example.py"),
    ]


GOOD = ("bad", "{value} is bad", "{value} 不对")


@pytest.mark.parametrize(
    "code",
    [
        "raise Invalid('bad', value=1)",
        "raise errors.Invalid('bad', value=1, field='x')",
        "raise Invalid('bad', **params)",
        "raise Invalid([Problem('bad', {'value': 1}, field='x')])",
        "raise Invalid('bad' if x else 'bad', value=1)",
        "def no(code, **p):\n    return Invalid(code, **p)\nno('bad', value=1)",
        "def no(code, v):\n    return Invalid(code, value=v)\nno('bad', 1)",
        "def no(code, v):\n    return Problem(code, {'value': v})\nno('bad', 1)",
        "def no(code, p):\n    return Problem(code, p)\nno('bad', {'value': 1})",
        "def no(code, v, **p):\n    return Invalid(code, value=v, **p)\nno('bad', 1)",
        "class K:\n    def no(self, code, v): raise Invalid(code, value=v)\nk.no('bad', 1)",
    ],
)
def test_a_code_with_its_words_passes(code: str) -> None:
    assert not catalogue.all_findings(_files(code, GOOD))


@pytest.mark.parametrize(
    ("code", "rule"),
    [
        ("raise Invalid('worse')\nx = 'bad'", "no-sentence"),
        ("raise errors.Invalid('worse')\nx = 'bad'", "no-sentence"),
        ("Problem('worse')\nx = 'bad'", "no-sentence"),
        ("Problem(code='worse')\nx = 'bad'", "no-sentence"),
        ("Invalid('bad' if x else 'worse', value=1)", "no-sentence"),
        ("class Odd(Invalid): ...\nOdd('worse')\nx = 'bad'", "no-sentence"),
        ("def no(code):\n    raise Invalid(code)\nno('worse')\nx = 'bad'", "no-sentence"),
        (
            "class K:\n    def no(self, code): raise Invalid(code)\nk.no('worse')\n'bad'",
            "no-sentence",
        ),
        ("raise Invalid('bad')", "unfilled-sentence"),
        ("raise Invalid('bad', field='value')", "unfilled-sentence"),
        ("Problem('bad')", "unfilled-sentence"),
        ("Problem('bad', {'other': 1})", "unfilled-sentence"),
        ("def no(code, **p):\n    return Invalid(code, **p)\nno('bad', v=1)", "unfilled-sentence"),
        ("def no(code, v):\n    return Invalid(code, v=v)\nno('bad', 1)", "unfilled-sentence"),
        (
            "def no(code, v, **p):\n    return Problem(code, {'v': v, **p})\nno('bad', 1)",
            "unfilled-sentence",
        ),
        ("x = 1", "unused-sentence"),
    ],
)
def test_a_code_without_its_words_is_seen(code: str, rule: str) -> None:
    assert [finding.rule for finding in catalogue.all_findings(_files(code, GOOD))] == [rule]


def test_a_composed_code_belongs_to_its_sentence() -> None:
    not_phone = ("not_phone", "{value} is no phone", "{value} 不是电话")
    assert not catalogue.all_findings(_files("raise Invalid(f'not_{name}', **p)", not_phone))
    short = catalogue.all_findings(_files("x = f'{name}'", not_phone))
    other = catalogue.all_findings(_files("x = f'bad_{name}'", not_phone))
    assert [finding.rule for finding in short + other] == ["unused-sentence"] * 2


def test_a_word_may_have_a_chinese_form_of_its_own() -> None:
    reason = ("bad", "{reason}", "{reason_zh}")
    code = "raise Invalid('bad', reason=1, reason_zh=2)"
    assert not catalogue.all_findings(_files(code, reason))
    half = catalogue.all_findings(_files("raise Invalid('bad', reason=1)", reason))
    assert [finding.rule for finding in half] == ["unfilled-sentence"]


def test_a_code_handed_to_an_imported_function_is_seen() -> None:
    files = _files("from crmcore.deny import no\nno('worse')\nx = 'bad'", GOOD)
    files.append(snippet("def no(code):\n    raise Invalid(code)", "crmcore/deny.py"))
    assert [finding.rule for finding in catalogue.all_findings(files)] == ["no-sentence"]


@pytest.mark.parametrize(
    "sentence",
    [
        ("bad", "", "{value} 不对"),
        ("bad", "{value} 不对", "{value} 不对"),
        ("bad", "{value} is bad", "{value} is bad"),
        ("bad", "{value} is bad", "{wert} 不对"),
        ("bad", "{field} is bad", "{field} 不对"),
        ("bad", "{value.secret} is bad", "{value.secret} 不对"),
        ("bad", "{value[0]} is bad", "{value[0]} 不对"),
        ("bad", "{value:>10} is bad", "{value:>10} 不对"),
        ("bad", "{} is bad", "{} 不对"),
        ("bad", "{value is bad", "{value 不对"),
        ("Bad Code", "{value} is bad", "{value} 不对"),
    ],
)
def test_a_bad_sentence_is_seen(sentence: tuple[str, str, str]) -> None:
    files = _files(f"code = {sentence[0]!r}", sentence)
    assert {finding.rule for finding in catalogue.all_findings(files)} == {"sentence"}


def test_a_code_that_stands_twice_is_seen() -> None:
    files = _files("raise Invalid('bad', value=1)", GOOD)
    files.append(snippet(files[0].text, "crmcore/errors/messages/work.py"))
    assert [finding.rule for finding in catalogue.all_findings(files)] == ["sentence"]
