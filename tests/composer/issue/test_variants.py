"""Which variants an issue has, and who gets which."""

import itertools
import os
import subprocess
import sys
from collections.abc import Mapping
from pathlib import Path

import pytest

from cli.issue.issue_check import check_source
from composer.composition import compose_folder, load_issues
from composer.errors import ComposeError
from composer.issue.document import (
    Article,
    EditorMark,
    Figure,
    Issue,
    Link,
    Only,
    Paragraph,
    Passage,
    Section,
    Text,
    plain,
)
from composer.issue.parsing.issue_file import parse_issue
from composer.issue.variants import MOST_COMPARISONS, MOST_VARIANTS, choose, resolve, variants_of
from tests.composer.making import BODY, HEAD, address_of, codes, issue_of, paragraph, with_picture

ROOT = Path(__file__).resolve().parents[3]


def only(condition: str, *blocks: Paragraph) -> Only:
    return Only(condition, blocks)


def told(issue: Issue) -> list[str]:
    return [plain(content) for block in issue.blocks() for content in block.contents()]


def test_an_issue_without_conditions_is_one_variant() -> None:
    variants, choices = variants_of([issue_of()])
    assert [variant.issue for variant in variants] == [issue_of()]
    assert variants[0].holds == ()
    assert (choices[0].comparisons, choices[0].numbers) == ((), (0,))
    assert choose("xx", {}, choices) == 0


def test_every_recipient_gets_the_content_for_their_conditions() -> None:
    """Compares each outcome of three conditions with an independent evaluation of the issue."""
    texts = {'country = "CN"': "members", 'a != 1 or country = "CN"': "others", "b in (1, 2) and a = 1": "few"}
    blocks = [paragraph("all"), *(only(condition, paragraph(words)) for condition, words in texts.items())]
    variants, choices = variants_of([issue_of(blocks)])
    assert len(choices[0].comparisons) == 3
    for country, a, b in itertools.product(("CN", "DE", None), (1, 2, None), (1, 2, 3, None)):
        person: Mapping[str, object] = {"country": country, "a": a, "b": b}
        issue = variants[choose("en", person, choices)].issue
        expected = ["all"]
        expected += ["members"] if country == "CN" else []
        expected += ["others"] if a != 1 or country == "CN" else []
        expected += ["few"] if b in (1, 2) and a == 1 else []
        assert told(issue) == expected
        assert not any(isinstance(block, Only) for block in issue.blocks())


def test_outcomes_with_the_same_content_become_one_variant_that_lists_them() -> None:
    variants, choices = variants_of([issue_of([paragraph("all"), only("a = 1 and b = 2", paragraph("both"))])])
    assert choices[0].numbers == (0, 0, 0, 1)
    assert variants[0].holds == ("a != 1 and b != 2", "a = 1 and b != 2", "a != 1 and b = 2")
    assert variants[1].holds == ("a = 1 and b = 2",)


def test_sections_articles_highlights_and_nested_parts_follow_their_conditions() -> None:
    deep = Passage("zh-CN", (only("a = 1", paragraph("one")),))
    issue = issue_of(
        sections=(
            Section("All", (Article("one", "One", (paragraph("x"), deep)), Article("two", "Two", (paragraph("y"),), "a = 1"))),
            Section("Some", (Article("three", "Three", (paragraph("z"),)),), (), "a = 1"),
            Section("Hollow", (Article("four", "Four", (only("a = 1", paragraph("w")), EditorMark("m"))),)),
        ),
        highlights=("one", "two", "four"),
    )
    (nobody, somebody), _ = variants_of([issue])
    assert [article.id for article in nobody.issue.articles()] == ["one"]
    assert nobody.issue.highlights == ("one",)
    assert nobody.issue.sections[0].articles[0].blocks == (paragraph("x"),)
    assert [article.id for article in somebody.issue.articles()] == ["one", "two", "three", "four"]
    assert somebody.issue.highlights == ("one", "two", "four")
    assert not any(section.only or article.only for section in somebody.issue.sections for article in section.articles)


def test_too_many_variants_are_refused() -> None:
    most = [only(f"a = {number}", paragraph(str(number))) for number in range(MOST_COMPARISONS)]
    variants, _ = variants_of([issue_of([paragraph("x"), *most])])
    assert len(variants) == MOST_VARIANTS
    with pytest.raises(ComposeError, match="variants-many"):
        variants_of([issue_of([paragraph("x"), *most, only("a = 9", paragraph("9"))])])
    with pytest.raises(ComposeError, match="variants-many"):
        variants_of([issue_of([paragraph("x"), *most]), issue_of(language="de")])


def test_a_variant_without_articles_is_refused() -> None:
    issue = issue_of(sections=(Section("S", (Article("one", "One", (only('c = "CN"', paragraph("x")),)),)),))
    with pytest.raises(ComposeError, match='variant-empty: the issue has no article for readers with c != "CN"'):
        variants_of([issue])


def test_a_link_to_an_article_that_is_hidden_from_some_readers_is_reported_with_its_line() -> None:
    body = '# S\n## One {#one}\nsee\n[two](#two)\n\n## Two {#two}\nOnly: c = "CN"\n\nx\n'
    issue = parse_issue(HEAD + body)
    with pytest.raises(ComposeError, match='link-hidden: the link “#two” leads nowhere for readers with c != "CN"') as caught:
        variants_of([issue])
    assert caught.value.findings[0].line == HEAD.count("\n") + 4
    both = body.replace("see\n[two](#two)", '::: only c = "CN"\nsee [two](#two)\n:::\n\nall')
    assert len(variants_of([parse_issue(HEAD + both)])[0]) == 2


def test_an_issue_without_conditions_resolves_to_itself() -> None:
    issue = issue_of([paragraph("x"), Paragraph((Link("https://e.org", (Text("y"),)),))])
    assert resolve(issue, {}) == issue


# -- languages of a folder -------------------------------------------------------------------------------------------


def folder_of(path: Path, **files: str) -> Path:
    for name, text in files.items():
        (path / f"issue{'.' if name != 'first' else ''}{name.replace('_', '-') if name != 'first' else ''}.md").write_text(text)
    return path


CHINESE = HEAD.replace("language: en", "language: zh-Hans") + "\n# 头条\n\n## 一 {#one}\n\n文。\n"


def test_each_reader_gets_their_language(tmp_path: Path) -> None:
    made = compose_folder(folder_of(tmp_path, first=HEAD + BODY, zh_Hans=CHINESE), picture_url=address_of)
    assert [variant.language for variant in made.variants] == ["en", "zh-Hans"]
    for wanted, served in (("zh-CN", "zh-Hans"), ("en-GB", "en"), ("", "en"), ("fr", "en"), ("zh", "zh-Hans")):
        assert made.choose(wanted, {}).language == served
    assert "文。" in made.choose("zh-CN", {}).mail.text


@pytest.mark.parametrize(
    ("changes", "code", "line"),
    [
        ({"zh_Hans": CHINESE.replace("language: zh-Hans", "language: zh-Hant")}, "language-file", 8),
        ({"zh_Hans": CHINESE.replace("number: 2023-03", "number: 2023-04")}, "language-differs", 4),
        ({"zh_Hans": CHINESE.replace("date: 2023-03-31", "date: 2023-04-01")}, "language-differs", 5),
        ({"en": HEAD + BODY}, "language-twice", 8),
        ({"zh_Hans": CHINESE.replace("title:", "titel:")}, "key-unknown", 2),
        ({"zh_Hans": CHINESE, "first": HEAD.replace("title:", "titel:") + BODY}, "key-unknown", 2),
    ],
)
def test_the_language_files_must_agree(tmp_path: Path, changes: dict[str, str], code: str, line: int) -> None:
    with pytest.raises(ComposeError) as caught:
        load_issues(folder_of(tmp_path, **({"first": HEAD + BODY} | changes)))
    assert (code, line) in [(finding.code, finding.line) for finding in caught.value.findings]


def test_the_faults_of_all_language_files_are_reported(tmp_path: Path) -> None:
    bad = HEAD.replace("title:", "titel:")
    with pytest.raises(ComposeError) as caught:
        load_issues(folder_of(tmp_path, first=bad + BODY, de=bad, fr=bad))
    assert {Path(finding.file).name for finding in caught.value.findings} == {"issue.md", "issue.de.md", "issue.fr.md"}


@pytest.mark.parametrize(
    ("name", "language", "wanted"),
    [
        ("issue-fr.md", "fr", "issue.fr.md"),
        ("issue_zh_Hans.md", "zh-Hans", "issue.zh-Hans.md"),
        ("Issue fr.MD", "fr-CA", "issue.fr-CA.md"),
        ("issue-deu.markdown", "de", "issue.de.md"),
        ("issue-fr.md", "en", "issue.fr.md"),  # the language in its head was not changed
    ],
)
def test_a_language_file_with_a_wrong_name_is_reported(tmp_path: Path, name: str, language: str, wanted: str) -> None:
    folder = folder_of(tmp_path, first=HEAD + BODY, zh=CHINESE.replace("zh-Hans", "zh"))
    (folder / name).write_text(HEAD.replace("language: en", f"language: {language}") + BODY, encoding="utf-8")
    for found in (compose_folder(folder, picture_url=address_of).findings, check_source(folder)):
        (told,) = (finding for finding in found if finding.code == "language-unread")
        assert (told.level, told.file, told.variant) == ("warning", str(folder / name), "")
        assert told.params == {"name": name, "wanted": wanted}


@pytest.mark.parametrize("name", ["issue-old.md", "issue-notes.md", "issue.html", "issue.1.txt", "issues.md"])
def test_copies_and_other_files_next_to_an_issue_are_not_reported(tmp_path: Path, name: str) -> None:
    folder = folder_of(tmp_path, first=HEAD + BODY)
    (folder / name).write_text(HEAD + BODY, encoding="utf-8")
    assert codes(load_issues(folder)[0].findings) == []


def test_a_copy_next_to_a_faulty_issue_is_not_reported(tmp_path: Path) -> None:
    folder = folder_of(tmp_path, first=HEAD.replace("title:", "titel:") + BODY)
    (folder / "issue-old.md").write_text(HEAD + BODY, encoding="utf-8")
    with pytest.raises(ComposeError) as caught:
        load_issues(folder)
    assert "language-unread" not in codes(caught.value.findings)


def test_a_language_file_with_another_tag_gets_a_hint_with_both_fixes(tmp_path: Path) -> None:
    with pytest.raises(ComposeError, match=r"`issue\.zh-Hant\.md`, or write `language: zh-Hans` in"):
        load_issues(folder_of(tmp_path, first=HEAD + BODY, zh_Hans=CHINESE.replace("language: zh-Hans", "language: zh-Hant")))


def test_a_missing_theme_is_reported_in_each_language_with_all_other_faults(tmp_path: Path) -> None:
    (tmp_path / "images").mkdir()
    (tmp_path / "images" / "a.jpg").write_bytes(b"no picture")
    named = HEAD.replace("footer:", "theme: csat\nfooter:")
    body = "# S\n## One {#one}\n![x](images/a.jpg)\n\n<!-- m -->\n"
    folder = folder_of(
        tmp_path, first=named + body, zh=CHINESE.replace("zh-Hans", "zh").replace("footer:", "theme: csat\nfooter:")
    )
    place = [("issue.md", 9, 8), ("issue.zh.md", 9, 8)]
    with pytest.raises(ComposeError) as caught:
        compose_folder(folder, picture_url=address_of)
    for found in (caught.value.findings, check_source(folder)):
        missing = [finding for finding in found if finding.code == "theme-missing"]
        assert [(Path(finding.file).name, finding.line, finding.column) for finding in missing] == place
    assert "image-format" in codes(caught.value.findings)
    assert "editor-mark" in codes(check_source(folder))


def test_findings_and_pictures_of_all_variants_are_listed_once(tmp_path: Path) -> None:
    with_picture(tmp_path)
    body = '# S\n## One {#one}\n![x](images/a.jpg)\n\n<!-- m -->\n\n::: only c = "CN"\nx\n:::\n'
    made = compose_folder(folder_of(tmp_path, first=HEAD + body), picture_url=address_of)
    assert len(made.variants) == 2
    assert codes(made.findings).count("editor-mark") == 1
    assert len(made.pictures) == 1
    assert any(isinstance(block, Figure) for block in made.issues[0].blocks())


SCRIPT = """
import sys
from pathlib import Path
sys.path.insert(0, sys.argv[1])
from composer.composition import compose_folder
made = compose_folder(Path(sys.argv[2]), picture_url=lambda picture: "https://e.org/" + picture.name)
print(made.digest, [variant.mail.digest for variant in made.variants], made.choices)
"""


@pytest.mark.soak
def test_two_processes_compose_the_same_variants(tmp_path: Path) -> None:
    with_picture(tmp_path)
    body = (
        '# S\n## One {#one}\nx\n\n![p](images/a.jpg)\n\n::: only c in ("CN", "DE", "FR")\n{{ name or "you" }} {{ name or "me" }}\n:::\n\n'
        "::: only a = 1 or b = True\ny\n:::\n"
    )
    folder_of(tmp_path, first=HEAD + body, zh_Hans=CHINESE)
    outputs = set()
    for seed in ("1", "4242"):
        environment = {**os.environ, "PYTHONHASHSEED": seed, "PYTHONDONTWRITEBYTECODE": "1"}
        run = subprocess.run(
            [sys.executable, "-c", SCRIPT, str(ROOT), str(tmp_path)], env=environment, capture_output=True, text=True, check=True
        )
        outputs.add(run.stdout)
    assert len(outputs) == 1


def test_the_digest_covers_who_gets_which_variant(tmp_path: Path) -> None:
    def digest(condition: str) -> str:
        body = f"# S\n## One {{#one}}\nx\n\n::: only {condition}\ny\n:::\n"
        return compose_folder(folder_of(tmp_path, first=HEAD + body), picture_url=address_of).digest

    assert len({digest('c = "CN"'), digest('c = "DE"'), digest('c != "CN"'), digest('d = "CN"')}) == 4
