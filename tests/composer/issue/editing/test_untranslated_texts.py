"""Texts that were copied from the first language of an issue and are not translated yet."""

import pytest

from composer.issue.editing.untranslated_texts import untranslated
from composer.issue.parts.splitting import Part, split
from tests.composer.making import HEAD

ARTICLE = """## The light {#light}

The light source opens.

:::lang zh-CN
王明说：“开了。”
:::

![A bright disc](images/light.jpg)
Caption: The first light
Credit: Wang Ming

Sources: [A](https://e.org/a)
"""


def part_of(name: str, text: str) -> Part:
    return next(each for each in split(text) if each.id == name)


def fields_of(name: str, text: str, original: str, language: str = "zh-Hans", first: str = "en") -> list[str]:
    return [each.field for each in untranslated(part_of(name, text), part_of(name, original), language, first)]


def test_copied_fields_of_the_head_are_found_until_they_are_translated():
    head = HEAD.replace("organisation: China Association for Science and Technology", "organisation: CAST").replace(
        "number: 2023-03", "number: Issue 3\ntagline: Science for all"
    )
    assert fields_of("@head", head, head) == ["subject", "preheader", "number", "title", "tagline"]
    assert fields_of("@footer", head, head) == ["about"]
    translated = head.replace("CAST Newsletter", "中国科协通讯").replace("Science for all", "科技为民")
    assert fields_of("@head", translated, head) == ["subject", "preheader", "number"]


@pytest.mark.parametrize(
    ("text", "language", "first", "found"),
    [
        ("Science for all", "zh-Hans", "en", True), ("Science for all", "fr", "en", True), ("科技为民", "en", "zh-Hans", True),
        ("第三期", "en", "zh-Hans", True), ("科技为民", "ja", "zh-Hans", True), ("中国科协 Newsletter", "en", "zh-Hans", True),
        ("China Association for Science (中国科协)", "zh-Hans", "en", True), ("뉴스레터", "en", "ko", True),
        # needs no translation, or is in the right language already
        ("CAST", "zh-Hans", "en", False), ("2027-03", "zh-Hans", "en", False), ("Science for all", "en-GB", "en", False),
        ("科技为民", "zh-Hans", "en", False), ("CAST 科技通讯", "zh-Hans", "en", False), ("Science for all", "en", "zh-Hans", False),
        ("https://english.cast.org.cn/", "zh-Hans", "en", False), ("news@cast.org.cn", "zh-Hans", "en", False),
        ("科技为民", "zh-Hant", "zh-Hans", False), ("Science for all", "", "en", False),
    ],
)  # fmt: skip
def test_only_words_of_another_language_are_found(text, language, first, found):
    head = HEAD.replace("number: 2023-03", f'tagline: "{text}"\nnumber: 2023-03').replace("CAST Newsletter", "1")
    assert ("tagline" in fields_of("@head", head, head, language, first)) is found


def test_a_role_is_found_and_the_name_of_a_person_is_not():
    staff = HEAD.replace("footer:", "credits:\n- Editor: Ying Wenqi\n- 校对: Li Wei\nfooter:")
    [found] = untranslated(part_of("@credits", staff), part_of("@credits", staff), "zh-Hans", "en")
    assert (found.field, found.text) == ("role", "Editor")
    translated = staff.replace("Editor", "编辑")
    assert fields_of("@credits", translated, staff) == []


def test_titles_captions_and_paragraphs_of_an_article_are_found():
    original = f"{HEAD}\n# News {{#news}}\n\n{ARTICLE}"
    found = untranslated(part_of("light", original), part_of("light", original), "zh-Hans", "en")
    assert [(each.field, each.text) for each in found] == [
        ("title", "The light"), ("text", "The light source opens."), ("alt", "A bright disc"), ("caption", "The first light"),
    ]  # fmt: skip
    assert fields_of("news", original, original) == ["title"]
    half = original.replace("## The light", "## 光").replace("The light source opens.", "光源开放。")
    assert fields_of("light", half, original) == ["alt", "caption"]
    assert fields_of("light", half.replace("A bright disc", "光盘").replace("The first light", "第一束光"), original) == []


def test_a_head_that_cannot_be_read_has_no_fields():
    broken = HEAD.replace("title: CAST Newsletter", "title: [CAST Newsletter")
    assert fields_of("@head", broken, HEAD) == fields_of("@head", HEAD, broken) == []
