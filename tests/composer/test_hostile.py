"""Hostile input gives a finding or a clean mail, in seconds and with little memory, and does not crash the process."""

import json
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest

from composer.errors import ComposeError
from composer.issue.document import Link, Paragraph, Text
from composer.issue.parsing.issue_file import parse_issue
from composer.rendering.theme_model import Theme
from tests.composer.hostile import CASES
from tests.composer.making import AS_TYPED, BODY_LINE, HEAD, composed, issue_of, paragraph
from tests.composer.test_pipeline import Reading
from tests.support.variations import few

ROOT = Path(__file__).resolve().parents[2]
SECONDS, MEBIBYTES = 8.0, 640  # of the process and its children; the slowest case takes less than 2 s on an idle machine
pytestmark = [pytest.mark.timeout(900), pytest.mark.xdist_group("hostile")]  # a minute in total, several on a busy machine


@pytest.fixture(scope="module")
def outcomes(request: pytest.FixtureRequest) -> dict[str, Any]:
    """The result of each case that is asked for; they run once, each in its own child process."""
    asked = {each.callspec.params["name"] for each in request.session.items if "outcomes" in getattr(each, "fixturenames", ())}
    command = [sys.executable, "-m", "tests.composer.hostile", *sorted(asked)]
    run = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, check=False, timeout=900)
    assert run.returncode == 0, run.stderr
    return {line["name"]: line for line in map(json.loads, run.stdout.splitlines())}


MUST_BE_REFUSED = {
    "quotes 20000 deep": "too-deep",
    "a megabyte": "file-too-big",
    "controls": "bad-character",
    "bidirectional overrides": "bad-character",
    "lone surrogates": "not-utf8",
    "many conditions": "too-much",
    "head: a thousand laughs": "key-unknown",
    "head: a tag that would run": "key-shape",
    "head: a long head": "head-too-big",
    "head: deep lists": "head-yaml",
    "head: header injection": "one-line",
    "head: header injection by another line": "bad-character",
    "head: header injection by a next line": "bad-character",
    "head: a hidden subject": "bad-character",
    "head: a control in the subject": "bad-character",
    "head: a language that breaks out": "language-wrong",
    "head: a theme elsewhere": "theme-wrong",
    "picture: a PNG of 60,000 x 60,000": "image-pixels",
    "picture: a JPEG of 65,500 x 65,500": "image-pixels",
    "picture: a GIF of 65,535 x 65,535": "image-pixels",
    "picture: a true bomb": "image-pixels",
    "picture: a WebP just above the limit": "image-pixels",
    "picture: a GIF of 10,000 frames": "image-frames",
    "picture: a PNG of a million frames": "image-frames",
    "picture: an icon with a true bomb in it": "image-icon",
    "picture: an icon with a bitmap of one bit": "image-icon",
    "picture: a mouse pointer with a true bomb in it": "image-icon",
    "picture: an ICNS icon": "image-icon",
    "picture: an SVG": "image-vector",
    "picture: a PostScript file": "image-format",
}
EVERY_TIME = [each for at, each in enumerate(CASES) if each in MUST_BE_REFUSED or at % 25 == 0]


@pytest.mark.parametrize("name", few(*EVERY_TIME, soak=[each for each in CASES if each not in EVERY_TIME]))
def test_hostile_input_causes_no_hang_crash_or_excessive_memory(name: str, outcomes: dict[str, Any]) -> None:
    found = outcomes[name]
    assert not found["came"].startswith("FAILED"), found["came"]
    assert found["seconds"] < SECONDS
    assert found["mebibytes"] < MEBIBYTES


@pytest.mark.parametrize("name", MUST_BE_REFUSED)
def test_hostile_input_is_refused_with_a_finding(name: str, outcomes: dict[str, Any]) -> None:
    assert MUST_BE_REFUSED[name] in outcomes[name]["came"]


# -- what content must not be able to do -----------------------------------------------------------------------------

SPELLINGS = [
    "javascript:alert(1)", "JAVASCRIPT:alert(1)", "JaVaScRiPt:alert(1)", " javascript:alert(1)", "javascript&#58;alert(1)",
    "javascript&colon;alert(1)", "java&#9;script:alert(1)", "java&#10;script:alert(1)", "java&Tab;script:alert(1)", "&#1;javascript:alert(1)",
    "&#x6A;avascript:alert(1)", "javascript&#x3A;alert(1)", "javascript\\:alert(1)", "\\javascript:alert(1)", "jav&#x200b;ascript:alert(1)",
    "javascript://e.org/%0aalert(1)", "vbscript:msgbox(1)", "VBScript:x", "data:text/html,<script>alert(1)</script>",
    "data:text/html;base64,PHNjcmlwdD4=", "DATA:image/svg+xml,x", "data&#58;text/html,x", "file:///etc/passwd", "ftp://e.org/x", "blob:https://e.org/x",
    "view-source:https://e.org", "feed:javascript:alert(1)", "about:blank", "ms-word:ofe|u|https://e.org", "intent://x#Intent;end", "//e.org/x",
    "\\\\\\\\e.org\\\\x", "https:\\\\\\\\e.org", "https:e.org", "https:///e.org", "https://e.org@evil.example", "https://user:pw@e.org", "?x", "/x", "x",
    "https://e.org&#x202e;/x", "https://e.org:99999", "https://%00/", "https://e org/", "livescript:x", "mocha:x", "jar:https://e.org!/x",
]  # fmt: skip


@pytest.mark.parametrize("spelling", SPELLINGS)
def test_no_link_address_runs_code_or_hides_its_target(spelling: str) -> None:
    with pytest.raises(ComposeError) as caught:
        parse_issue(
            HEAD + f"# S\n## One\n[x](<{spelling}>)\n" if "<" not in spelling else HEAD + f"# S\n## One\n[x]({spelling})\n"
        )
    found = [finding for finding in caught.value.findings if finding.code.startswith("link-")]
    assert found
    assert found[0].line == BODY_LINE + 2


PAYLOADS = [
    "{{ 7*7 }}", "{{7*'7'}}", "{% print(7*7) %}", "{%- raw -%}x{%- endraw -%}", "${7*7}", "#{7*7}", "<%= 7*7 %>", "@(7*7)", "{{= 7*7 }}", "[[${7*7}]]",
    "{{ self }}", "{{ config }}", "{{ config.items() }}", "{{ request.application.__globals__ }}", "{{ ''.__class__.__mro__[1].__subclasses__() }}",
    "{{ [].__class__.__base__ }}", "{{ cycler.__init__.__globals__.os.popen('id').read() }}", "{{ lipsum.__globals__['os'].popen('id').read() }}",
    "{{ joiner.__init__.__globals__ }}", "{{ namespace.__init__ }}", "{{ get_flashed_messages }}", "{{ url_for.__globals__ }}", "{{ g.pop }}",
    "{{ ()|attr('__class__') }}", "{{ x|attr('\\x5f\\x5fclass\\x5f\\x5f') }}", "{% set x = 1 %}{{ x }}", "{% for x in range(9) %}{{ x }}{% endfor %}",
    "{% include '/etc/passwd' %}", "{% import 'os' as os %}", "{% extends 'x' %}", "{% if 1 %}yes{% endif %}", "{% macro a() %}{% endmacro %}",
    "{% call x() %}{% endcall %}", "{% debug %}", "{# comment #}", "{{ issue }}", "{{ issue.title }}", "{{ sections }}", "{{ range(10**9) }}",
    "{{ 'a'.format_map }}", "{{ '%s' % 1 }}", "{{ \"{0.__class__}\".format(x) }}", "{0.__class__}", "%(title)s", "{title}", "{issue.title!r}", "$title",
    "${title}", "$(id)", "`id`", "!{7*7}", "*{7*7}", "~{7*7}", "{{{7*7}}}", "{{&unsubscribe_url}}", "{{#if name}}x{{/if}}", "{{> partial}}",
    "{{insert name \"default=x\"}}", "*|FNAME|*", "%%name%%", "[unsubscribe]", "<% unsubscribe %>", "-name-", "%recipient.name%", "<#assign x=1>", "#set($x=1)",
    "{php}echo 1;{/php}", "<?php echo 1 ?>", "<mj-include path='/etc/passwd' />", "<mj-raw><b>x</b></mj-raw>", "</mj-text></mjml>", "]]>", "<![CDATA[x]]>",
    "<!ENTITY x SYSTEM 'file:///etc/passwd'>", "&x;", "<xi:include href='/etc/passwd'/>", "<style>@import 'x'</style>", "<!--#include file='x'-->",
]  # fmt: skip


def test_nothing_in_a_text_is_evaluated(theme: Theme) -> None:
    assert len(PAYLOADS) > 60
    texts = [f"a{number}z {payload} b{number}z" for number, payload in enumerate(PAYLOADS)]
    mail = composed(
        issue_of([paragraph(text) for text in texts], tagline=" ".join(PAYLOADS), title="T " + PAYLOADS[0], language=AS_TYPED),
        theme=theme,
    )
    seen = "".join(Reading(mail.html).texts["p"])
    for text in texts:
        assert text in seen
        assert "".join(text.split()) in "".join(mail.text.split())
    assert "<mj-" not in mail.html
    assert "<script" not in mail.html
    assert "root:" not in mail.html + mail.text


@pytest.mark.parametrize("payload", [payload for payload in PAYLOADS if payload.startswith("{{") and "}}" in payload])
def test_double_braces_in_an_issue_are_a_merge_field_or_an_error(payload: str) -> None:
    with pytest.raises(ComposeError, match=r"field-(shape|unknown)"):
        parse_issue(HEAD + f"# S\n## One\n{payload}\n")


def test_a_link_text_forms_no_markup(theme: Theme) -> None:
    words = "\"><img src=x onerror=alert(1)>'"
    mail = composed(issue_of((Paragraph((Link("https://e.org/\"onclick='x'", (Text(words),)),)),)), theme=theme)
    assert words in "".join(Reading(mail.html).texts["p"])
    assert "<img src=x" not in mail.html
    assert "https://e.org/%22onclick=%27x%27" in Reading(mail.html).hrefs
