import html

import pytest
from hypothesis import given
from hypothesis import strategies as st

from composer.errors import ContentError
from composer.issue import merge_fields
from composer.issue.document import Field
from composer.issue.merge_fields import MergeField, Tags
from transport import header_rules

NAME_HTML = MergeField("-mr_name_html-", "name", "you", "html")
NAME_TEXT = MergeField("-mr_name_text-", "name", "you", "text")
STOP = MergeField("-mr_unsubscribe_url-", "unsubscribe_url", "", "url")


@pytest.mark.parametrize(
    ("inside", "field"),
    [
        (" name ", Field("name")),
        ("name or 'x y'", Field("name", "x y")),
        (' name or "" ', Field("name")),
        ("name or “reader”", Field("name", "reader")),
        ("view_url", Field("view_url")),
    ],
)
def test_merge_fields_are_parsed(inside: str, field: Field) -> None:
    assert merge_fields.read_field(inside) == field


@pytest.mark.parametrize("inside", ["", "name or", "name.upper()", "name or x", "7*7", "name or 'a' or 'b'", "self"])
def test_invalid_merge_fields_are_refused(inside: str) -> None:
    with pytest.raises(ContentError):
        merge_fields.read_field(inside)


def test_two_defaults_have_two_tags_and_only_letters() -> None:
    tags = Tags(Field("name", f"default {number}") for number in range(60))
    made = {tags.tag(Field("name", f"default {number}"), "html") for number in range(60)}
    assert len(made) == 60
    assert all(merge_fields.TAG.fullmatch(tag) for tag in made)


def test_used_fields_are_returned_in_a_fixed_order_and_unknown_tags_are_refused() -> None:
    tags = Tags([Field("name", "you"), Field("unsubscribe_url")])
    assert tags.used("x -mr_unsubscribe_url- -mr_name_text-", "-mr_name_html-") == (NAME_HTML, NAME_TEXT, STOP)
    with pytest.raises(ValueError, match="-mr_other-"):
        tags.used("-mr_other-")


def test_values_are_escaped_for_html_and_for_text() -> None:
    person = {"name": "<b>Ann & Bo</b>", "unsubscribe_url": "https://e.org/u/a-mr_b"}
    assert merge_fields.values([NAME_HTML, NAME_TEXT, STOP], person) == {
        NAME_HTML.tag: "&lt;b&gt;Ann &amp; Bo&lt;/b&gt;",
        NAME_TEXT.tag: "<b>Ann & Bo</b>",
        STOP.tag: "https://e.org/u/a-mr%5Fb",
    }


@pytest.mark.parametrize("name", ["", "   ", "\n\t", "\u202e\u2066"])
def test_an_empty_name_becomes_the_default(name: str) -> None:
    assert merge_fields.values([NAME_TEXT], {"name": name})[NAME_TEXT.tag] == "you"


def test_no_value_can_put_a_line_break_into_a_subject() -> None:
    assert merge_fields.values([NAME_TEXT], {"name": "a\r\nBcc: b"})[NAME_TEXT.tag] == "a Bcc: b"


def test_characters_that_headers_forbid_are_removed_from_values() -> None:
    refused = [chr(code) for code in range(0x10000) if not 0xD800 <= code < 0xE000 and not header_rules.is_one_line(chr(code))]
    assert len(refused) > 70
    assert {merge_fields.values([NAME_TEXT], {"name": f"A{each}B"})[NAME_TEXT.tag] for each in refused} == {"A B"}


@pytest.mark.parametrize("url", ["javascript:x", "https://e.org/?a=1&b=2", 'https://e.org/"', "https://", "/u", ""])
def test_an_address_that_needs_escaping_is_refused(url: str) -> None:
    with pytest.raises(ValueError, match="unsubscribe_url"):
        merge_fields.values([STOP], {"unsubscribe_url": url})


PIECES = st.lists(
    st.sampled_from(["-mr_name_html-", "-mr_", "-mr", "mr_", "r_", "_", "-", "name_text-", "a", "-mr_unsubscribe_url-"])
).map("".join)


@given(PIECES, PIECES, st.sampled_from([NAME_HTML, NAME_TEXT]))
def test_no_value_can_form_a_tag_even_with_its_neighbours(name: str, other: str, field: MergeField) -> None:
    """An engine that replaces tags one after another must not find a new tag in an inserted value."""
    filled = merge_fields.values([field], {"name": name})[field.tag]
    after = merge_fields.values([field], {"name": other})[field.tag]
    for before in ("", "-", "-m", "-mr"):
        assert not merge_fields.TAG.search(before + filled + after)
    shown = html.unescape(filled) if field.escape == "html" else filled.replace("\u2060", "")
    assert shown == (name or "you")


def test_filling_is_one_pass() -> None:
    assert merge_fields.fill("-mr_a- -mr_b-", {"-mr_a-": "-mr_b-", "-mr_b-": "x"}) == "-mr_b- x"
