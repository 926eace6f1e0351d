"""The texts of findings: every code has a message in English and in Chinese, with the same values."""

import json
import re
from dataclasses import asdict
from functools import cache
from string import Formatter

import pytest

from composer.errors import Finding
from composer.messages import finding_texts
from composer.messages.finding_texts import MESSAGES
from composer.messages.phrases import phrase
from tests.web.translation_catalogue import CATALOGUES, ROOT, read, texts

PLACES = ("composer/", "cli/")  # of the texts of findings
CHINESE = {str(message.id): str(message.string) for message in read(CATALOGUES / "zh_Hans" / "LC_MESSAGES" / "django.po")}
# What only a programmer would understand: a list or a text as Python writes it, a format specification, a path of a server.
PYTHON = re.compile(r"\['|'\]|\{'|'\}|!r\b|\{\w*:[^ }]*\}|\bis not None\b|\bTrue\b|\bFalse\b|<class |Traceback|__\w+__")
SERVER_PATH = re.compile(r"(?:^|[\s“\"`(])/(?:home|root|srv|var|usr|etc|opt|tmp|work)\b")
# Markdown, YAML and file names, and their characters by name. Where the console shows a finding, it replaces commands.
SYNTAX = re.compile(
    r"`|\*\*|\]\(|:::|\b(?:asterisks?|backslash|braces?|brackets?|colons?|markup|the head|the key|issue\.md)\b|images/|docs/"
)
COMMAND = re.compile(r"`mailroom [^`]*`")
ABOUT_THEME = re.compile(r"\btheme|\btemplate|\bmjml|\bCSS\b|\bstyle block|media\.css", re.I)


@cache
def templates() -> list[str]:
    return sorted(text for text, file in texts().items() if file.startswith(PLACES))


def values_of(template: str) -> set[str]:
    return {name for _, name, _, _ in Formatter().parse(template) if name is not None}


def test_no_text_has_python_syntax_or_a_path_of_the_server() -> None:
    assert [template for template in templates() if PYTHON.search(template) or SERVER_PATH.search(template)] == []


def test_every_text_has_its_chinese_with_the_same_values() -> None:
    assert [each for each in templates() if values_of(CHINESE.get(each, "")) != values_of(each)] == []


@pytest.mark.parametrize("code", MESSAGES)
def test_every_finding_has_a_message_in_english_and_in_chinese(code: str) -> None:
    message, _ = finding_texts.text(code, {"problem": phrase("a value changes the markup")}, lambda text: CHINESE.get(text, text))
    assert re.search("[\u4e00-\u9fff]", message)
    assert finding_texts.text(code, {"problem": "x"})[0].isprintable()


def test_people_who_use_the_editor_read_no_syntax_of_the_source() -> None:
    """A finding whose text has syntax declares what people do in the editor, unless only the theme's designer can do something."""
    of_authors = {code: texts for code, texts in MESSAGES.items() if not ABOUT_THEME.search(" ".join((code, *texts[:2])))}
    assert [code for code, texts in of_authors.items() if SYNTAX.search(COMMAND.sub("", " ".join(texts.in_editor)))] == []
    needed = {code for code, texts in of_authors.items() if SYNTAX.search(" ".join(texts[:2]))}
    assert {"link-bare", "markup-left", "profile-name", "postal-address", "image-missing"} <= needed, "the rule finds something"


def test_every_phrase_is_a_literal_so_that_the_catalogue_finds_it() -> None:
    for file in (each for place in PLACES for each in (ROOT / place).rglob("*.py")):
        for call in re.findall(r"(?<!def )\bphrase\(\s*(.)", file.read_text(encoding="utf-8")):
            assert call in "\"'", file


def test_a_phrase_inside_a_finding_is_translated_with_its_values_and_its_own_phrases() -> None:
    part = phrase("the plain-text part")
    finding = Finding("tokens", params={"problem": phrase("{tag} is only in {part}", tag="-mr_x-", part=part)}, variant="en")
    assert str(finding).startswith("tokens: -mr_x- is only in the plain-text part — ")
    chinese = {
        "{tag} is only in {part}": "{tag} 只在{part}中", "the plain-text part": "纯文本部分",
        finding_texts.IN_VARIANT: "{text}（仅 {variant}）",
    }  # fmt: skip
    said = finding.shown(lambda text: chinese.get(text, text))
    assert said.startswith("tokens: -mr_x- 只在纯文本部分中 — ")
    assert said.endswith("（仅 en）")


def test_a_stored_finding_keeps_its_phrases() -> None:
    finding = Finding("outlook-width", params={"problem": phrase("{element} {width} pixels wide", element="a", width=1200)})
    stored = Finding(**json.loads(json.dumps(asdict(finding))))
    assert str(stored) == str(finding)
    assert "a 1,200 pixels wide is too wide" in str(stored)
    assert "宽" in stored.shown(lambda text: "{element}宽 {width}" if text.startswith("{element}") else text)


def test_a_stored_finding_whose_phrase_was_a_plain_text_is_shown_as_it_is() -> None:
    assert "its old words" in str(Finding("subject", params={"problem": "its old words"}))


def test_no_text_is_looked_up_where_a_hint_is_empty() -> None:
    asked: list[str] = []

    def translate(text: str) -> str:
        asked.append(text)
        return text

    finding_texts.text("key-unknown", {"key": "x"}, translate)
    assert asked == ["there is no key “{key}”"], "gettext returns the header of the catalogue for an empty text"
