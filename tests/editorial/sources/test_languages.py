"""Languages of an issue: side by side, adding one, adding what one lacks, taking figures over, and removing one."""

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from composer.errors import ComposeError
from composer.issue.parsing.issue_file import parse_issue
from editorial.models import IssueRecord
from editorial.sources import edits, issue_state, language_rows, languages
from editorial.sources.edits import EditConflictError, SourceEditError
from editorial.sources.issue_state import IssueState
from editorial.sources.language_rows import TextLength, length_of, rows_of
from editorial.sources.languages import LanguageError, TakenOver
from publication import audit
from publication.models import Audit
from tests.composer.making import HEAD
from tests.support.sources import import_source

pytestmark = pytest.mark.django_db
FIRST, SECOND = "issue.md", "issue.zh-Hans.md"
CREDITS = HEAD.replace("footer:", "highlights:\n- sound\n- light\ncredits:\n- Editor: Ying Wenqi # since 2020\nfooter:")
SOURCE = (
    CREDITS
    + """
Dear reader,

# News {#news}

## Light {#light}

Only: country = "CN"

The light source **opens**.

![A bright disc](images/light.jpg)
Caption: The first light
Credit: CAST

More text.

![A beam line](images/beam.jpg)

Sources: [A](https://e.org/a); B

## Sound {#sound}

y

# Dates {#dates}

## Fair {#fair}

z
"""
)
EMPTY = TakenOver("check: translate this")
COPY = TakenOver("check: translate this", text=True)


@pytest.fixture
def issue(db) -> IssueRecord:
    return import_source({FIRST: SOURCE})


def head(issue: IssueRecord) -> IssueState:
    return issue_state.head(issue.pk)


def texts(issue: IssueRecord, file: str = SECOND) -> dict[str, str]:
    return {part.id: part.text for part in head(issue).files[file]}


def save(issue: IssueRecord, file: str, part: str, text: str) -> None:
    edits.save_part(audit.system(), issue, file, part, text, head(issue).edits["text", file, part])


def add(issue: IssueRecord, articles=("light", "sound", "fair"), how: TakenOver = EMPTY, language: str = "zh-Hans"):
    return languages.add_language(audit.system(), issue, language, articles, how)


def problems(source: str) -> set[str]:
    with pytest.raises(ComposeError) as refused:
        parse_issue(source, file=SECOND)
    return {finding.code for finding in refused.value.findings if finding.level == "error"}


# -------------------------------------------------------------------------------------------------------------- adding
def test_a_new_language_has_the_structure_and_what_languages_share(issue):
    add(issue)
    added = texts(issue)
    assert list(added) == [part.id for part in head(issue).files[FIRST]]
    assert "language: zh-Hans\n" in added["@head"]
    assert "subject: ''\n" in added["@head"]
    assert "preheader: ''\n" in added["@head"]
    for part in ("@highlights", "@credits", "@footer"):
        assert added[part] == texts(issue, FIRST)[part]
    assert added["@opening"] == "<!-- check: translate this -->\n\n"
    assert added["news"] == "# News {#news}\n\n<!-- check: translate this -->\n\n"
    assert added["light"] == (
        '## Light {#light}\n\nOnly: country = "CN"\n\n<!-- check: translate this -->\n\n![](images/light.jpg)\nCredit: CAST\n\n'
        "![](images/beam.jpg)\n\nSources: [A](https://e.org/a); B\n\n"
    )
    assert problems(head(issue).sources[SECOND]) == {"key-empty", "article-empty"}
    assert Audit.objects.filter(verb="add_language").count() == 1


def test_a_new_language_can_begin_with_the_text_of_the_first(issue):
    add(issue, how=COPY, articles=["light"])
    added = texts(issue)
    assert list(added) == ["@head", "@highlights", "@credits", "@footer", "@opening", "news", "light"]
    assert added["@highlights"] == "highlights:\n- light\n"
    assert added["light"].startswith('## Light {#light}\n\nOnly: country = "CN"\n\n<!-- check: translate this -->\n\nThe light')
    assert added["light"].rstrip().endswith(texts(issue, FIRST)["light"].rstrip()[-400:].split("opens")[1])
    assert added["@opening"] == "<!-- check: translate this -->\n\nDear reader,\n\n"


def test_a_language_that_cannot_be_added_is_refused(issue):
    add(issue)
    for language, articles, code in (
        ("not a tag", ["light"], "tag"), ("", ["light"], "tag"), ("zh-hans", ["light"], "taken"), ("EN", ["light"], "taken"),
        ("de", [], "articles"), ("de", ["news"], "articles"),
    ):  # fmt: skip
        with pytest.raises(LanguageError) as refused:
            add(issue, articles, language=language)
        assert refused.value.code == code
    save(issue, FIRST, "@head", texts(issue, FIRST)["@head"].replace("title:", "titel:"))
    with pytest.raises(LanguageError) as refused:
        add(issue, language="de")
    assert refused.value.code == "unreadable"


# ---------------------------------------------------------------------------------------------------------- comparing
def test_rows_say_what_is_missing_behind_and_how_long_it_is(issue):
    add(issue, ["light", "fair"])
    save(issue, SECOND, "light", "## 光 {#light}\n\n光源已经开放，共 12 天。\n\n![](images/light.jpg)\n\n")
    edits.add_part(audit.system(), issue, SECOND, "## 只有中文 {#only-here}\n\n文\n", "light")
    rows = {row.id: row for row in rows_of(issue, head(issue), FIRST, SECOND)}
    assert list(rows) == [
        "@head", "@highlights", "@credits", "@footer", "@opening", "news", "light", "only-here", "sound", "dates", "fair",
    ]  # fmt: skip
    assert (rows["sound"].second, rows["only-here"].first) == (None, None)
    assert rows["light"].first.length == TextLength(19, 0)
    assert rows["light"].second.length == TextLength(1, 9)
    assert [(figure.src, figure.digest) for figure in rows["light"].second.lacks] == [("images/beam.jpg", None)]
    assert rows["light"].first.lacks == ()
    assert rows["light"].second.changed.author == "mailroom"
    assert not any(row.is_behind for row in rows.values())


def test_a_part_is_behind_until_the_other_language_is_edited(issue):
    add(issue)
    original = texts(issue, FIRST)["sound"]
    save(issue, FIRST, "sound", original.replace("y", "new"))
    assert [row.id for row in rows_of(issue, head(issue), FIRST, SECOND) if row.is_behind] == ["sound"]
    assert language_rows.text_when_translated(issue, head(issue), FIRST, SECOND, "sound") == original
    save(issue, FIRST, "sound", original)  # changed back
    assert not any(row.is_behind for row in rows_of(issue, head(issue), FIRST, SECOND))
    save(issue, FIRST, "sound", original.replace("y", "newer"))
    save(issue, SECOND, "sound", "## 声 {#sound}\n\n新\n\n")
    assert not any(row.is_behind for row in rows_of(issue, head(issue), FIRST, SECOND))
    assert language_rows.text_when_translated(issue, head(issue), FIRST, SECOND, "sound") is None


def test_languages_that_are_imported_together_are_not_behind(issue):
    chinese = SOURCE.replace("language: en", "language: zh-Hans")
    state = issue_state.of_sources({SECOND: chinese, FIRST: SOURCE.replace("More text", "Much more text")}, {})
    edits.replace_source(audit.system(), issue, None, state, reason="push")
    assert not any(row.is_behind for row in rows_of(issue, head(issue), FIRST, SECOND))


def test_comparing_needs_as_many_queries_for_many_parts_as_for_few(issue):
    add(issue)
    for part in ("light", "sound"):
        save(issue, FIRST, part, texts(issue, FIRST)[part] + "changed\n\n")
    state = head(issue)
    with CaptureQueriesContext(connection) as queries:
        assert sum(row.is_behind for row in rows_of(issue, state, FIRST, SECOND)) == 2
    assert len(queries) <= 2


@pytest.mark.parametrize(
    ("text", "word_count", "character_count"),
    [
        ("", 0, 0), ("It's a well-known 3.5 m mirror.", 6, 0), ("中国科协 CAST 2023", 2, 4), ("![a b](images/x.jpg)", 2, 0),
        ("Zürich, Łódź", 2, 0), ("こんにちは 한국어", 1, 5),
        ("[中国](https://example.org/wiki/Brest_(France))科协", 0, 4), ("&amp; *so* \\*it* &#x4e2d;", 2, 1), ("{{ name or \"读者\" }}您好", 0, 4),
        ("[科学]{lang=zh-CN} <!-- check: this --> news", 1, 2), ("::: lang zh-CN\n科学\n:::", 0, 2), ("Only: country = \"CN\"\n\nnews", 1, 0),
        ("| a | b |\n|:--|---|\n| c | 中 |", 3, 1), ("1. one\n2. two", 2, 0), ("![图](images/x.jpg)\nCaption: 会场\nCredit: 摄影", 0, 5),
    ],
)  # fmt: skip
def test_the_length_of_a_text_is_what_readers_see(text, word_count, character_count):
    assert length_of(text) == TextLength(word_count, character_count)


# ------------------------------------------------------------------------------------------------------ missing parts
@pytest.mark.parametrize("part", ["light", "sound", "fair"])
def test_a_missing_article_comes_to_its_place(issue, part):
    rest = [name for name in ("light", "sound", "fair") if name != part]
    add(issue, rest)
    languages.add_missing(audit.system(), issue, SECOND, part, EMPTY)
    order = [part_id for part_id in texts(issue) if part_id not in ("@highlights",)]
    assert order == [part.id for part in head(issue).files[FIRST] if part.id != "@highlights"]
    assert "<!-- check: translate this -->" in texts(issue)[part]


def test_a_missing_section_comes_with_its_articles_and_an_article_with_its_section(issue):
    add(issue, ["fair"])
    languages.add_missing(audit.system(), issue, SECOND, "news", COPY)
    assert [name for name in texts(issue) if not name.startswith("@")] == ["news", "light", "sound", "dates", "fair"]
    for part in ("dates", "fair"):
        edits.delete_part(audit.system(), issue, SECOND, part, head(issue).edits["text", SECOND, part])
    languages.add_missing(audit.system(), issue, SECOND, "fair", EMPTY)
    assert [name for name in texts(issue) if not name.startswith("@")] == ["news", "light", "sound", "dates", "fair"]


def test_an_article_follows_those_of_its_section_also_where_the_order_differs(issue):
    add(issue, ["sound", "fair"])
    edits.add_part(audit.system(), issue, SECOND, "## 只有中文 {#only-here}\n\n文\n", "sound")
    edits.move_part(audit.system(), issue, SECOND, "dates", "@opening", head(issue).edits["outline", SECOND, ""])
    languages.add_missing(audit.system(), issue, SECOND, "light", EMPTY)
    names = [name for name in texts(issue) if not name.startswith("@")]
    assert names == ["dates", "fair", "news", "light", "sound", "only-here"]


def test_missing_parts_of_the_head_come_to_their_places(issue):
    add(issue, ["sound"])
    for part in ("@highlights", "@credits", "@opening"):
        edits.delete_part(audit.system(), issue, SECOND, part, head(issue).edits["text", SECOND, part])
    for part in ("@credits", "@opening", "@highlights"):
        languages.add_missing(audit.system(), issue, SECOND, part, COPY)
    assert list(texts(issue))[:5] == ["@head", "@highlights", "@credits", "@footer", "@opening"]
    assert texts(issue)["@highlights"] == "highlights:\n- sound\n"
    assert texts(issue)["@credits"] == "credits:\n- Editor: Ying Wenqi # since 2020\n"


def test_what_is_there_or_nowhere_is_not_added(issue):
    add(issue)
    number = head(issue).number
    languages.add_missing(audit.system(), issue, SECOND, "light", EMPTY)
    assert head(issue).number == number
    for file, part in ((SECOND, "nowhere"), (SECOND, "@head"), (FIRST, "light"), ("issue.de.md", "light")):
        with pytest.raises(SourceEditError):
            languages.add_missing(audit.system(), issue, file, part, EMPTY)


# ------------------------------------------------------------------------------------------------------------ figures
def take(issue: IssueRecord, src: str = "images/light.jpg", source: str = FIRST, file: str = SECOND, part: str = "light"):
    return languages.take_over_figure(audit.system(), issue, source, file, part, src, "check: describe the picture")


NEW = "<!-- check: describe the picture -->\n\n![](images/light.jpg)\nCredit: CAST"


@pytest.mark.parametrize(
    ("before", "after"),
    [
        ("images 文\n\nSource: B", f"images 文\n\n{NEW}\n\nSource: B"),
        ("文", f"文\n\n{NEW}"),
        ("", NEW),
        ("光", f"光\n\n{NEW}"),  # the title has the same words
        ("Source: B", f"{NEW}\n\nSource: B"),
        ("::: box\nunreadable", f"::: box\nunreadable\n\n{NEW}"),
    ],
)
def test_a_figure_is_taken_over_without_its_texts(issue, before, after):
    add(issue)
    save(issue, SECOND, "light", f"## 光 {{#light}}\n\n{before}\n\n")
    take(issue)
    assert texts(issue)["light"] == f"## 光 {{#light}}\n\n{after}\n\n"
    number = head(issue).number
    take(issue)
    assert head(issue).number == number


def test_a_figure_follows_the_one_before_it_and_comes_from_either_language(issue):
    add(issue)
    save(issue, SECOND, "light", "## 光 {#light}\n\n一\n\n![甲](images/light.jpg)\n\n二\n")
    take(issue, "images/beam.jpg")
    assert texts(issue)["light"] == (
        "## 光 {#light}\n\n一\n\n![甲](images/light.jpg)\n\n<!-- check: describe the picture -->\n\n![](images/beam.jpg)\n\n二\n"
    )
    save(issue, SECOND, "sound", "## 声 {#sound}\n\n![乙](images/new.jpg)\nCredit: 王伟\n\n")
    take(issue, "images/new.jpg", SECOND, FIRST, "sound")
    assert texts(issue, FIRST)["sound"].endswith(
        "y\n\n<!-- check: describe the picture -->\n\n![](images/new.jpg)\nCredit: 王伟\n\n"
    )


def test_a_figure_that_is_not_there_is_not_taken_over(issue):
    add(issue, ["light"])
    for values in (("images/none.jpg",), ("images/light.jpg", "issue.de.md"), ("images/light.jpg", FIRST, SECOND, "sound")):
        with pytest.raises(SourceEditError):
            take(issue, *values)


@pytest.mark.parametrize("tag", ["en" + "-abcde" * 40, "en" + "-abcdefgh" * 700, "en" + "-abcde" * 6])
def test_a_language_whose_tag_is_too_long_is_not_added(issue, tag):
    with pytest.raises(LanguageError) as refused:
        languages.add_language(audit.system(), issue, tag, ["light"], TakenOver("x"))
    assert refused.value.code == "tag"
    assert list(head(issue).files) == [FIRST]


# ----------------------------------------------------------------------------------------------------------- removing
def test_a_removed_language_can_be_restored(issue):
    add(issue)
    before = head(issue)
    languages.remove_language(audit.system(), issue, SECOND, head=before.number)
    assert list(head(issue).files) == [FIRST]
    revision = issue.revisions.order_by("-number").first()
    assert issue_state.at_edit(issue.pk, revision.edit) == before
    edits.restore_revision(audit.system(), issue, revision.number, head=head(issue).number)
    assert head(issue) == before


def test_a_language_that_somebody_edits_meanwhile_is_not_removed(issue):
    add(issue)
    number = head(issue).number
    save(issue, FIRST, "light", texts(issue, FIRST)["light"] + "\n")
    save(issue, SECOND, "light", "## 光 {#light}\n\n新\n\n")
    with pytest.raises(EditConflictError) as refused:
        languages.remove_language(audit.system(), issue, SECOND, head=number)
    assert [conflict.part for conflict in refused.value.conflicts] == ["light"]
    with pytest.raises(LanguageError):
        languages.remove_language(audit.system(), issue, FIRST, head=number)
    with pytest.raises(SourceEditError):
        languages.remove_language(audit.system(), issue, "issue.de.md", head=number)
    for unseen in (999_999_999, head(issue).number + 1):
        with pytest.raises(EditConflictError):
            languages.remove_language(audit.system(), issue, SECOND, head=unseen)
    assert SECOND in head(issue).files
    languages.remove_language(audit.system(), issue, SECOND, head=head(issue).number)
    add(issue)
    assert list(head(issue).files) == [FIRST, SECOND]
