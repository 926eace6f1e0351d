"""Each rule is shown one mail that breaks it and, in every other test, many that do not."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

import pytest

from composer import preflight
from composer.document import Article, EditorMark, Figure, Footer, Issue, Section
from composer.images import Picture
from composer.messages import MESSAGES
from composer.preflight import RULES, Mail
from composer.theme import Theme
from tests.composer.making import composed, issue_of, paragraph, with_picture

Change = Callable[[Mail], Mail]


@pytest.fixture(scope="module")
def mail(theme: Theme, tmp_path_factory: pytest.TempPathFactory) -> Mail:
    folder = tmp_path_factory.mktemp("issue")
    with_picture(folder)
    issue = issue_of((paragraph("Text."), Figure("images/a.jpg", "what is seen")))
    finished = composed(issue, folder, theme)
    return Mail.of(finished, issue, theme, "send", ["https://e.org/a.jpg"])


def html(old: str, new: str, count: int = 1) -> Change:
    def change(mail: Mail) -> Mail:
        assert old in mail.html, old
        return replace(mail, html=mail.html.replace(old, new, count))

    return change


def issue(change: Callable[[Issue], Issue]) -> Change:
    return lambda mail: replace(mail, issue=change(mail.issue))


HEAVY = Picture("a.jpg", "image/jpeg", b"x" * 300_000, 10, 10, "d")
BROKEN: list[tuple[str, str, Change]] = [
    ("size-gmail", "error", html("</body>", "x" * 105_000 + "</body>")),
    ("size-gmail", "warning", lambda mail: replace(mail, html=mail.html.ljust(95_000))),
    ("style-gmail", "error", html("</style>", ".a{color:red}" * 1300 + "</style>")),
    ("style-gmail", "warning", html("</style>", ".a{color:red}" * 600 + "</style>")),
    ("images-weight", "warning", lambda mail: replace(mail, pictures=(HEAVY,))),
    ("images-weight", "warning", lambda mail: replace(mail, pictures=(HEAVY,) * 3)),
    ("style-head", "error", html("</body>", "<style>p{color:red}</style></body>")),
    ("style-poison", "error", html("</style>", "@media print{@media screen{p{color:red}}}</style>")),
    ("style-poison", "error", html("</style>", "}</style>")),
    ("important", "error", html('style="', 'style="color:red !important;')),
    ("mso-balance", "error", html("<![endif]-->", "-->")),
    ("mso-balance", "error", html("</table>", "")),
    ("mso-balance", "error", html("</body>", "<!--[if mso]></td><![endif]--></body>")),
    ("outlook-width", "error", html('width="520"', 'width="100%"')),
    ("outlook-width", "error", html('width="520"', 'width="640"')),
    ("no-active", "error", html("</body>", "<form></form></body>")),
    ("no-active", "error", html("<h1 ", '<h1 onclick="x" ')),
    ("role", "error", html(' role="presentation"', "", -1)),
    ("alt", "error", html(' alt="what is seen"', "")),
    ("alt", "warning", html('"what is seen"', '"' + "x" * 126 + '"')),
    ("alt", "warning", html('"what is seen"', '"a.jpg"')),
    ("lang", "error", html('lang="en"', 'lang="und"')),
    ("title", "error", html("<title>CAST Newsletter 2023-03</title>", "<title> </title>")),
    ("headings", "warning", html("<h1 ", "<h2 ")),
    ("headings", "warning", html("<h2 ", "<h4 ")),
    ("preheader", "error", html("A laser that", "")),
    ("preheader", "warning", issue(lambda it: replace(it, preheader="A laser that works"))),
    ("preheader", "warning", issue(lambda it: replace(it, subject=it.preheader))),
    ("subject", "warning", issue(lambda it: replace(it, subject="x" * 151))),
    ("control-chars", "error", html("Text.", "Text\x0b.")),
    ("control-chars", "error", html("what is seen", "what \\u{3000}")),
    ("control-chars", "error", lambda mail: replace(mail, subject="a\nb")),
    ("link-url", "error", html('href="https://english', 'href="javascript:english')),
    ("link-url", "error", html('href="#one"', 'href="#nowhere"')),
    ("link-url", "error", html('href="https://english', 'href="https://é')),
    ("tokens", "error", html("-mr_view_url-", "#one", -1)),
    ("tokens", "error", html("Text.", "-mr_name_text-")),
    ("tokens", "error", lambda mail: replace(mail, text=mail.text + "-mr_name_html-")),
    ("tokens", "error", html("Text.", "{{ name }}")),
    ("tokens", "error", html("Text.", "-mr%5Fview_url-")),
    ("unsubscribe", "error", html('href="-mr_unsubscribe_url-"', "")),
    ("unsubscribe", "error", lambda mail: replace(mail, text=mail.text.replace("-mr_unsubscribe_url-", ""))),
    ("text-parity", "error", lambda mail: replace(mail, text="")),
    ("text-parity", "error", html("Text.", '<a href="https://e.org/other">x</a>')),
    ("text-parity", "error", issue(lambda it: replace(it, sections=(Section("S", (Article("x", "Other title"),)),)))),
    ("postal-address", "error", issue(lambda it: replace(it, footer=Footer("a")))),
    ("postal-address", "error", html("3 Fuxing Road", "")),
    ("editor-mark", "error", issue(lambda it: replace(it, opening=(EditorMark("settle this"),)))),
    ("image-missing", "error", issue(lambda it: replace(it, opening=(Figure("missing"),)))),
    ("images-https", "error", lambda mail: replace(mail, picture_urls=("http://news.example.org/a.jpg",))),
    ("images-https", "warning", lambda mail: replace(mail, picture_urls=("http://localhost:8000/a.jpg",))),
]  # fmt: skip


def test_a_sound_mail_breaks_no_rule(mail: Mail) -> None:
    assert preflight.inspect(mail) == ()


@pytest.mark.parametrize(("code", "level", "change"), BROKEN)
def test_a_broken_mail_is_found(mail: Mail, code: str, level: str, change: Change) -> None:
    found = preflight.inspect(change(mail))
    assert (code, level) in [(finding.code, finding.level) for finding in found]
    assert all(str(finding) for finding in found)  # every finding has its words


def test_every_rule_is_broken_once_above() -> None:
    assert {rule.code for rule in RULES} == {code for code, _, _ in BROKEN}


def test_a_draft_may_be_unfinished(mail: Mail) -> None:
    unfinished = issue(lambda it: replace(it, opening=(EditorMark("x"), Figure("missing")), footer=Footer("CAST is large.")))
    found = preflight.inspect(replace(unfinished(mail), stage="draft"))
    assert {finding.level for finding in found} == {"warning"}


def test_every_message_can_be_written(tmp_path: Path) -> None:
    """Templates with a wrong brace would only fail when they are needed."""

    class Anything(dict[str, object]):
        def __missing__(self, key: str) -> str:
            return f"<{key}>"

    for message, hint in MESSAGES.values():
        for template in (message, hint):
            assert template.format_map(Anything())
