"""Links of a finished mail that lead through an address of the publication."""

from composer.issue.merge_fields import TAG
from composer.rendering.measured_links import CLICK_TAG, MailLink, links_in, rewrite_html, rewrite_text, with_picture

PAPER, SITE = "https://example.org/paper?a=1&b=2", "http://english.cast.example/"
MAIL = (
    '<html><body><a href="https://example.org/paper?a=1&amp;b=2" style="color:#123">The <strong>paper</strong></a>'
    '<a class="x" href="https://example.org/paper?a=1&amp;b=2"><img src="https://m.example/a.jpg" alt=""></a>'
    '<a href="http://english.cast.example/">Official website</a> <a href="http://english.cast.example/">english.cast.example</a>'
    '<a href="https://example.org/x">https://exam&shy;ple.org/x</a><a href="#top">Top</a><a href="mailto:a@example.org">Mail</a>'
    '<a href="-mr_view_url-">View in browser</a></body></html>\n'
)
ADDRESSES = {PAPER: f"https://mail.example/r/1/{CLICK_TAG}", SITE: f"https://mail.example/r/2/{CLICK_TAG}"}


def test_links_are_found_in_order_without_those_that_show_an_address_or_lead_to_no_page():
    assert [*links_in(MAIL)] == [MailLink(PAPER, "The paper"), MailLink(PAPER, ""), MailLink(SITE, "Official website")]


def test_only_addresses_of_links_change():
    rewritten = rewrite_html(MAIL, ADDRESSES)
    for address in ADDRESSES.values():
        assert address in rewritten
    back = rewritten.replace(ADDRESSES[PAPER], "https://example.org/paper?a=1&amp;b=2").replace(ADDRESSES[SITE], SITE)
    assert back == MAIL
    assert rewritten.count(ADDRESSES[PAPER]) == 2
    assert rewritten.count(ADDRESSES[SITE]) == 1
    assert rewrite_html(MAIL, {}) == MAIL


def test_the_text_part_has_the_same_addresses_and_keeps_punctuation():
    text = f"See {PAPER}. Also ({SITE}), {SITE}more and https://example.org/paper?a=1\n"
    first, second = ADDRESSES.values()
    assert rewrite_text(text, ADDRESSES) == f"See {first}. Also ({second}), {SITE}more and https://example.org/paper?a=1\n"


def test_the_picture_is_the_last_thing_in_the_body():
    assert with_picture(MAIL, "https://mail.example/o/x").endswith('style="display:block;border:0"></body></html>\n')


def test_the_field_of_an_address_is_a_tag_like_every_merge_field():
    assert TAG.fullmatch(CLICK_TAG)
