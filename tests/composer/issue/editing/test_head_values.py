"""The values of the head for forms: what nobody changed keeps its lines, what changed is read back as it was entered."""

from pathlib import Path

import pytest
import yaml
from hypothesis import given
from hypothesis import strategies as st

from composer.issue.document import Credit, Footer
from composer.issue.editing.head_values import (
    FIELDS,
    SEVERAL_LINES,
    HeadValues,
    UnreadableHeadError,
    qr_code_in,
    text_of,
    values_of,
)
from composer.issue.parsing.issue_file import parse_issue
from composer.issue.parts.outline import kind_of
from composer.issue.parts.splitting import HEAD_PARTS, join, split
from tests.support.variations import examples, first

ROOT = Path(__file__).parents[4]
FILES = sorted(path for folder in ("examples", "templates") for path in (ROOT / folder).rglob("issue*.md"))
WRITTEN = """---
# What readers see first
title:   'CAST Newsletter'   # the masthead
organisation: "China Association"
number: 2023-03
date: 2023-03-31
# A comment above the subject

subject: >-
  New light on
  the sea
preheader: |
  Five stories about light, and what else you should know
language: en # English
highlights:
  # the first two
  - light   # ours
  - 'sound'
# Staff below
credits:
- Editor: Ying Wenqi
# since March
- "Proofreader": 'Wei Yumeng'

footer:
    about: CAST is the largest association,
      founded long ago.
    # where we are
    address: 3 Fuxing Road

---

# News

## Light {#light}

x
"""


def head_parts(source: str) -> list[tuple[str, str]]:
    return [(kind_of(part), part.text) for part in split(source) if part.id == "@head" or part.id in HEAD_PARTS.values()]


def part(kind: str, source: str = WRITTEN) -> str:
    return dict(head_parts(source))[kind]


def changed(kind: str, before: str, **texts: str) -> str:
    values = values_of(kind, before)
    return text_of(kind, HeadValues({**values.texts, **texts}, values.rows), before)


def difference(before: str, after: str) -> tuple[list[str], list[str]]:
    """The lines that only one of the texts has."""
    old, new = before.split("\n"), after.split("\n")
    return [line for line in old if line not in new], [line for line in new if line not in old]


@pytest.mark.parametrize("path", FILES, ids=str)
def test_unchanged_values_keep_every_byte(path: Path):
    found = head_parts(path.read_text())
    assert {kind for kind, _ in found} >= {"head", "footer"}
    for kind, text in found:
        assert text_of(kind, values_of(kind, text), text) == text


@pytest.mark.parametrize("path", first(FILES), ids=str)
def test_each_changed_value_changes_only_its_own_lines(path: Path):
    source = path.read_text()
    for kind, text in head_parts(source):
        for name in FIELDS.get(kind, ()):
            after = changed(kind, text, **{name: "2031-05-04: new # “値”"})
            assert values_of(kind, after).texts == {**values_of(kind, text).texts, name: "2031-05-04: new # “値”"}
            gone, made = difference(text, after)
            assert not gone or gone[0].strip().startswith(f"{name}:")
            assert all(line.startswith(gone[0][:2] + " ") for line in gone[1:])  # a value of several lines
            assert len(made) == 1
            assert made[0].strip().startswith(f"{name}: ")


ACCOUNTS = """footer:
  about: x
  social:
    # ours
    - 微博: https://weibo.com/a   # since 2019
    - "X": 'https://x.com/a'
  # for readers in China
  wechat: images/code.png
---
"""


def test_accounts_that_stay_keep_their_lines():
    values = values_of("footer", ACCOUNTS)
    weibo, x = values.rows
    assert values.rows == (("微博", "https://weibo.com/a"), ("X", "https://x.com/a"))
    assert values.texts["wechat"] == "images/code.png"

    def with_rows(*rows: tuple[str, str], before: str = ACCOUNTS) -> str:
        return text_of("footer", HeadValues(values_of("footer", before).texts, rows), before)

    assert with_rows(weibo, x) == ACCOUNTS
    turned = with_rows(x, ("LinkedIn", "https://www.linkedin.com/a"), weibo)
    lines = ACCOUNTS.split("\n")
    assert turned.split("\n") == [*lines[:4], lines[5], "    - LinkedIn: https://www.linkedin.com/a", lines[4], *lines[6:]]
    none = with_rows()
    assert none == "footer:\n  about: x\n  # for readers in China\n  wechat: images/code.png\n---\n"
    again = with_rows(x, before=none)
    assert again.startswith("footer:\n  about: x\n  social:\n  - X: https://x.com/a\n")
    assert values_of("footer", again).rows == (x,)


@pytest.mark.parametrize(
    "before", ["footer: {about: x}\n---\n", "footer:\n---\n", "footer:\n    about: x\n---\n", "footer: {}\n"]
)
def test_accounts_can_be_added_to_any_footer_and_taken_out_again(before: str):
    try:
        values = values_of("footer", before)
    except UnreadableHeadError:
        return
    rows = (("微博", "https://weibo.com/a"), ("a: b", "https://x.com/#a"))
    after = text_of("footer", HeadValues({**values.texts, "wechat": "images/code.png"}, rows), before)
    assert values_of("footer", after).rows == rows
    assert qr_code_in(after) == "images/code.png"
    assert values_of("footer", text_of("footer", values, after)) == values


def test_an_account_without_an_address_can_be_finished_in_the_form():
    assert values_of("footer", "footer:\n  about: x\n  social:\n  - X:\n  - Y: y.com\n").rows == (("X", ""), ("Y", "y.com"))
    with pytest.raises(UnreadableHeadError):
        values_of("footer", "footer:\n  about: x\n  social:\n  - https://x.com/a\n")


def test_the_qr_code_of_a_file_and_of_its_footer():
    assert qr_code_in(ACCOUNTS) == "images/code.png"
    assert qr_code_in("---\ntitle: x\n" + ACCOUNTS + "\n# wechat: no\n") == "images/code.png"
    assert qr_code_in("footer:\n  about: wechat\n---\n") == qr_code_in("") == ""


def test_the_values_of_a_head_with_comments_and_all_kinds_of_quotation():
    head = values_of("head", part("head")).texts
    assert head == {
        "title": "CAST Newsletter", "organisation": "China Association", "tagline": "", "number": "2023-03", "date": "2023-03-31",
        "subject": "New light on the sea", "preheader": "Five stories about light, and what else you should know",
        "language": "en", "theme": "", "layout": "", "lead": "",
    }  # fmt: skip
    assert values_of("highlights", part("highlights")).rows == (("light", ""), ("sound", ""))
    assert values_of("credits", part("credits")).rows == (("Editor", "Ying Wenqi"), ("Proofreader", "Wei Yumeng"))
    footer = values_of("footer", part("footer")).texts
    assert footer["about"] == "CAST is the largest association, founded long ago."
    assert (footer["address"], footer["website"]) == ("3 Fuxing Road", "")


def test_a_comment_behind_a_changed_value_stays():
    before = part("head")
    assert difference(before, changed("head", before, title="News: all")) == (
        ["title:   'CAST Newsletter'   # the masthead"],
        ["title:   'News: all'   # the masthead"],
    )
    assert "language: zh-Hans # English\n" in changed("head", before, language="zh-Hans")


def test_values_of_several_lines_are_replaced_as_a_whole():
    before = part("head")
    assert difference(before, changed("head", before, subject="Short")) == (
        ["subject: >-", "  New light on", "  the sea"],
        ["subject: Short"],
    )
    after = changed("head", before, preheader="")
    assert "subject: >-\n  New light on\n  the sea\npreheader: ''\nlanguage: en # English\n" in after
    footer = changed("footer", part("footer"), about="One\n\nline: two\n---\nthree")
    assert values_of("footer", footer).texts["about"] == "One\n\nline: two\n---\nthree"
    assert footer.endswith("    # where we are\n    address: 3 Fuxing Road\n\n---\n\n")


def test_optional_fields_come_and_go_at_their_places():
    before = part("head")
    with_tagline = changed("head", before, tagline="Science", theme="plain")
    assert 'organisation: "China Association"\ntagline: Science\nnumber' in with_tagline
    assert "language: en # English\ntheme: plain\n" in with_tagline
    assert changed("head", with_tagline, tagline="", theme="") == before
    footer = part("footer")
    longer = changed("footer", footer, email="a@example.org", website="https://e.org/")
    assert "    address: 3 Fuxing Road\n    website: https://e.org/\n    email: a@example.org\n\n---" in longer
    assert changed("footer", longer, email="", website="") == footer


def test_moved_rows_keep_their_lines_with_their_comments():
    before = part("credits")
    rows = values_of("credits", before).rows
    assert text_of("credits", HeadValues(rows=(rows[1], ("Designer", "Li: Na"), rows[0])), before) == (
        "credits:\n# since March\n- \"Proofreader\": 'Wei Yumeng'\n- Designer: 'Li: Na'\n- Editor: Ying Wenqi\n\n"
    )
    before = part("highlights")
    assert text_of("highlights", HeadValues(rows=(("sound", ""), ("heat", ""))), before) == (
        "highlights:\n  # the first two\n  - 'sound'\n  - heat\n# Staff below\n"
    )


def test_all_rows_can_be_removed_and_added_again():
    for kind, row in (("highlights", ("light", "")), ("credits", ("Editor", ""))):
        none = text_of(kind, HeadValues(), part(kind))
        assert f"{kind}: []\n" in none
        assert values_of(kind, none).rows == ()
        again = text_of(kind, HeadValues(rows=(row,)), none)
        assert values_of(kind, again).rows == (row,)


def test_a_part_in_braces_is_printed_as_a_whole():
    before = "footer: {about: x, address: 'y'}\n---\n"
    assert text_of("footer", values_of("footer", before), before) == before
    assert changed("footer", before, email="a@b.org") == "footer:\n  about: x\n  address: y\n  email: a@b.org\n---\n"
    assert text_of("highlights", HeadValues(rows=(("a", ""),)), "highlights: [b, a]\n") == "highlights:\n- a\n"


@pytest.mark.parametrize(
    ("kind", "text", "code"),
    [
        ("head", "---\ntitle: a: b\n---\n", "head-yaml"),
        ("head", "title: x\n---\n", "head-missing"),
        ("head", "---\ntitel: x\n---\n", "key-unknown"),
        ("head", "---\ntitle: x\ntitle: y\n---\n", "key-twice"),
        ("head", "---\ntitle: [x]\n---\n", "key-shape"),
        ("head", "---\n- x\n---\n", "key-shape"),
        ("head", "---\ntitle: &a x\nsubject: *a\n---\n", "head-yaml"),
        ("head", "---\ntitle: !!str x\n---\n", "head-yaml"),
        ("head", "---\n? title\n: x\n---\n", "head-yaml"),
        ("head", "---\n{title: x}\n---\n", "head-yaml"),
        ("head", "---\nsubject: |\n  a\n  b\n---\n", "one-line"),
        ("head", f"---\ntitle: {'x' * 21_000}\n---\n", "head-too-big"),
        ("highlights", "highlights: x\n", "key-shape"),
        ("highlights", "highlights:\n- a\n-\n", "key-empty"),
        ("highlights", "highlights:\n- a\n- a\n", "highlight-twice"),
        ("highlights", "subject: x\n", "key-missing"),
        ("credits", "credits:\n- Editor: A\n  Designer: B\n", "key-shape"),
        ("footer", "footer:\n  about: x\n  phone: 1\n---\n", "key-unknown"),
        ("footer", "footer: x\n---\n", "key-shape"),
        ("footer", "footer:\n  about: x\nsubject: y\n---\n", "key-missing"),
    ],
)
def test_what_a_form_could_not_keep_is_refused_with_the_reason(kind: str, text: str, code: str):
    with pytest.raises(UnreadableHeadError) as refused:
        values_of(kind, text)
    assert refused.value.finding.code == code
    assert refused.value.finding.shown()


def test_faults_that_a_form_can_repair_are_no_reason_to_refuse():
    text = "---\ntitle:\ndate: 2023-02-30\nlanguage: not a tag\ntheme: NO\nfooter:\n  email: x\n---\n"
    assert values_of("head", text).texts["date"] == "2023-02-30"
    assert "date: 2023-02-28\n" in changed("head", text, date="2023-02-28")
    assert values_of("credits", "credits:\n- Editor: ''\n").rows == (("Editor", ""),)


# ---------------------------------------------------------------------------------------------------------- generated
CHARACTERS = "ab: #'\"-?|>&*!%@`{}[],~\\.1中、。\u3000é🎉"
VALUES = st.text(st.sampled_from(CHARACTERS), max_size=12).map(str.strip)
LINES = st.lists(VALUES, max_size=4).map("\n".join).map(str.strip)
IDS = st.text(st.sampled_from("abc12-"), min_size=1, max_size=6)


@st.composite
def yaml_values(draw, value: str) -> str:
    """One of the ways in which somebody writes a value."""
    style = draw(st.sampled_from([None, "'", '"']))
    return yaml.safe_dump(value, default_style=style, allow_unicode=True, width=1_000_000).removesuffix("...\n").strip()


@st.composite
def mappings(draw, kind: str, indent: str = "") -> tuple[dict[str, str], list[str]]:
    texts, lines = {}, []
    for name in draw(st.permutations(FIELDS[kind])):
        if draw(st.booleans()):
            texts[name] = draw(VALUES)
            comment = draw(st.sampled_from(["", "   # why", "\n" + indent + "# below"]))
            lines.append(f"{indent}{name}:{draw(st.sampled_from([' ', '   ']))}{draw(yaml_values(texts[name]))}{comment}")
    return texts, lines


@examples(400)
@given(st.data())
def test_generated_heads_lose_nothing(data):
    kind = data.draw(st.sampled_from(["head", "footer"]))
    texts, lines = data.draw(mappings(kind, "" if kind == "head" else "   "))
    if kind == "footer" and not lines:
        lines = ["   about: x"]
        texts = {"about": "x"}
    before = "\n".join(["---" if kind == "head" else "footer:", *lines, "---", "", ""])
    assert values_of(kind, before).texts == {name: texts.get(name, "") for name in FIELDS[kind]}
    assert text_of(kind, values_of(kind, before), before) == before
    wanted = dict(values_of(kind, before).texts)
    for name in data.draw(st.lists(st.sampled_from(FIELDS[kind]), max_size=4)):
        wanted[name] = data.draw(LINES if name in SEVERAL_LINES else VALUES)
    after = text_of(kind, HeadValues(wanted), before)
    assert values_of(kind, after).texts == wanted
    untouched = [line for line in lines if wanted[name := line.split(":")[0].strip()] == texts[name]]
    assert [line for each in untouched for line in each.split("\n") if line not in after.split("\n")] == []


@pytest.mark.soak
@examples(400)
@given(st.data())
def test_generated_rows_lose_nothing(data):
    kind = data.draw(st.sampled_from(["credits", "highlights"]))
    rows = (
        st.lists(st.tuples(VALUES, VALUES).filter(any), max_size=5)
        if kind == "credits"
        else st.lists(IDS, max_size=5, unique=True).map(lambda names: [(name, "") for name in names])
    )
    old = tuple(data.draw(rows))
    before = text_of(kind, HeadValues(rows=old), f"{kind}: []\n")
    assert text_of(kind, HeadValues(rows=old), before) == before
    new = tuple(data.draw(st.one_of(rows, st.permutations(old))))
    after = text_of(kind, HeadValues(rows=new), before)
    assert values_of(kind, after).rows == new


def test_a_whole_file_with_changed_values_is_read_as_such():
    texts = {part.id: part for part in split(WRITTEN)}
    kinds = {"@head": "head", "@footer": "footer", "@credits": "credits", "@highlights": "highlights"}
    wanted = {
        "head": HeadValues({**values_of("head", texts["@head"].text).texts, "tagline": "Science", "theme": "journal"}),
        "footer": HeadValues({"about": "x", "address": "y", "website": "https://e.org/", "email": "a@b.org"}),
        "credits": HeadValues(rows=(("编辑", "王伟"),)),
        "highlights": HeadValues(rows=(("light", ""),)),
    }
    made = [
        type(part)(part.id, text_of(kinds[part.id], wanted[kinds[part.id]], part.text)) if part.id in kinds else part
        for part in split(WRITTEN)
    ]
    issue = parse_issue(join(made))
    assert (issue.tagline, issue.theme, issue.highlights) == ("Science", "journal", ("light",))
    assert issue.credits == (Credit("编辑", "王伟"),)
    assert issue.footer == Footer("x", "y", "https://e.org/", "a@b.org")
    assert [part.id for part in split(join(made))] == [part.id for part in split(WRITTEN)]
