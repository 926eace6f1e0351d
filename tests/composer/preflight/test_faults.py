"""Mails in which exactly one rule finds something, for each rule: one change to a sound mail, or to its Markdown."""

import re
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

import pytest

from composer import preflight
from composer.css.colours import contrast_ratio
from composer.errors import Finding
from composer.images.picture_encoder import Picture
from composer.issue.document import SocialLink
from composer.issue.merge_fields import MergeField
from composer.messages.finding_texts import MESSAGES
from composer.preflight import RULES, Mail
from composer.preflight.rules.phone_rules import LEAST_INVERTED, inverted
from tests.composer.preflight.mails import BODY, RICH, mail_of, write_issue

Change = Callable[[Mail], Mail]


def html(old: str, new: str, count: int = 1) -> Change:
    """Returns a change that replaces text in the finished HTML."""

    def change(mail: Mail) -> Mail:
        assert old in mail.html, old
        return replace(mail, html=mail.html.replace(old, new, count))

    return change


def text(old: str, new: str) -> Change:
    def change(mail: Mail) -> Mail:
        assert old in mail.text, old
        return replace(mail, text=mail.text.replace(old, new))

    return change


def footer(**changes: object) -> Change:
    return lambda mail: replace(mail, issue=replace(mail.issue, footer=replace(mail.issue.footer, **changes)))


def also(*changes: Change) -> Change:
    def change(mail: Mail) -> Mail:
        for each in changes:
            mail = each(mail)
        return mail

    return change


def at_end(markup: str) -> Change:
    return html("</body>", f"{markup}</body>")


HEAVY = Picture("a.jpg", "image/jpeg", b"x" * 300_000, 10, 10, "d")
FIELDS = tuple(MergeField(f"-mr_name_{letter}_html-", "name", f"word {letter}", "html") for letter in "bcdefghijklmnopqrstuvw")
WORDS = "The hall in Madrid was full"
ALT = "Engineers stand on a bridge and look at a drawing"
SRC = re.compile(r'src="([^"]*/a-[^"]*\.jpg)"')


def source(ending: str) -> Change:
    """Returns a change of the address of the first picture."""

    def change(mail: Mail) -> Mail:
        found = SRC.search(mail.html)
        assert found
        return replace(mail, html=mail.html.replace(found[1], ending))

    return change


THEMES: list[tuple[str, str, Change]] = [
    ("size-gmail", "error", lambda mail: replace(mail, html=mail.html.ljust(105_000))),
    ("size-gmail", "warning", lambda mail: replace(mail, html=mail.html.ljust(95_000))),
    ("footer-unwritten", "warning", footer(social=(SocialLink("LinkedIn", "https://example.org/in"),))),
    ("size-encoded", "info", html('role="presentation"', 'role="presentation" title="' + "é" * 18_000 + '"')),
    ("style-gmail", "error", html("</style>", ".a{color:#ffffff}" * 1000 + "</style>")),
    ("style-gmail", "warning", html("</style>", ".a{color:#ffffff}" * 400 + "</style>")),
    ("images-weight", "warning", lambda mail: replace(mail, pictures=(replace(HEAVY, name=mail.pictures[0].name),))),
    ("merge-size", "warning", lambda mail: replace(mail, fields=(*mail.fields, *FIELDS))),
    ("doctype", "error", html("<!DOCTYPE html>", "")),
    ("style-head", "error", at_end("<style>.x{color:#ff0000}</style>")),
    ("style-poison", "error", html("</style>", "@media print{@media screen{.x{color:#ff0000}}}</style>")),
    ("style-poison", "error", html("</style>", "}</style>")),
    ("style-poison", "error", html("</style>", ".x{color:rgb(1 2 3)}</style>")),
    ("style-poison", "error", html("</style>", ".x{color}</style>")),
    ("style-inline", "error", at_end('<p style="color #222222;">x</p>')),
    ("style-inline", "error", at_end('<p style="color:rgb(0 0 0)">x</p>')),
    ("style-external", "error", html("</style>", "@font-face{font-family:x;src:local(x)}</style>")),
    ("style-external", "error", html("</head>", '<link rel="stylesheet" href="https://e.org/a.css"></head>')),
    ("important", "error", html('style="margin', 'style="line-height:1.2 !important;margin')),
    ("important-spelling", "error", html("</style>", ".x{margin:0!important}</style>")),
    ("important-spelling", "error", html("</style>", ".x{margin:0 ! important}</style>")),
    ("important-spelling", "error", html("</style>", ".x{margin:0 !IMPORTANT}</style>")),
    ("mso-balance", "error", at_end("<!--[if mso]><p>")),
    ("mso-balance", "error", at_end("<!--[if mso]><!--[if mso]>x<![endif]--><![endif]-->")),
    ("table-balance", "error", at_end("</td>")),
    ("table-balance", "error", at_end("<!--[if mso]></td><![endif]-->")),
    ("no-active", "error", at_end("<form></form>")),
    ("no-active", "error", html("<h1 ", '<h1 onclick="x" ')),
    ("no-active", "error", html("</head>", '<meta http-equiv="refresh" content="1"></head>')),
    ("role", "error", html(' role="presentation"', "")),
    ("role", "error", at_end("<!--[if mso]><table><tr><td>x</td></tr></table><![endif]-->")),
    ("role-data", "error", html('class="data"', 'class="data" role="presentation"')),
    ("lang", "error", html('lang="en"', 'lang="und"')),
    ("dir", "error", html('dir="ltr"', 'dir="auto"')),
    ("lang-wrapper", "error", lambda mail: replace(mail, html=mail.html[:200] + mail.html[200:].replace(' dir="ltr"', ""))),
    ("lang-part", "warning", html(WORDS, "施一公 said: " + WORDS)),
    ("title", "error", html("<title>CAST Newsletter 2023-03</title>", "<title> </title>")),
    ("headings", "warning", at_end("<h4></h4>")),
    ("headings", "warning", at_end("<h2>a</h2><h5>b</h5>")),
    ("headings", "warning", at_end("<h1>a</h1>")),
    ("outlook-width", "error", html('width="520"', 'width="560"')),
    ("outlook-width", "error", at_end('<table role="presentation" width="640"><tr><td>x</td></tr></table>')),
    ("outlook-width", "error", at_end('<!--[if mso]><table role="presentation"><tr><td style="width:601px">x</td></tr></table><![endif]-->')),
    ("image-width", "error", html('width="520"', 'width="100%"')),
    ("outlook-box", "warning", at_end('<p style="padding:10px 20px">x</p>')),
    ("outlook-box", "warning", at_end('<div style="width:300px">x</div>')),
    ("outlook-box", "warning", at_end('<div style="background-color:#ffeedd">&#160;</div>')),
    ("css-margin", "warning", at_end('<p style="margin:-10px 0">x</p>')),
    ("css-position", "warning", at_end('<p style="position:absolute">x</p>')),
    ("css-flex", "warning", html("</style>", ".x{display:flex}</style>")),
    ("css-grid", "warning", html("</style>", ".x{display:grid}</style>")),
    ("css-variable", "warning", html("</style>", ".x{color:var(--y)}</style>")),
    ("contrast", "error", at_end('<p class="zz" style="color:#bbbbbb">faint words</p>')),
    ("contrast", "error", at_end('<p class="zz"><font color="#cccccc">faint words</font></p>')),
    ("contrast", "error", html("</style>", "h2{color:#ffffff !important}@media (prefers-color-scheme: dark){h2{color:#ffffff !important}}</style>")),
    ("contrast-dark", "error", at_end('<p style="color:#222222">dark on dark</p>')),
    ("alt-contrast", "warning", html("</style>", "img{color:#cfd4d9}@media (prefers-color-scheme: dark){img{color:#ffffff !important}}</style>")),
    ("alt-contrast-dark", "warning", html("</style>", "@media (prefers-color-scheme: dark){img{color:#303030 !important}}</style>")),
    ("dark-meta", "warning", html('<meta name="supported-color-schemes" content="light dark">', "")),
    ("dark-scheme", "warning", html(":root{color-scheme: light dark;", ":root{")),
    ("alt", "error", html(f'alt="{ALT}"', "")),
    ("alt-link", "error", at_end('<a href="https://example.org/schools"><img alt="" width="1" src="https://e.org/dot.png"></a>')),
    ("image-kind", "warning", source("https://e.org/a.svg")),
    ("image-kind", "warning", source("https://e.org/a.webp?x")),
    ("image-kind", "warning", source("data:image/png;base64,AAAA")),
    ("images-https", "error", source("http://news.example.org/a.jpg")),
    ("images-https", "warning", source("http://localhost:8000/a.jpg")),
    ("subject-characters", "error", lambda mail: replace(mail, subject="a\u202eb" + mail.subject)),
    ("subject-characters", "error", lambda mail: replace(mail, subject=mail.subject + "\r\nBcc: x")),
    ("preheader", "error", html("World Engineering Day, a prize", "Another day, a prize")),
    ("preheader", "error", also(html("display:none;font-size:1px", "font-size:1px"), html("opacity:0;", ""))),
    ("control-chars", "error", html(WORDS, "The\x0b hall in Madrid was full")),
    ("control-chars", "error", html(WORDS, "The\u2066 hall in Madrid was full")),
    ("literal-escape", "error", html(f'alt="{ALT}"', 'alt="Engineers\\u{3000}on a bridge"')),
    ("literal-escape", "error", html(f'alt="{ALT}"', 'alt="Engineers\\non a bridge"')),
    ("placeholder", "error", html(WORDS, "Lorem ipsum dolor")),
    ("text-missing", "error", lambda mail: replace(mail, text=" \n")),
    ("text-parity", "error", text("A light in Dalian", "Something else")),
    ("text-parity", "error", at_end('<a href="https://e.org/other">another page</a>')),
    ("postal-address", "error", footer(address="")),
    ("postal-address", "error", html("3 Fuxing Road", "3 Other Road")),
    ("postal-address", "error", html("Beijing 100863, China", "Beijing 100863, China <b>\u0301</b>")),
    ("link-url", "error", also(at_end('<a href="//e.org/x">without a scheme</a>'), text("A light", "//e.org/x A light"))),
    ("link-url", "error", also(at_end('<a href="tel:12x34">call</a>'), text("A light", "12x34 A light"))),
    ("link-empty-text", "error", at_end('<a href="https://example.org/schools"> </a>')),
    ("link-empty-text", "error", at_end('<a href="https://example.org/schools">&#8203;&#8288;</a>')),
    ("anchor-dead", "error", html('href="#madrid"', 'href="#nowhere"')),
    ("tokens", "error", html("-mr_view_url-", "#madrid", -1)),
    ("tokens", "error", html("-mr_name_html-", "-mr_name_text-")),
    ("tokens", "error", lambda mail: replace(mail, text=mail.text.replace("-mr_name_text-", "-mr_name_html-"))),
    ("token-left", "error", html(WORDS, "{{ name }} in Madrid")),
    ("token-left", "error", lambda mail: replace(mail, text=mail.text + "-mr_NAME-")),
    ("merge", "error", html(WORDS, "Dear -mr_name_z_html-")),
    ("unsubscribe", "error", html('href="-mr_unsubscribe_url-"', "")),
    ("unsubscribe", "error", text("-mr_unsubscribe_url-", "")),
    ("unsubscribe", "error", html('href="-mr_unsubscribe_url-"', 'style="display:none" href="-mr_unsubscribe_url-"')),
    ("phone-width", "warning", at_end('<table role="presentation" style="width:400px"><tr><td>wide</td></tr></table>')),
    ("tap-target", "warning", at_end('<p style="line-height:18px"><a href="https://example.org/schools">report on village schools</a></p>')),
    ("contrast-inverted", "warning", at_end('<table role="presentation"><tr><td style="color:#303030" bgcolor="#cfcf00">So it is</td></tr></table>')),
    ("dark-outlook", "warning", html("[data-ogsc]", "[data-other]", -1)),
    ("support", "info", at_end('<p style="column-count:2">x</p>')),
    ("support", "info", html("</style>", ".x{aspect-ratio:1}</style>")),
]  # fmt: skip


def head(**changes: str) -> Callable[[str], tuple[dict[str, str], str]]:
    return lambda body: (changes, body)


def digest(article: str, summary: str, text: str = "") -> Callable[[str], tuple[dict[str, str], str]]:
    """A digest with a summary for each article, but for one, which is added if it has a text."""

    def change(whole: str) -> tuple[dict[str, str], str]:
        titled = re.sub(
            r"^## .*$", "\\g<0>\n\nSummary: Said in a few words, for everybody who has little time.", BODY, flags=re.M
        )
        titled += f"\n{article} {{#numbers}}\n\nSummary: Short.\n\n{text}\n" if text else ""
        return {"theme": "cast\nlayout: digest"}, re.sub(rf"({article}.*\n\n)Summary: .*", rf"\g<1>{summary}", titled)

    return change


def body(old: str, new: str) -> Callable[[str], tuple[dict[str, str], str]]:
    def change(whole: str) -> tuple[dict[str, str], str]:
        assert old in whole, old
        return {}, whole.replace(old, new, 1)

    return change


FIGURE = f"![{ALT}]"
LINK = "[report on village schools](https://example.org/schools)"
# Faults of an editor: (rule, level, change, text in the line at which it must be reported).
EDITORS: list[tuple[str, str, Callable[[str], tuple[dict[str, str], str]], str]] = [
    ("alt-length", "warning", body(FIGURE, f"![{ALT * 3}]"), "images/a.jpg"),
    ("alt-file", "warning", body(FIGURE, "![bridge-final.JPG]"), "images/a.jpg"),
    ("alt-file", "warning", body(FIGURE, "![IMG_2041]"), "images/a.jpg"),
    ("alt-caption", "warning", body(FIGURE, "![The bridge was opened on Monday]"), "images/a.jpg"),
    ("qr-code", "warning", head(address="3 Fuxing Road, Beijing\n  wechat: images/b.jpg"), "wechat:"),
    ("image-missing", "error", body("(images/b.jpg)", "(missing)"), "(missing)"),
    ("subject", "warning", head(subject="News"), "subject:"),
    ("subject", "warning", head(subject="word " * 30), "subject:"),
    ("subject", "error", head(subject="word " * 60), "subject:"),
    ("subject-capitals", "warning", head(subject="ENGINEERS IN MADRID"), "subject:"),
    ("subject-signs", "warning", head(subject="Engineers meet in Madrid!!"), "subject:"),
    ("subject-signs", "warning", head(subject="工程师在马德里举行会议！！"), "subject:"),
    ("preheader-length", "warning", head(preheader="A short one"), "preheader:"),
    ("preheader-length", "warning", head(preheader="word " * 30), "preheader:"),
    ("preheader-subject", "warning", head(subject="x" * 75, preheader="x" * 75), "preheader:"),
    ("preheader-filler", "info", head(preheader="A laser that works where no other user laser does."), "preheader:"),
    ("placeholder", "error", body(WORDS, "Lorem ipsum dolor"), "Lorem ipsum"),
    ("placeholder", "warning", body(WORDS, "TODO: the hall"), "TODO"),
    ("placeholder", "warning", body("Madrid hosts the engineers", "XXX hosts the engineers"), "XXX"),
    ("placeholder", "error", body("Credit: Wei Yumeng", "Credit: Name of the photographer"), "images/a.jpg"),
    ("placeholder", "error", head(about="Say in two sentences who you are."), "about:"),
    ("editor-mark", "error", body("A second group", "<!-- check: which group? -->\n\nA second group"), "which group"),
    ("link-text", "warning", body(LINK, "[click here](https://example.org/schools)"), "click here"),
    ("link-text", "warning", body(LINK, "[点击这里](https://example.org/schools)"), "点击这里"),
    ("link-text", "warning", body(LINK, "[Read more →](https://example.org/schools)"), "Read more"),
    ("link-bare", "warning", body(LINK, "[https://example.org/schools](https://example.org/schools)"), "https://example.org/schools"),
    ("link-same", "warning", body(LINK, "[the congress](https://example.org/schools)"), "the congress"),
    ("anchor-used", "info", body("A second group", "[As told below](#dalian), a second group"), "As told below"),
    ("size-article", "warning", body("She built the light source.", "She built the light source.\n\n" + f"{WORDS}.\n\n" * 750), "## Ten years"),
    ("subject-phone", "info", head(subject="Engineers meet in Madrid, and light is seen in Dalian"), "subject:"),
    ("phone-length", "info", body("She built the light source.", "She built the light source.\n\n" + f"{WORDS}.\n\n" * 400), ""),
    ("picture-late", "info", body("Dear {{", f"{WORDS}.\n\n" * 40 + "Dear {{"), ""),
    ("summary-proposed", "warning", digest("## A light in Dalian", ""), "## A light in Dalian"),
    ("summary-missing", "warning", digest("## Numbers", "", "| One | Two |\n|---|---|\n| 1 | 2 |"), "## Numbers"),
    ("summary-long", "warning", digest("## A light in Dalian", "Summary: " + "Said in many words. " * 16), "Summary: Said"),
    ("question-left-out", "error", digest("## A light in Dalian", "Summary: Told.\n\n::: question\nSeen?\n\n- Yes\n- No\n:::\n\n"), "::: question"),
    ("link-text", "warning", digest("## A light in Dalian", "Summary: Told.", "See [click here](https://example.org/schools)."), "click here"),
    ("image-only", "warning", lambda _: ({}, "\n# News\n\n## The bridge {#one}\n\n![A bridge in the evening](images/a.jpg)\n"), ""),
]  # fmt: skip


# What cannot have the first fault without the others.
FOLLOWS = {
    "outlook-width": {("phone-width", "warning")}, "size-article": {("phone-length", "info")}, "size-gmail": {("phone-length", "info")},
    "image-width": {("picture-late", "info")}, "subject-characters": {("subject-phone", "info")},
    "preheader-subject": {("subject-phone", "info")},
}  # fmt: skip


def codes_of(mail: Mail) -> set[tuple[str, str]]:
    found = preflight.inspect(mail)
    assert all(str(finding) for finding in found), "every finding has its words"
    declared = {entry.code: entry.levels for entry in RULES}
    assert all(finding.level in declared[finding.code] for finding in found)
    return {(finding.code, finding.level) for finding in found}


@pytest.mark.parametrize(("code", "level", "change"), THEMES, ids=[f"{n}-{row[0]}" for n, row in enumerate(THEMES)])
def test_a_fault_of_the_mail_is_found_only_by_its_rule(sound: Mail, code: str, level: str, change: Change) -> None:
    assert codes_of(change(sound)) - FOLLOWS.get(code, set()) == {(code, level)}


@pytest.mark.parametrize(("code", "level", "change", "words"), EDITORS, ids=[f"{n}-{row[0]}" for n, row in enumerate(EDITORS)])
def test_an_editors_fault_is_found_only_by_its_rule_at_its_line(
    code: str, level: str, change: Callable[[str], tuple[dict[str, str], str]], words: str, tmp_path: Path, root: Path
) -> None:
    folder = write_issue(tmp_path, *change(BODY + RICH))
    mail = mail_of(folder, root)
    assert codes_of(mail) - FOLLOWS.get(code, set()) == {(code, level)}
    if words:
        lines = (folder / "issue.md").read_text(encoding="utf-8").split("\n")
        for finding in (finding for finding in preflight.inspect(mail) if finding.code == code):
            assert finding.line, str(finding)
            assert words in lines[finding.line - 1], f"{finding}: {lines[finding.line - 1]}"


def test_a_table_whose_columns_have_no_names_is_no_fault(tmp_path: Path, root: Path) -> None:
    folder = write_issue(tmp_path, {}, f"{BODY}{RICH}\n## Seats {{#seats}}\n\n|  |  |\n|---|---|\n| Hall | 40 |\n| Yard | 7 |\n")
    mail = mail_of(folder, root)
    assert codes_of(mail) == set()
    assert ">Hall</td>" in mail.html
    assert "<th" not in mail.html[mail.html.rindex('class="data"') :]


@pytest.mark.parametrize(
    ("fore", "back", "is_kept"),
    [("#1c1c1c", "#ffee00", False), ("#1c1c1c", "#cfc000", False), ("#1c1c1c", "#fff680", True), ("#ffffff", "#7a7000", True)],
)
def test_a_paler_or_a_dark_ground_keeps_its_contrast_when_it_is_inverted(fore: str, back: str, is_kept: bool) -> None:
    assert (contrast_ratio(inverted(fore), inverted(back)) >= LEAST_INVERTED) == is_kept


def test_every_rule_has_an_example_of_its_fault() -> None:
    assert {rule.code for rule in RULES} == {row[0] for row in (*THEMES, *EDITORS)}


def test_a_stored_finding_that_lacks_a_value_is_still_shown() -> None:
    assert "100 bytes of HTML (… as quoted-printable)" in str(Finding("size-gmail", params={"size": 100}))


def test_every_message_is_a_valid_template() -> None:
    """Templates with a wrong brace would only fail when they are needed."""

    class Anything(dict[str, object]):
        def __missing__(self, key: str) -> str:
            return f"<{key}>"

    for texts in MESSAGES.values():
        for template in filter(None, texts):
            assert template.format_map(Anything())
