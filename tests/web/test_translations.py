"""Every text of the pages has its Chinese, with the same places for values."""

from __future__ import annotations

import ast
import re
from pathlib import Path

import pytest
from babel.messages.mofile import write_mo
from babel.messages.pofile import read_po
from django.test import Client
from django.utils.translation import override, trans_real

ROOT = Path(__file__).resolve().parents[2]
CATALOGUE = ROOT / "config" / "locale" / "zh_Hans" / "LC_MESSAGES" / "django.po"
_TRANSLATE = re.compile(r'\{% translate "((?:[^"\\]|\\.)*)"')
_BLOCK = re.compile(r"\{% blocktranslate.*?%\}(.*?)\{% endblocktranslate %\}", re.DOTALL)


def texts() -> set[str]:
    found: set[str] = set()
    for file in (each for each in (ROOT / "templates" / "web").rglob("*") if each.is_file()):
        source = file.read_text(encoding="utf-8")
        found |= set(_TRANSLATE.findall(source))
        found |= {re.sub(r"\{\{ *(\w+) *\}\}", r"%(\1)s", block) for block in _BLOCK.findall(source)}
    for file in (ROOT / "web").rglob("*.py"):
        for node in ast.walk(ast.parse(file.read_text(encoding="utf-8"))):
            if isinstance(node, ast.Call) and getattr(node.func, "id", "") == "_" and isinstance(node.args[0], ast.Constant):
                found.add(node.args[0].value)
    return found


def catalogue():
    with CATALOGUE.open("rb") as file:
        return read_po(file, locale="zh_Hans", domain="django", abort_invalid=True)


def test_every_text_is_translated_and_nothing_else_is():
    known = {message.id: message.string for message in catalogue() if message.id}
    assert set(known) == texts()
    assert not [text for text, chinese in known.items() if not chinese]


def test_values_and_markup_have_their_places():
    for message in catalogue():
        for shape in (r"%\(\w+\)s", r"<[^>]+>", r"`[^`]+`", r"MAILROOM_\w+"):
            assert sorted(re.findall(shape, message.string)) == sorted(re.findall(shape, message.id)) or not message.id, (
                message.id
            )


def test_no_text_stands_in_a_template_untranslated():
    for file in (ROOT / "templates" / "web").rglob("*.html"):
        bare = re.sub(r"\{%.*?%\}|\{\{.*?\}\}|<!DOCTYPE[^>]*>|<[^>]*>", " ", _BLOCK.sub(" ", file.read_text(encoding="utf-8")))
        strangers = set(re.findall(r"[A-Za-z]{2,}", bare)) - {"Mailroom", "px"}
        assert not strangers, (file.name, strangers)


@pytest.mark.django_db
def test_a_page_is_chinese_once_compiled(settings, tmp_path):
    folder = tmp_path / "zh_Hans" / "LC_MESSAGES"
    folder.mkdir(parents=True)
    with (folder / "django.mo").open("wb") as file:
        write_mo(file, catalogue())
    settings.LOCALE_PATHS = [tmp_path]
    trans_real._translations.pop("zh-hans", None)
    try:
        with override("en"):
            page = Client().get("/u/test", headers={"Accept-Language": "zh-CN"}).content.decode()
    finally:
        trans_real._translations.pop("zh-hans", None)
    assert "这是一封测试邮件" in page
