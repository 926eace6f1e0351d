"""Sound issues for the tests of the rules, as an editor writes them, and the mails composed from them."""

from collections.abc import Mapping
from dataclasses import replace
from pathlib import Path
from typing import Any

from composer.composition import load_issues
from composer.images.picture_encoder import encode_picture
from composer.issue.parsing.issue_file import load_issue
from composer.issue.variants import variants_of
from composer.pipeline import compose, mail_to_check
from composer.preflight import Mail
from composer.themes.theme_loading import load_theme
from tests.composer.making import picture_bytes

HOST = "https://news.example.org/media"

HEAD = """---
title: {title}
organisation: {organisation}
number: 2023-03
date: 2023-03-31
subject: >-
  {subject}
preheader: >-
  {preheader}
language: {language}
theme: {theme}
footer:
  about: {about}
  address: {address}
  website: https://english.cast.org.cn/
  email: newsletter@cast.org.cn
---
"""
ENGLISH = {
    "title": "CAST Newsletter", "organisation": "China Association for Science and Technology",
    "subject": "Engineers in Madrid, light in Dalian",
    "preheader": "World Engineering Day, a prize for the life sciences, and a laser that works where no other does.",
    "language": "en", "theme": "cast", "about": "CAST is the largest organisation of people who work in science.",
    "address": "3 Fuxing Road, Haidian District, Beijing 100863, China",
}  # fmt: skip
CHINESE = {
    "title": "科协通讯", "organisation": "中国科学技术协会", "subject": "世界工程日在马德里，大连亮起光源",
    "preheader": "本期介绍世界工程日、联合国教科文组织生命科学奖，以及大连相干光源的最新进展，还有更多来自各地学会的消息。",
    "language": "zh-CN", "about": "中国科学技术协会是中国科技工作者的群众组织。", "address": "北京市海淀区复兴路三号",
}  # fmt: skip
FRENCH = {
    "language": "fr",
    "subject": "Ingénieurs à Madrid, lumière de Dalian",
    "preheader": "La journée mondiale de l'ingénierie, un prix de l'UNESCO et un laser comme il n'y en a pas d'autre.",
}
ARABIC = {
    "language": "ar", "title": "نشرة العلوم", "organisation": "جمعية العلوم والتكنولوجيا",
    "subject": "المهندسون في مدريد وأقوى ضوء في داليان",
    "preheader": "يوم الهندسة العالمي وجائزة علوم الحياة وليزر يعمل حيث لا يعمل أي ليزر آخر في العالم كله.",
    "about": "أكبر منظمة للعاملين في العلوم.", "address": "ثلاثة شارع فوشينغ، بكين",
}  # fmt: skip
PLAIN = (
    "The hall in Madrid was full when the engineers met on the first Saturday of March. They spoke of water, of bridges and of "
    "the towns that grow around them, and they agreed to share what they measure. Among the speakers was a team from Dalian, "
    "whose light source has become the brightest of its kind and serves laboratories in nine countries."
)
SECOND = (
    "A second group looked at what schools need. Its members had visited forty villages and found that teachers ask for time "
    "before they ask for machines. The report, which is short and honest, names six steps that cost little."
)
PICTURE = (
    "![Engineers stand on a bridge and look at a drawing](images/a.jpg)\nCaption: The bridge was opened on Monday\n"
    "Credit: Wei Yumeng"
)
BODY = f"""
Dear {{{{ name or "reader" }}}},

here is what happened in March.

# Headlines

## Madrid hosts the engineers {{#madrid}}

{PLAIN}

{PICTURE}

{SECOND} Its [report on village schools](https://example.org/schools) can be read by everybody.

Sources: People's Daily; [the congress](https://example.org/congress)

## A light in Dalian {{#dalian}}

{PLAIN} {SECOND}
"""
RICH = """
# Headlines

## Ten years of partnership {#ten}

> We began with two rooms and a borrowed laser.

1. A first list with an order
2. and a second entry

- One thing
- and another

### A sub-heading within

| Year | Members |
|---|---|
| 2022 | 1,204 |
| 2023 | 1,377 |

Table: How the society grew

::: calendar
- 2023-04-12 to 2023-04-14: Spring congress; Beijing
- 2023-05-30: [Day of the scientists](https://example.org/day); everywhere
:::

::: action
[Register for the congress](https://example.org/register)
:::

::: question
What would you like to read?

- More
- As much as now
- Less
:::

::: question useful
Did the dates help you to plan your year?

- More
- 没有用
:::

::: profile
![A woman in a laboratory smiles](images/b.jpg)
Name: Zhang Weiqing
Role: Physicist

She built the light source.
:::
"""

# name -> (keys of the head, body)
SOUND: dict[str, tuple[dict[str, str], str]] = {
    "English": ({}, BODY),
    "short, without pictures": ({}, "\n# News\n\n## One thing only {#one}\n\nThe congress begins on Monday at nine.\n"),
    "every block": ({}, BODY + RICH),
    "Chinese": (
        CHINESE,
        "\n# 要闻\n\n## 世界工程日 {#day}\n\n" + "工程师们在马德里讨论了水资源、桥梁与城市的发展，并同意共享测量数据。" * 20
        + "\n\n![工程师们站在桥上看图纸](images/a.jpg)\nCaption: 大桥于星期一通车\n\n来源见[大会报告](https://example.org/report)。\n",
    ),
    "English with Chinese words": ({"subject": "A prize for 施一公, engineers in Madrid"}, BODY.replace(
        "Among the speakers", "Among the speakers (施一公 was one)")),
    "French": (FRENCH, f"\n# À la une\n\n## Madrid reçoit les ingénieurs {{#madrid}}\n\n{'Une salle pleine, des ponts. ' * 30}\n"),
    "Arabic": (ARABIC, f"\n# الأخبار\n\n## مدريد تستقبل المهندسين {{#madrid}}\n\n{'اجتمع المهندسون في مدريد. ' * 30}\n"),
    "long": ({}, "\n# News\n" + "".join(f"\n## Story number {n} {{#s{n}}}\n\n{PLAIN}\n\n{SECOND}\n" for n in range(36))),
    "names in the subject": ({"subject": '{{ name or "Reader" }}, engineers in Madrid'}, BODY),
    "another theme": ({"theme": "journal"}, BODY + RICH),
    "another theme, Chinese": (
        CHINESE | {"theme": "plain"},
        "\n# 要闻\n\n## 世界工程日 {#day}\n\n" + "工程师们在马德里讨论了水资源、桥梁与城市的发展。" * 20 + "\n",
    ),
}  # fmt: skip


def write_issue(folder: Path, head: Mapping[str, str], body: str) -> Path:
    """Writes issue.md and its two pictures into the folder."""
    (folder / "images").mkdir(parents=True, exist_ok=True)
    for name in ("a.jpg", "b.jpg"):
        (folder / "images" / name).write_bytes(picture_bytes(520, 220))
    (folder / "issue.md").write_text(HEAD.format(**(ENGLISH | dict(head))) + body, encoding="utf-8")
    return folder


def mail_of(folder: Path, root: Path, **changes: Any) -> Mail:
    """Returns the `Mail` for the rules, of the first variant of the issue in a folder."""
    load_issue(folder)
    variants, _ = variants_of(load_issues(folder))
    issue = variants[0].issue
    theme = load_theme(issue.theme, root)
    composed = compose(issue, folder=folder, theme=theme, picture_url=lambda picture: f"{HOST}/{picture.name}")
    sources = {src for src, _ in issue.pictures()}
    urls = {src: f"{HOST}/{encode_picture(folder / src).name}" for src in sources}
    return replace(mail_to_check(composed, issue, theme, urls), **changes)
