"""Every text of the pages has a Chinese translation with the same placeholders."""

from __future__ import annotations

import re

import pytest
from babel.messages.mofile import write_mo
from django.test import Client
from django.utils.translation import override, trans_real

from tests.web.translation_catalogue import CATALOGUES, ROOT, read, texts, without_blocks

CATALOGUE = CATALOGUES / "zh_Hans" / "LC_MESSAGES" / "django.po"


def catalogue():
    return read(CATALOGUE)


def test_every_text_is_translated_and_nothing_else_is():
    known = {message.id: message.string for message in catalogue() if message.id}
    assert set(known) == set(texts())
    assert not [text for text, chinese in known.items() if not chinese]


def markup_in(text: str) -> list[str]:
    """Placeholders, elements, settings and code, sorted. Of code that an editor copies, the sample words are left out."""
    code = [each if "mailroom" in each else re.sub(r"[\w ]+", "", each) for each in re.findall(r"`[^`]+`", text)]
    return sorted([*re.findall(r"%\(\w+\)s|<[^>]+>|MAILROOM_\w+", text), *code])


def test_translations_keep_placeholders_and_markup():
    for message in catalogue():
        assert markup_in(message.string) == markup_in(message.id) or not message.id, message.id


def test_no_template_has_untranslated_text():
    for file in (ROOT / "templates" / "web").rglob("*.html"):
        bare = re.sub(
            r"\{#.*?#\}|\{%.*?%\}|\{\{.*?\}\}|<!DOCTYPE[^>]*>|<[^>]*>", " ", without_blocks(file.read_text(encoding="utf-8"))
        )
        bare = re.sub(r'\bdata-[a-z-]+="[^"]*"', " ", bare)  # attributes for an element of another template
        strangers = set(re.findall(r"[A-Za-z]{2,}", bare)) - {"Mailroom"}
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
