"""What is told of a mail's ghosts is what a parser makes of the mail as Outlook reads it, however strange the mail."""

from __future__ import annotations

import random
import re
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

import pytest

from composer.preflight import RULES, Mail
from composer.preflight.parsed_html import Page
from composer.preflight.rule_registry import apply
from tests.composer.preflight.mails import BODY, RICH, mail_of, write_issue

ASKING = ("table-balance", "role", "role-data", "alt", "outlook-width", "outlook-box", "style-inline", "important", "css-flex")


def ghost(cell: str = "<td>", table: str = '<table role="presentation">') -> str:
    return f"<!--[if mso]>{table}<tr>{cell}<![endif]-->"


LAYOUT = '<table role="presentation"><tr><td>'
AROUND, END = ghost(), "<!--[if mso]></td></tr></table><![endif]-->"
WIDE = '<table role="none" width="590"><tr><td>x</td></tr></table>'
GROUND = '<table role="none" bgcolor="#123456"><tr><td>x</td></tr></table>'

# What may be put in, and whether the mail is still one whose ghosts are known.
PUT_IN = {
    "nothing": ("", True),
    "a ghost": (f"<div>{AROUND}<p>x</p>{END}</div>", True),
    "a ghost that is too wide": (f"<div>{ghost('<td width=900>')}<p>x</p>{END}</div>", False),
    "a ghost that is too wide by its style": (ghost('<td style="width:900px">') + END, True),
    "a ghost with paddings": (ghost('<td style="padding:0 30px">') + WIDE + END, True),
    "a ghost with a style of its own": (ghost('<td style="display:flex;rgb">') + END, True),
    "a table in a cell with paddings": (f'{LAYOUT.replace("<td", "<td style=padding:9px")}{WIDE}</td></tr></table>', True),
    "a ghost without a role": (ghost(table="<table>") + END, False),
    "a ghost within a paragraph": (f'<p style="background:#123456">{AROUND}<span>{GROUND}</span>{END}</p>', False),
    "a ghost around a table that ends a paragraph": (f'<div style="background:#123456"><p>x{AROUND}{GROUND}{END}</div>', False),
    "a ghost that is open": (f"<div>{AROUND}</div>", False),
    "a ghost that ends elsewhere": (f"<div>{AROUND}</div>{END}", False),
    "a ghost that ends a cell of the mail's": (f"{LAYOUT}{END}{AROUND}</td></tr></table>", False),
    "a cell beside a ghost's": (f"<div>{AROUND}<td>x</td>{END}</div>", False),
    "a box for Outlook alone": ('<!--[if mso]><div style="padding:9px"><![endif]-->x<!--[if mso]></div><![endif]-->', False),
    "a picture for Outlook alone": ('<!--[if mso]><v:image src="x"/><![endif]-->', False),
    "a ground for others alone": (
        f'<div style="background:#123456"><!--[if !mso]><!-->{GROUND}<!--<![endif]--></div>', False),
    "a picture for others alone": ('<!--[if !mso]><!--><img alt="" src="x" width="900"><!--<![endif]-->', True),
    "an end for others alone": ("<div><!--[if !mso]><!--></div><!--<![endif]-->", False),
    "a comment within a tag": ('<td <!-- x --> width="9">', False),
    "a comment that makes a tag": (f"{LAYOUT}<<!-- x -->/td></tr></table>", False),
    "an end with something in it": (f"{LAYOUT}x</td </b></tr></table>", False),
    "a tag that is open": ('<table role="none"><tr><td align="left" st-1998</td></tr></table>', False),
    "a tag in an attribute": ('<p title="</td>">x</p>', False),
    "a tag in words that are no tags": ("<textarea><table><tr><td></td></tr></table></textarea>", False),
    "an end that ends nothing": ("</td>", False),
    "a cell within a row's cell": (f"{LAYOUT}<td>x</td></td></tr></table>", False),
    "a table in large letters": ("<TABLE><tr><td>x</td></tr></TABLE>", False),
    "another condition": ("<!--[if IE]>x<![endif]-->", False),
    "words in a comment": ("<!-- x -->", True),
}  # fmt: skip


@pytest.fixture(scope="module")
def mail(tmp_path_factory: pytest.TempPathFactory) -> Callable[[str], Mail]:
    """The mail of one issue in a theme."""
    made: dict[str, Mail] = {}

    def of(theme: str) -> Mail:
        if theme not in made:
            folder = write_issue(tmp_path_factory.mktemp(theme), {"theme": theme}, BODY + RICH)
            made[theme] = mail_of(folder, Path("templates/email"))
        return made[theme]

    return of


def findings(mail: Mail, *, parsed: bool) -> list[str]:
    """What the rules say that ask for Outlook's view; `parsed`: by the tree of it, whatever is known of ghosts."""
    mail = replace(mail, root=None)  # with a page of its own
    if parsed:
        mail.page.ghosts = None
    return [str(each) for rule in RULES if rule.code in ASKING for each in apply(rule, mail)]


@pytest.mark.parametrize("theme", ["cast", "plain", "journal"])
def test_the_ghosts_of_our_themes_are_known(mail: Callable[[str], Mail], theme: str) -> None:
    page = mail(theme).page
    assert page.ghosts is not None
    known = [each.get("style") for each in page.elements] + [each.attributes.get("style") for each in page.ghosts]
    assert sorted(filter(None, known)) == sorted(filter(None, page.outlook_styles.values()))


@pytest.mark.parametrize("name", PUT_IN)
def test_a_strange_mail_is_judged_as_outlook_reads_it(mail: Callable[[str], Mail], name: str) -> None:
    markup, known = PUT_IN[name]
    changed = replace(mail("cast"), html=mail("cast").html.replace("</body>", f"{markup}</body>"))
    assert (Page(changed.html).ghosts is not None) is known
    assert findings(changed, parsed=False) == findings(changed, parsed=True)


@pytest.mark.parametrize("before", ["", "\ufeff", "\0"])
def test_a_comment_before_the_document_is_judged_as_outlook_reads_it(mail: Callable[[str], Mail], before: str) -> None:
    comment = '<!--[if mso]><img src="x.png" width="900"><v:image src="x.png"/><![endif]-->'
    sound = mail("cast")
    changed = replace(sound, html=before + comment + sound.html)
    assert findings(changed, parsed=False) == findings(changed, parsed=True) != findings(sound, parsed=True)


@pytest.mark.parametrize("seed", range(40))
def test_a_mail_torn_at_random_is_judged_as_outlook_reads_it(mail: Callable[[str], Mail], seed: int) -> None:
    chance, sound = random.Random(seed), mail("journal")
    html = sound.html
    for _ in range(chance.randint(1, 3)):
        cuts = [match.start() for match in re.finditer("<", html)]
        begin, end = sorted(chance.sample(cuts, 2)) if chance.random() < 0.3 else [chance.choice(cuts)] * 2
        piece = chance.choice([markup for markup, _ in PUT_IN.values()])
        html = html[:begin] + piece + html[min(end, begin + 90) :]
    torn = replace(sound, html=html)
    assert findings(torn, parsed=False) == findings(torn, parsed=True)
