"""Every text of the pages has a Chinese translation with the same placeholders."""

import re

import pytest
from django.conf import settings
from django.utils.translation import to_locale

from composer.themes.theme_settings import common_words
from config.env import INTERFACE_LANGUAGES
from tests.web.translation_catalogue import CATALOGUES, ROOT, read, texts, without_blocks
from web.public.archive import archive_urls

CATALOGUE = CATALOGUES / "zh_Hans" / "LC_MESSAGES" / "django.po"

# Chinese words for things that have another name in this product -> that name; docs/glossary.md lists most.
REJECTED = {
    "合并字段": "个性化字段", "外观主题": "版式", "文件头": "刊头", "卷首": "刊头", "图注": "图片说明", "禁发名单": "停发名单", "账户": "账号",
    "审核": "审阅", "评审": "审阅", "预览文本": "预览文字", "私人链接": "专属链接", "未决批注": "未解决的批注", "源代码": "标记文本",
    "电子期刊": "简报", "这份通讯": "简报", "资料来源": "文章来源", "重点内容": "要目", "一个名单": "一个邮件列表",
}  # fmt: skip
HAN = "[\u4e00-\u9fff]"


def catalogue():
    return read(CATALOGUE)


EVERY_CATALOGUE = pytest.mark.parametrize(
    "path", sorted(CATALOGUES.glob("*/LC_MESSAGES/django.po")), ids=lambda path: path.parts[-3]
)


@EVERY_CATALOGUE
def test_every_text_is_translated_and_nothing_else_is(path):
    known = {message.id: message.string for message in read(path) if message.id}
    assert set(known) == set(texts())
    assert not [text for text, translation in known.items() if not translation]


def markup_in(text: str) -> list[str]:
    """Placeholders of both kinds, elements, settings and code, sorted. Of code that an editor copies, the sample words are left out."""
    code = [snippet if "mailroom" in snippet else re.sub(r"[\w ]+", "", snippet) for snippet in re.findall(r"`[^`]+`", text)]
    return sorted([*re.findall(r"%\(\w+\)s|\{\w*\}|<[^>]+>|MAILROOM_\w+", text), *code])


@EVERY_CATALOGUE
def test_translations_keep_placeholders_and_markup(path):
    for message in read(path):
        assert markup_in(message.string) == markup_in(message.id) or not message.id, message.id


def test_one_thing_has_one_chinese_name():
    rejected = {(word, message.id) for message in catalogue() for word in REJECTED if message.id and word in message.string}
    assert not {(word, REJECTED[word], text) for word, text in rejected}


def test_chinese_punctuation_is_full_width_and_latin_words_have_a_space_around_them():
    for message in catalogue():
        if message.id and message.id != "j F Y":  # a format of dates
            bare = re.sub(r"`[^`]*`|<[^>]*>", "", message.string)
            filled = re.sub(r"%\(\w+\)s|\{\w*\}", "◇", bare)  # what takes their place may be Chinese
            assert not re.search(f"{HAN}[A-Za-z0-9]|[A-Za-z0-9]{HAN}|{HAN}[,;:!?()](?! \\[)|[,;:!?()]{HAN}", filled), (
                message.string
            )


def test_no_space_is_next_to_a_name_that_may_be_chinese_or_between_two_chinese_sentences():
    """An English sentence ends with its space, inside the text: `{% translate "Saved. " %}{% translate "…" %}`."""
    name = r"%\((?:list|lists|organisation|sender|subject)\)s"
    beside = rf"{HAN} (?:<\w+>)?{name}|{name}(?:</\w+>)? {HAN}"
    assert not [message.string for message in catalogue() if message.id and re.search(beside, message.string)]
    end = r'[.?!:](?:" %\}|\{% endblocktranslate %\})(?:</(?:b|strong|span)>)? +(?:<(?:b|strong|a|time|code)\b|\{% (?:block)?translate|\{\{|\{% if)'
    files = [path for path in sorted((ROOT / "templates").rglob("*")) if path.suffix in {".html", ".txt"}]
    spaced = [(path.name, hit) for path in files for hit in re.findall(end, path.read_text(encoding="utf-8"))]
    assert files
    assert not spaced


def test_the_list_of_articles_is_called_the_same_in_the_console_and_in_every_mail():
    contents = common_words()["zh"]["contents"]
    assert [message for message in catalogue() if f"“{contents}”会列出" in str(message.string)]


def test_no_template_has_untranslated_text():
    for file in (ROOT / "templates" / "web").rglob("*.html"):
        bare = re.sub(
            r"\{#.*?#\}|\{%.*?%\}|\{\{.*?\}\}|<!DOCTYPE[^>]*>|<[^>]*>", " ", without_blocks(file.read_text(encoding="utf-8"))
        )
        bare = re.sub(r'\bdata-[a-z-]+="[^"]*"', " ", bare)  # attributes for an element of another template
        strangers = set(re.findall(r"[A-Za-z]{2,}", bare)) - {"Mailroom", "Atom", "RSS"}
        assert not strangers, (file.name, strangers)


def test_every_interface_language_but_english_has_a_catalogue():
    """A new language is added to config/env.py first; then this test and the ones above it name what is missing."""
    languages = {path.parts[-3] for path in CATALOGUES.glob("*/LC_MESSAGES/django.po")}
    assert languages == {to_locale(tag.lower()) for tag in INTERFACE_LANGUAGES if tag != settings.LANGUAGE_CODE}


def test_every_interface_language_has_a_territory_for_shared_links():
    assert all(archive_urls.locale(tag) for tag in INTERFACE_LANGUAGES)


def test_no_page_names_fewer_interface_languages_than_there_are():
    pages = ("staff", "subscribe", "readers")
    two = [
        page for page in pages if re.search(r"English (?:and|or) Chinese", (ROOT / f"docs/{page}.md").read_text(encoding="utf-8"))
    ]
    assert two == (list(pages) if len(INTERFACE_LANGUAGES) == 2 else [])
