"""Where a part and each block of its text are in the finished mail."""

import re

import pytest

from composer.issue.editing.part_document import block_lines
from composer.issue.parts.part_texts import opened
from composer.issue.parts.splitting import split
from editorial.previewing import client_views, issue_preview, mail_locator
from editorial.sources import issue_state
from tests.composer.making import HEAD
from tests.support.sources import import_source

PICTURE = "![A tower](missing)\n"
SOURCE = (
    HEAD
    + f"""
Dear reader,

Here is the news.

# News {{#news}}

## Light {{#light}}

The same words twice.

{PICTURE}
The same words twice.

- An item of a list
- Another item

::: action
[Read the whole story](https://example.org/story)
:::

## Sound {{#sound}}

The same words twice.

# More {{#more}}

## Last {{#last}}

The end of it all.
"""
)


@pytest.fixture
def made(settings, tmp_path, monkeypatch, db):
    settings.DATA_DIR = tmp_path / "data"
    monkeypatch.setattr(issue_preview, "_workshop", issue_preview._Workshop())
    monkeypatch.setattr(issue_preview, "SECONDS", 120.0)  # of a busy machine
    record = import_source({"issue.md": SOURCE})
    composition = issue_preview.of_state(record, issue_state.head(record.pk)).composition
    assert composition is not None
    return composition.issues[0], composition.variants[0].mail.html


def shown(html: str, at: int | None) -> str:
    assert at is not None
    text = re.sub(r"<[^<>]*+>", " ", html[at : at + 600])
    return html[at : html.index(">", at) + 1] + " ".join(text.split())


def test_the_opening_is_its_greeting_not_the_footer_and_not_the_line_for_inboxes(made):
    issue, html = made
    places = mail_locator.locate_part(mail_locator.read(html), issue, "@opening")
    assert places.start == places.blocks[0]
    assert "Dear reader" in shown(html, places.start)[:90]
    assert "Here is the news" in shown(html, places.blocks[1])[:90]


def test_every_block_of_an_article_is_found_in_its_own_order(made):
    issue, html = made
    places = mail_locator.locate_part(mail_locator.read(html), issue, "light")
    assert "Light" in shown(html, places.start)
    expected = ("The same", "A picture is still to come: A tower", "The same", "An item", "Read the")
    for at, begin in zip(places.blocks, expected, strict=True):
        assert shown(html, at).partition(">")[2].strip().startswith(begin)
    assert list(places.blocks) == sorted(set(places.blocks))
    sound = mail_locator.locate_part(mail_locator.read(html), issue, "sound")
    assert sound.blocks[0] > places.blocks[-1]


@pytest.mark.parametrize(
    ("part", "beginning"), [("news", "News"), ("more", "More"), ("@footer", "CAST is large"), ("@highlights", "Light")]
)
def test_parts_without_blocks_begin_at_their_own_words(made, part, beginning):
    issue, html = made
    places = mail_locator.locate_part(mail_locator.read(html), issue, part)
    assert beginning in re.sub(r"<[^>]*>", "", shown(html, places.start)[:600])[:200]
    assert places.blocks == ()


def test_a_section_is_its_heading_and_not_its_name_in_the_list_of_contents(made):
    issue, html = made
    places = mail_locator.locate_part(mail_locator.read(html), issue, "more")
    assert html.index('id="sound"') < places.start < html.index('id="last"')


def test_marks_number_the_blocks_and_keep_the_ids_of_articles(made):
    issue, html = made
    places = mail_locator.locate_part(mail_locator.read(html), issue, "light")
    marked = client_views.mark_part(html, places.start, places.blocks)
    assert re.findall(r'data-mailroom-block="(\d+)"', marked) == ["0", "1", "2", "3", "4"]
    assert re.search(r'<h\d id="mailroom-here"[^<>]*+>(?:<a [^<>]*+></a>)?Light', marked)
    assert 'id="sound"' in marked


def test_blocks_of_the_mail_are_those_of_the_editor(made):
    issue, _ = made
    texts = {part.id: part.text for part in split("\n".join(issue.source))}
    for article in issue.articles():
        assert len(article.blocks) == len(block_lines(opened(texts[article.id]).body)), article.id
    assert len(issue.opening) == len(block_lines(opened(texts["@opening"]).body))
