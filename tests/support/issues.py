"""Issue folders for tests of the steps after composing: two languages or two conditions, and so several variants; the long
example with its whole text."""

import shutil
from dataclasses import replace
from pathlib import Path

from PIL import Image

from composer.issue.document import Issue, Summary

CAST = Path(__file__).parents[2] / "examples" / "cast-2023-03"
DIGEST_LINE = "\nlayout: digest\n"
ENGLISH = """---
title: CAST Newsletter
organisation: China Association for Science and Technology
number: 2026-12
date: 2026-12-01
subject: Light in Dalian
preheader: A laser that works where no other user laser does, and four more stories.
language: en
footer:
  about: CAST is the largest organisation of scientists in China.
  address: 3 Fuxing Road, Beijing
---

Dear {{ name or "reader" }},

# Headlines

## The light source opens {#light}

The doors open to visitors today.

::: only country = "CN"
The visit is free for members in China.
:::
"""
CHINESE = """---
title: 中国科协通讯
organisation: 中国科学技术协会
number: 2026-12
date: 2026-12-01
subject: 大连之光：自由电子激光器
preheader: 一台别处没有的用户激光装置今日开放，另有四则消息，讲述中国科学技术的新进展与新的国际合作项目。
language: zh-Hans
footer:
  about: 中国科学技术协会是中国科学技术工作者的群众组织。
  address: 北京市复兴路3号
---

尊敬的{{ name or "读者" }}：

# 要闻

## 光源开放 {#light}

光源开放，欢迎参观。
"""


def full_copy(folder: Path) -> Path:
    """Copy the long example, which is a digest, to `folder`, with the layout that has all of its text in the mail."""
    shutil.copytree(CAST, folder)
    file = folder / "issue.md"
    text = file.read_text(encoding="utf-8")
    if text.count(DIGEST_LINE) != 1:
        raise ValueError(f"{CAST} is not a digest")
    file.write_text(text.replace(DIGEST_LINE, "\nlayout: full\n"), encoding="utf-8")
    return folder


def without_summaries(issue: Issue) -> Issue:
    """The same issue before somebody wrote summaries."""
    sections = []
    for section in issue.sections:
        articles = (
            replace(article, blocks=tuple(block for block in article.blocks if not isinstance(block, Summary)))
            for article in section.articles
        )
        sections.append(replace(section, articles=tuple(articles)))
    return replace(issue, sections=tuple(sections))


def two_languages(folder: Path) -> Path:
    """Write an issue with three variants: 0 English, 1 English with a part for China, 2 Chinese.

    The folder also contains two small pictures that the issue does not use.
    """
    (folder / "images").mkdir(parents=True)
    for name, colour in (("en", "navy"), ("zh", "maroon")):
        Image.new("RGB", (40, 30), colour).save(folder / "images" / f"only-{name}.png")
    (folder / "issue.md").write_text(ENGLISH, encoding="utf-8")
    (folder / "issue.zh-Hans.md").write_text(CHINESE, encoding="utf-8")
    return folder


FOR_SOME = """---
title: CAST Newsletter
organisation: China Association for Science and Technology
number: 2023-04
date: 2023-04-30
subject: For {{ name or "you" }}, news of April
preheader: Too short
language: en
footer:
  about: CAST is the largest organisation of scientists in the country.
  address: 3 Fuxing Road, Beijing
---
Dear {{ name or "reader" }}, this issue has parts for some readers.

# Headlines

## Madrid hosts the engineers

The first paragraph tells of a congress, with a [plain link](http://english.cast.org.cn/) in it.

![A ring of molecules around a mountain](images/pacifichem.jpg)
Caption: Pacifichem

::: only country = "CN"
The congress is open to members in China without a fee.
:::

## For chemists
Only: interests = "chemistry"

Only chemists read this article.

## A portrait

Somebody is told about here, at length and in the last article.

<!-- check: is this her own word? -->
"""


def for_some_readers(folder: Path) -> Path:
    """Write an issue with a picture, two conditions (four variants), and a mark for the editor, which is an error."""
    (folder / "images").mkdir(parents=True)
    shutil.copy(CAST / "images" / "pacifichem.jpg", folder / "images")
    (folder / "issue.md").write_text(FOR_SOME, encoding="utf-8")
    return folder
