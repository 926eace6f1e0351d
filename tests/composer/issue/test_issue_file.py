from pathlib import Path

import pytest

from composer.errors import ComposeError
from composer.issue.document import (
    EditorMark,
    Emphasis,
    Field,
    Figure,
    Link,
    ListBlock,
    Paragraph,
    Quote,
    Sources,
    Strong,
    SubHeading,
    Text,
)
from composer.issue.parsing.issue_file import load_issue, parse_issue
from tests.composer.making import BODY, BODY_LINE, HEAD, codes, paragraph, with_picture


def blocks_of(body: str) -> tuple[object, ...]:
    issue = parse_issue(HEAD + "# Headlines\n## One {#one}\n" + body)
    return issue.sections[0].articles[0].blocks


def faults(text: str, folder: Path | None = None) -> list[tuple[str, int | None]]:
    with pytest.raises(ComposeError) as caught:
        parse_issue(text, folder=folder)
    return [(finding.code, finding.line) for finding in caught.value.findings if finding.level == "error"]


def test_every_kind_of_block_is_parsed() -> None:
    body = (
        "Some **bold**, *soft* and [a link](https://example.org).\n\n### Sub\n\n> said\n\n- a\n- b\n\n3. c\n\n"
        "![what is seen](missing)\nCredit: *Nature*\nCaption: a logo\n\n<!-- check: this -->\n\n"
        "Sources: news.cn; [CAST](https://example.org/a;b)\n"
    )
    assert blocks_of(body) == (
        Paragraph(
            (
                Text("Some "),
                Strong((Text("bold"),)),
                Text(", "),
                Emphasis((Text("soft"),)),
                Text(" and "),
                Link("https://example.org", (Text("a link"),)),
                Text("."),
            )
        ),
        SubHeading("Sub"),
        Quote((paragraph("said"),)),
        ListBlock(((paragraph("a"),), (paragraph("b"),))),
        ListBlock(((paragraph("c"),),), ordered=True, start=3),
        Figure("missing", "what is seen", (Text("a logo"),), (Emphasis((Text("Nature"),)),)),
        EditorMark("check: this"),
        Sources(((Text("news.cn"),), (Link("https://example.org/a;b", (Text("CAST"),)),))),
    )


def test_merge_fields_in_text_and_links_are_parsed() -> None:
    assert blocks_of('Dear {{ name or "reader" }}, [stop](<{{ unsubscribe_url }}>) \\{{ x }}\n') == (
        Paragraph(
            (
                Text("Dear "),
                Field("name", "reader"),
                Text(", "),
                Link("{{ unsubscribe_url }}", (Text("stop"),)),
                Text(" {{ x }}"),
            )
        ),
    )


def test_a_line_end_becomes_a_space_but_not_between_chinese_characters() -> None:
    assert blocks_of("one\ntwo\n\n中国\n科学\n") == (paragraph("one two"), paragraph("中国科学"))


def test_text_before_the_first_section_is_the_opening() -> None:
    assert parse_issue(HEAD + "Dear all,\n" + BODY).opening == (paragraph("Dear all,"),)


def test_ids_are_made_from_titles() -> None:
    issue = parse_issue(HEAD + "# S\n## What's new: Café\nx\n## 科学家\ny\n")
    assert [article.id for article in issue.articles()] == ["whats-new-cafe", "article-2"]


def test_a_section_has_an_id_only_if_it_is_written() -> None:
    issue = parse_issue(
        HEAD + "# News {#news}\n## One\nx\n# Dates <!-- m -->\n## Two\ny\n# More {#more} <!-- m -->\n## Three\nz\n"
    )
    assert [(section.title, section.id) for section in issue.sections] == [("News", "news"), ("Dates", ""), ("More", "more")]


def test_an_escaped_brace_begins_no_id() -> None:
    issue = parse_issue(HEAD + "# Sets \\{#a}\n## One \\\\{#one}\nx\n")
    assert [(section.title, section.id) for section in issue.sections] == [("Sets {#a}", "")]
    assert [(article.title, article.id) for article in issue.articles()] == [("One \\", "one")]


@pytest.mark.parametrize(
    ("body", "code", "line"),
    [
        ("# S\n## One\n[x](javascript:alert(1))\n", "link-scheme", 3),
        ("# S\n## One\ntext\n[x](data:text/html,x)\n", "link-scheme", 4),
        ("# S\n## One\n[x](/relative)\n", "link-relative", 3),
        ("# S\n## One\n[x]()\n", "link-empty", 3),
        ("# S\n## One\n[x](https://user:pw@example.org)\n", "link-login", 3),
        ("# S\n## One\n[x](#tow)\n", "link-anchor", 3),
        ("# S\n## One\n[](https://example.org)\n", "link-no-text", 3),
        ("# S\n## One {#a}\nx\n## Two {#a}\ny\n", "id-twice", 4),
        ("# S\n## One {#A b}\nx\n", "id-wrong", 2),
        ("# S {#A b}\n## One {#a}\nx\n", "id-wrong", 1),
        ("# S {#}\n## One {#a}\nx\n", "id-wrong", 1),
        pytest.param(f"# S\n## One {{#{'a' * 81}}}\nx\n", "id-wrong", 2, id="an id of 81 characters"),
        ("# S {#a}\n## One {#a}\nx\n", "id-twice", 2),
        ("# S\n## One {#a}\nx\n\n# T {#a}\n## Two {#b}\nx\n", "id-twice", 5),
        ("# S\n## One\n", "article-empty", 2),
        ("# S\n## One\nx\n# T\n", "section-empty", 4),
        ("## One\nx\n", "article-outside", 1),
        ("# S\ntext\n## One\nx\n", "block-outside", 2),
        ("# S\n## One\nx\n#### Deep\n", "heading-deep", 4),
        ("# S\n## One\nx ![a](missing)\n", "image-in-text", 3),
        ("# S\n## One\n![a](missing)\nwords\n", "figure-line", 4),
        ("# S\n## One\n![a](missing)\nCredit: a\nCredit: b\n", "figure-twice", 5),
        ("# S\n## One\nx\n\n---\n", "not-in-format", 5),
        ("# S\n## One\n```\ncode\n```\n", "not-in-format", 3),
        ("# S\n## One\n{{ nmae }}\n", "field-unknown", 3),
        ("# S\n## One\n{{ name | upper }}\n", "field-shape", 3),
        ("# S\n## One\n[x](<{{ name }}>)\n", "field-link", 3),
        ('# S\n## One\n[x](<https://e.example/?u={{ email or "x" }}>)\n', "field-link", 3),
        ("# S\n## One\n<https://e.example/{{ email }}>\n", "field-link", 3),
        ("# S\n## One {{ name }}\nx\n", "field-place", 2),
        ("# S\n## One\n-mr_name_html-\n", "tag-in-text", 3),
        ("# S\n## One\na <!-- b\n", "mark-open", 3),
        ("# S\n## One\nSource:\n", "sources-empty", 3),
        ("# S\n## One\n" + ">" * 61 + " x\n", "too-deep", 3),
        ("# S\n## One\n" + "> " * 5000 + " x\n", "too-deep", 3),
        ("\n", "no-articles", 1),
        ("# S\n## One\nbad\u202ebidi\n", "bad-character", 3),
        ("# S\n## One\nbad\x00\n", "bad-character", 3),
        ("# S\n## One\nbad\ufdd0\n", "bad-character", 3),
    ],
)
def test_faults_of_the_body_have_a_line(body: str, code: str, line: int) -> None:
    assert (code, line + BODY_LINE - 1) in faults(HEAD + body)


@pytest.mark.parametrize(
    ("old", "new", "code", "line"),
    [
        ("title:", "titel:", "key-unknown", 2),
        ("title: CAST Newsletter\n", "", "key-missing", 1),
        ("date: 2023-03-31", "date: 31.3.2023", "date-wrong", 5),
        ("date: 2023-03-31", "date: 2023-02-30", "date-wrong", 5),
        ("language: en", "language: english!", "language-wrong", 8),
        ("language: en", "language: en-abcde-abcde-abcde-abcde-abcde-abcd12", "language-wrong", 8),
        ("number:", "title: twice\nnumber:", "key-twice", 4),
        ("language: en", "language: en\nhighlights: [uno]", "highlight-unknown", 9),
        ("language: en", "language: en\nhighlights: [one, one]", "highlight-twice", 9),
        ("language: en", "language: en\ncredits: [x]", "key-shape", 9),
        ("subject: Light in Dalian", "subject: [a, b]", "key-shape", 6),
        ("subject: Light in Dalian", "subject:", "key-empty", 6),
        ("subject: Light in Dalian", 'subject: "a\\nb"', "one-line", 6),
        ("subject: Light in Dalian", "subject: a\u202eb", "bad-character", 6),
        ("subject: Light in Dalian", "subject: {{ naem }}", "key-shape", 6),
        ("subject: Light in Dalian", "subject: x {{ naem }}", "field-unknown", 6),
        ("subject: Light in Dalian", 'subject: "open', "head-yaml", 6),
        ("  about: CAST is large.", "  abuot: CAST is large.", "key-unknown", 10),
        ("  address: 3", "  website: javascript:x\n  address: 3", "link-scheme", 11),
        ("  address: 3", "  email: nobody\n  address: 3", "email-wrong", 11),
        ("  address: 3", "  email: 通讯@科协.中国\n  address: 3", "email-wrong", 11),
        ("---\ntitle", "title", "head-missing", 1),
    ],
)
def test_faults_of_the_head_have_a_line(old: str, new: str, code: str, line: int) -> None:
    assert old in HEAD
    assert (code, line) in faults(HEAD.replace(old, new, 1) + BODY)


def test_one_run_reports_all_errors_with_messages_and_hints() -> None:
    with pytest.raises(ComposeError) as caught:
        parse_issue(HEAD.replace("number:", "nummer:") + "# S\n## One\n[x](ftp://x)\n", file="a/issue.md")
    assert str(caught.value).split("\n") == [
        "a/issue.md:1:1: key-missing: the key “number” is missing — add `number: …` to the head",
        "a/issue.md:4:1: key-unknown: there is no key “nummer” — did you mean “number”?",
        "a/issue.md:15:5: link-scheme: a link may not begin with “ftp:” — use https://, http://, mailto: or tel:",
    ]


def told(text: str) -> list[str]:
    with pytest.raises(ComposeError) as caught:
        parse_issue(text)
    return [str(finding) for finding in caught.value.findings]


def test_the_hint_lists_the_first_ids_if_none_is_similar() -> None:
    articles = "".join(f"\n\n## Story {number} {{#{name}}}\nx" for number, name in enumerate("abcdefgh"))
    highlight, link = told(HEAD.replace("footer:", "highlights: [zzzz]\nfooter:") + f"# S{articles}\n[l](#nowhere)\n")
    for said in (highlight, link):
        assert said.endswith("— available: a, b, c, d, e, f and 2 more")
    (near,) = told(HEAD + "# S\n## One {#one}\n[l](#onw)\n")
    assert near.endswith("— did you mean “#one”?")
    (block,) = told(HEAD + BODY + "\n::: qqq\nx\n:::\n")
    assert block.endswith("— available: profile, calendar, action, question, lang, only")


def test_a_value_with_a_colon_needs_quotation_marks_and_the_message_says_so() -> None:
    (said,) = told(HEAD.replace("organisation: China", "organisation: Harbour: China") + BODY)
    assert said.startswith("issue.md:3:1: head-yaml: the head cannot be read: a second colon in a value without quotation marks")
    assert "put a value that contains a colon in quotation marks" in said


def test_warnings_do_not_prevent_parsing() -> None:
    body = "# S\n## *One*\n<b>x</b>\n\nSource: a\n\n**(a)**b {{ name }}\n"
    found = codes(parse_issue(HEAD + body).findings)
    assert found == ["title-markup", "html-in-text", "html-in-text", "sources-not-last", "markup-left", "field-default"]


def test_missing_picture_files_are_reported(tmp_path: Path) -> None:
    with_picture(tmp_path, "images/wed-logo.jpg")
    (tmp_path / "images" / "out.jpg").symlink_to("/etc/hostname")
    body = "# S\n## One\n" + "\n\n".join(
        f"![a]({src})" for src in ("images/wed-lgoo.jpg", "../x.jpg", "https://example.org/x.jpg", "images/out.jpg")
    )
    with pytest.raises(ComposeError) as caught:
        parse_issue(HEAD + body, folder=tmp_path)
    assert codes(caught.value.findings) == ["image-file", "image-path", "image-remote", "image-path"]
    assert caught.value.findings[0].params["nearest"] == "images/wed-logo.jpg"


@pytest.mark.parametrize("data", [b"\xff\xfe", b"---\ntitle: \xe9\n"])
def test_a_file_that_is_not_utf8_is_refused(tmp_path: Path, data: bytes) -> None:
    (tmp_path / "issue.md").write_bytes(data)
    with pytest.raises(ComposeError, match="not-utf8"):
        load_issue(tmp_path)


def test_a_folder_without_an_issue_is_refused(tmp_path: Path) -> None:
    with pytest.raises(ComposeError, match="no-issue-file"):
        load_issue(tmp_path)


def test_a_windows_file_with_a_byte_order_mark_is_read(tmp_path: Path) -> None:
    (tmp_path / "issue.md").write_bytes(b"\xef\xbb\xbf" + (HEAD + BODY).replace("\n", "\r\n").encode())
    assert load_issue(tmp_path) == parse_issue(HEAD + BODY)


@pytest.mark.parametrize("name", ["<{{ view_url }}>", "images/<!-- m -->a.png"])
def test_a_merge_field_or_mark_in_a_picture_file_name_is_refused(name: str) -> None:
    with pytest.raises(ComposeError, match="image-field"):
        parse_issue(HEAD + "# S\n## One {#one}\nx\n\n![y](" + name + ")")
