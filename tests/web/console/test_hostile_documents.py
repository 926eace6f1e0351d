"""Documents that no editor makes, sent directly: refused with 422 and words, never an error of the server, and nothing is stored."""

import json
from typing import Any

import pytest
from django.test import Client

from composer.issue.editing.part_document import document_of, source_of
from editorial.models import IssueEdit
from tests.support.reviewing import account
from tests.support.variations import first
from tests.web.console.test_writing_in_browser import FILE, text_of
from tests.web.console.test_writing_in_browser import issue as issue
from tests.web.hostile_markup import MARK, VECTORS
from web.console.issues.writing.typed_text import LARGEST_DOCUMENT

WHERE, LIVE = "/console/issues/news-1/part/", "/console/issues/news-1/preview/live/"


def doc(*nodes: Any, only: Any = "") -> dict[str, Any]:
    return {"only": only, "doc": {"type": "doc", "content": list(nodes)}}


def paragraph(*content: Any) -> dict[str, Any]:
    return {"type": "paragraph", "content": list(content)}


def text_node(text: Any, *marks: Any) -> dict[str, Any]:
    return {"type": "text", "text": text, "marks": list(marks)}


def nested(depth: int) -> dict[str, Any]:
    node = paragraph(text_node("x"))
    for _ in range(depth):
        node = {"type": "blockquote", "content": [node]}
    return doc(node)


def _cell(**attrs: Any) -> dict[str, Any]:
    return {"type": "tableCell", "attrs": attrs, "content": [paragraph(text_node("x"))]}


def _table(*rows: list[Any]) -> dict[str, Any]:
    return doc(
        {
            "type": "captionedTable",
            "content": [{"type": "table", "content": [{"type": "tableRow", "content": row} for row in rows]}],
        }
    )


WRONG: dict[str, Any] = {
    "no JSON": "{", "a number": "1", "null": "null", "an array": "[]", "a text": '"x"', "not a number": '{"only": NaN}', "empty": "",
    "no document": "{}", "another root": json.dumps({"doc": {"type": "paragraph"}}), "deep arrays": "[" * 100_000 + "]" * 100_000,
    "deep objects": '{"doc":' * 50_000 + "1" + "}" * 50_000, "a huge number": f'{{"doc": {"9" * 10_000}}}',
    "deep nesting": json.dumps(nested(400)), "content that is an object": json.dumps(doc({"type": "paragraph", "content": {"0": text_node("x")}})),
    "content that is a text": json.dumps(doc({"type": "paragraph", "content": "x"})), "a node that is null": json.dumps(doc(None)),
    "a node that is a text": json.dumps(doc("x")), "a kind that is an array": json.dumps(doc({"type": ["paragraph"]})),
    "an unknown node": json.dumps(doc({"type": "script", "content": [text_node("x")]})), "no kind": json.dumps(doc({"attrs": {}})),
    "words that are a number": json.dumps(doc(paragraph(text_node(1)))), "marks that are a text": json.dumps(doc(paragraph({"type": "text", "text": "x", "marks": "strong"}))),
    "an unknown mark": json.dumps(doc(paragraph(text_node("x", {"type": "onclick"})))), "a mark that is null": json.dumps(doc(paragraph(text_node("x", None)))),
    "a kind of mark that is an object": json.dumps(doc(paragraph(text_node("x", {"type": {}})))),
    "an address that is an array": json.dumps(doc(paragraph(text_node("x", {"type": "link", "attrs": {"href": ["javascript:1"]}})))),
    "a link without attributes": json.dumps(doc(paragraph(text_node("x", {"type": "link"})))), "attributes that are an array": json.dumps(doc({"type": "figure", "attrs": [1]})),
    "a language with markup": json.dumps(doc(paragraph(text_node("x", {"type": "language", "attrs": {"tag": 'fr" onclick="x'}})))),
    "a language of a passage": json.dumps(doc({"type": "passage", "attrs": {"language": "x\n:::"}, "content": [paragraph(text_node("x"))]})),
    "an unknown merge field": json.dumps(doc(paragraph({"type": "mergeField", "attrs": {"name": "__proto__"}}))),
    "a merge field that is a list": json.dumps(doc(paragraph({"type": "mergeField", "attrs": {"name": [], "default": {}}}))),
    "a wrong condition": json.dumps(doc(paragraph(text_node("x")), only="language =")), "a condition that is a list": json.dumps(doc(only=[])),
    "a condition over lines": json.dumps(doc({"type": "only", "attrs": {"condition": 'language = "en"\n:::\n# x'}, "content": []})),
    "a number below zero": json.dumps(doc({"type": "subHeading", "attrs": {"number": -1}})), "a number that is true": json.dumps(doc({"type": "subHeading", "attrs": {"number": True}})),
    "a huge start": json.dumps(doc({"type": "orderedList", "attrs": {"start": 10**12}, "content": [{"type": "listItem", "content": [paragraph(text_node("x"))]}]})),
    "a start with a fraction": json.dumps(doc({"type": "orderedList", "attrs": {"start": 1.5}, "content": [{"type": "listItem", "content": []}]})),
    "a day that is none": json.dumps(doc({"type": "calendar", "content": [{"type": "calendarEvent", "attrs": {"start": "2027-02-30"}, "content": []}]})),
    "rows of different length": json.dumps(_table([_cell(), _cell()], [_cell()])), "a wide cell": json.dumps(_table([_cell(colspan=2)])),
    "an unknown alignment": json.dumps(_table([_cell(align="x;position:fixed")])),
    "a card in a list": json.dumps(doc({"type": "bulletList", "content": [{"type": "listItem", "content": [{"type": "action"}]}]})),
    "too long": json.dumps(doc(paragraph(text_node("x" * LARGEST_DOCUMENT)))),
}  # fmt: skip
# What an editor does not send, but what is harmless: it says nothing, or is left out.
HARMLESS: dict[str, Any] = {
    "keys of a prototype": {**doc({**paragraph(text_node("x")), "__proto__": {"type": "script"}, "constructor": 1}), "__proto__": {"only": "x"}},
    "half a character": doc(paragraph(text_node("a\ud800b"))), "controls": doc(paragraph(text_node("a\x00\x07\x1b\u202eb"))),
    "line ends": doc(paragraph(text_node("a\r\n# b\n\n::: profile\nc"))),
    "an address over lines": doc(paragraph(text_node("x", {"type": "link", "attrs": {"href": "https://example.org/\n) [y](javascript:z)"}}))),
    "an end of a comment": doc(paragraph(text_node("x")), {"type": "editorMark", "attrs": {"text": "--> <script>x</script>\n# y"}}),
    "a path over lines": doc({"type": "figure", "attrs": {"src": "a.png)\n\n# x", "alt": "]\n# y"}, "content": []}),
    "a name over lines": doc({"type": "profile", "attrs": {"name": "x\n:::\n\n# y", "role": "z\nCredit: w"}, "content": []}),
}  # fmt: skip


@pytest.fixture
def author(issue) -> Client:
    client = Client()
    client.force_login(account("author", "editor").user)
    return client


def post(client: Client, document: str, part: str = "light", where: str = WHERE, **extra: Any):
    base = IssueEdit.objects.filter(kind="text", part=part).latest("number").number
    return client.post(where, {"file": FILE, "part": part, "base": base, "title": "Light", "document": document}, **extra)


@pytest.mark.django_db
@pytest.mark.parametrize("accept", first(["application/json", "text/html"]))
def test_a_document_that_no_editor_makes_is_refused(author, issue, accept):
    before = text_of(issue, "light")
    wrong = {}
    for name, document in WRONG.items():
        answer = post(author, document, HTTP_ACCEPT=accept)
        if answer.status_code != 422 or "Nothing was saved" not in answer.content.decode():
            wrong[name] = (answer.status_code, answer.content[:300])
        if text_of(issue, "light") != before:
            wrong[name] = text_of(issue, "light")
    assert wrong == {}


@pytest.mark.django_db
def test_the_preview_does_not_show_it(author, issue):
    answers = {name: post(author, document, where=LIVE).status_code for name, document in WRONG.items()}
    assert set(answers.values()) == {404}, answers


@pytest.mark.soak
@pytest.mark.django_db
def test_a_strange_document_changes_only_its_own_part(author, issue):
    others = text_of(issue, "sound")
    for name, document in HARMLESS.items():
        answer = post(author, json.dumps(document), HTTP_ACCEPT="application/json")
        assert answer.status_code == 200, (name, answer.content)
        stored = text_of(issue, "light")
        assert stored.startswith("## Light {#light}\n"), name
        assert [line for line in stored.split("\n")[1:] if line.startswith("#")] == [], name
        assert text_of(issue, "sound") == others
        body = stored.partition("\n\n")[2].strip("\n")
        assert source_of(document_of(body).json(), body) == body, name


@pytest.mark.django_db
def test_markup_in_every_place_of_a_document_is_text(author, issue):
    """Texts as words, links, captions and fields of cards, sent as JSON: the page of the part and its source escape them."""
    for at, text in enumerate(VECTORS):
        line = {"type": "caption", "content": [text_node(text)]}
        sent = doc(
            paragraph(text_node(text), text_node("x", {"type": "link", "attrs": {"href": text}}), {"type": "mergeField", "attrs": {"name": "name", "default": text}}),
            {"type": "figure", "attrs": {"src": text, "alt": text}, "content": [line, {"type": "credit", "content": [text_node(text)]}]},
            {"type": "profile", "attrs": {"name": text, "role": text}, "content": [paragraph(text_node(text))]},
            {"type": "action", "attrs": {"href": text}, "content": [text_node(text)]},
            {"type": "rawSource", "attrs": {"source": f"::: nonsense\n{text}\n:::", "problem": text}},
        )  # fmt: skip
        answer = post(author, json.dumps(sent), HTTP_ACCEPT="application/json")
        assert answer.status_code == 200, (text, answer.content)
        if at % 5 == 0:
            for view in ("", "&view=source"):
                page = author.get(f"{WHERE}?file={FILE}&part=light{view}").content.decode()
                assert MARK in page
                assert f"<script>console.log('{MARK}')" not in page
                assert f"<img src=x onerror=console.log('{MARK}')" not in page
