"""A digest: short, with a picture at once, and with every sentence of the full text on the pages of its articles."""

import re
from dataclasses import replace
from pathlib import Path

import pytest

from composer.errors import ComposeError
from composer.issue import digest
from composer.issue.document import DIGEST, FULL, Article, EditorMark, Issue, Paragraph, Summary, Text
from composer.issue.document import plain as plain_text
from composer.issue.parsing.issue_file import load_issue
from composer.rendering import shared_values
from composer.rendering.archive_page import LinkTargets, web_issue
from composer.rendering.theme_model import Theme
from composer.themes.theme_loading import load_theme, theme_names
from tests.composer.making import composed, issue_of, paragraph, theme_copy
from tests.support.issues import without_summaries
from tests.support.variations import first

SAMPLE = Path(__file__).resolve().parents[2] / "examples" / "cast-2023-03"
LARGEST = 40 * 1024
READ = "https://newsletter.example.org/read/" + "a" * 26  # as long as the real address


@pytest.fixture(scope="module")
def sample() -> Issue:
    return load_issue(SAMPLE)


def test_the_sample_is_small_and_leads_to_every_article(sample: Issue) -> None:
    mail = composed(sample, SAMPLE, load_theme("cast"))
    html = mail.html.replace("-mr_read_url-", READ)
    assert len(html.encode()) <= LARGEST
    for article in sample.articles():
        assert f'href="{READ}/{article.id}"' in html
        assert f"-mr_read_url-/{article.id}" in mail.text
    assert [finding.code for finding in mail.findings if finding.level != "info"] == []


@pytest.mark.parametrize("name", theme_names())
def test_mails_store_only_the_small_pictures_that_they_show(sample: Issue, name: str) -> None:
    mail = composed(sample, SAMPLE, load_theme(name))
    whole = {picture for _, picture in mail.placed}
    crops = [picture for picture in mail.pictures if picture.name not in whole]
    assert bool(crops) == (name != "plain"), "a letter has one picture, that of the lead"
    for picture in crops:
        assert mail.html.count(picture.name) == 1
        assert picture.width * 3 == picture.height * 4 or picture.width * 4 == picture.height * 3
    full = composed(replace(sample, layout=FULL), SAMPLE, load_theme(name))
    assert {picture.name for picture in full.pictures} == {picture for _, picture in full.placed}


def test_the_sample_has_a_summary_of_its_own_for_each_article(sample: Issue) -> None:
    assert sample.layout == DIGEST
    for article, bare in zip(sample.articles(), without_summaries(sample).articles(), strict=True):
        summary = plain_text(article.summary)
        assert 25 <= digest.length_of(summary).word_count <= 40, article.id
        assert not {*digest.sentences(summary)} & {*digest.sentences(digest.proposed_summary(bare))}, article.id


def test_proposed_summaries_are_named_before_sending(sample: Issue) -> None:
    mail = composed(without_summaries(sample), SAMPLE, load_theme("cast"))
    named = {str(finding.params["title"]) for finding in mail.findings if finding.code == "summary-proposed"}
    assert named == {article.title.replace("'", "’") for article in sample.articles()}
    assert [finding.code for finding in mail.findings if finding.level == "error"] == []


def test_every_sentence_of_the_full_text_is_on_a_page(sample: Issue) -> None:
    page = web_issue(sample, load_theme("cast").fixed_texts("en"), LinkTargets("https://e.org/", "https://e.org/"))
    assert page.sections[0].articles[0].id == page.lead == "world-engineering-day", "as in the mail"
    shown = {article.id: plain(f"{article.summary} {article.body}") for section in page.sections for article in section.articles}
    full = (
        composed(replace(sample, layout=FULL), SAMPLE, load_theme("cast"))
        .text.partition("6 more stories")[2]
        .partition("Editor: ")[0]
    )
    sentences = [
        sentence for block in full.split("\n\n") for sentence in digest.sentences(plain(re.sub(r"(?m) \[\d+\]|-{5,}|^ *\d+\. ", "", block)))
        if len(sentence) > 40 and "http" not in sentence and "===" not in sentence and not sentence.startswith(("[", "Source"))
    ]  # fmt: skip
    assert len(sentences) > 120
    titles = [article.plain_title for section in page.sections for article in section.articles]
    everything = " ".join([*shown.values(), *titles, plain(str(page.opening)), *page.texts.values()])
    assert [sentence for sentence in sentences if squeezed(sentence) not in squeezed(everything)] == []


def plain(html: str) -> str:
    return " ".join(re.sub(r"<[^>]*>", " ", html.replace("&#39;", "'").replace("&amp;", "&").replace("&#38;", "&")).split())


def squeezed(text: str) -> str:
    return re.sub(r"[\s*·-]|^\d+\. ", "", text)


@pytest.mark.parametrize("name", first(theme_names()))
def test_what_a_digest_keeps_and_leaves_out(name: str) -> None:
    theme = load_theme(name)
    blocks = (paragraph("First sentence of it. " * 9), paragraph("At the end."))
    articles = tuple(Article(f"a{at}", f"Title {at}", blocks) for at in range(5))
    whole = replace(articles[3], blocks=(Summary(whole=True), *blocks))
    issue = issue_of(layout=DIGEST, lead="a1")
    section = issue.sections[0]
    issue = replace(issue, sections=(replace(section, articles=(*articles[:3], whole, articles[4])),))
    mail = composed(issue, theme=theme)
    assert mail.html.count("At the end.") == 1
    assert mail.html.index("Title 1") < mail.html.index("Title 0")  # the lead comes first, and only there
    assert len(re.findall(r"<h\d[^>]*>(?:<a[^>]*>)?Title 1<", mail.html)) == 1
    assert 'href="#a3"' in mail.html
    assert "Read on" in mail.text


def test_an_old_theme_without_digests_says_so(tmp_path: Path) -> None:
    root = theme_copy(tmp_path)
    file = root / "ours" / "issue.mjml.j2"
    file.write_text(file.read_text(encoding="utf-8").replace(".story", ".told"), encoding="utf-8")
    theme = Theme(**{**vars_of(load_theme("cast")), "templates": {"issue.mjml.j2": file.read_text(encoding="utf-8")}})
    with pytest.raises(ComposeError, match="theme-digest"):
        composed(issue_of(layout=DIGEST), theme=theme)


def vars_of(theme: Theme) -> dict[str, object]:
    return {name: getattr(theme, name) for name in theme.__slots__}


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("Dr. Lin of the U.S. came. He spoke! “Yes.” Then he left.", ["Dr. Lin of the U.S. came.", "He spoke!", "“Yes.”", "Then he left."]),
        ("中国。“好。”是的！然后", ["中国。", "“好。”", "是的！", "然后"]),
        ("نعم؟ لا.", ["نعم؟", "لا."]),
        ("At 3.5 GeV it shines. ok", ["At 3.5 GeV it shines. ok"]),
    ],
)  # fmt: skip
def test_sentences_end_where_they_end(text: str, expected: list[str]) -> None:
    assert digest.sentences(text) == expected


def test_a_proposed_summary_is_short_and_made_of_whole_sentences_where_they_fit() -> None:
    def proposed(*texts: str) -> str:
        return digest.proposed_summary(Article("a", "A", tuple(Paragraph((Text(text),)) for text in texts)))

    assert proposed("One. " + "Two words here. " * 30) == "One. " + "Two words here. " * 7 + "Two words here."
    assert proposed("Short one.", "Another paragraph.") == "Short one."
    long = proposed("word " * 100 + "end.")
    assert long.endswith("word…")
    assert not digest.is_too_long(long)
    assert digest.length_of(proposed("汉字，" * 100 + "。")).han_count <= digest.MOST_HAN
    assert proposed() == ""


def test_reading_takes_at_least_a_minute_and_chinese_is_counted_by_characters() -> None:
    def minutes(text: str) -> int:
        return digest.reading_minutes(Article("a", "A", (paragraph(text),)))

    assert (minutes("Short."), minutes("word " * 920), minutes("字" * 1600)) == (1, 4, 4)


def test_sentences_of_odd_texts_are_found_in_one_pass() -> None:
    """Rows of marks and of abbreviations took half a minute, and the search of the archive splits texts at each request."""
    dots, short = "x " + "." * 50_000 + "a", "aa. " * 12_500 + "b"
    assert digest.sentences(dots) == [dots]
    assert digest.sentences(short) == [short]
    assert digest.sentences("Who?! Dr. Wu met U.S.A. partners... They left.") == [
        "Who?!",
        "Dr. Wu met U.S.A. partners...",
        "They left.",
    ]


def test_a_list_of_contents_without_highlights_has_stories_of_each_section(sample: Issue) -> None:
    entries, left_out = shared_values.contents_of(replace(sample, highlights=()))
    assert [article.id for article in entries] == [
        "innovation-at-the-centre", "bologna", "luobing-congress", "pacifichem", "digital-economy-with-russia", "zhang-weiqing",
    ]  # fmt: skip
    assert left_out == 4


def test_a_correction_in_the_text_of_a_story_is_another_version_and_a_note_of_an_editor_is_not() -> None:
    def digest_of(*blocks: Paragraph | EditorMark) -> str:
        return composed(issue_of(blocks, layout=DIGEST)).digest

    told = tuple(paragraph(f"The text of paragraph {at} says what happened, in a few words.") for at in range(9))
    assert digest_of(*told) == digest_of(*told, EditorMark("TODO: ask"))
    assert digest_of(*told) != digest_of(*told[:-1], paragraph("Correction: it did not happen."))


def test_a_single_story_is_not_counted_but_listed() -> None:
    articles = tuple(Article(f"a{at}", f"Title {at}", (paragraph("Text."),)) for at in range(5))
    issue = issue_of(layout=DIGEST, lead="a0", highlights=("a4", "a1", "a3"))
    issue = replace(issue, sections=(replace(issue.sections[0], articles=articles),))
    entries, left_out = shared_values.contents_of(issue)
    assert ({article.id for article in entries}, left_out) == ({"a1", "a2", "a3", "a4"}, 0)
