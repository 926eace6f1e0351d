import pytest

from composer.errors import ContentError
from composer.issue.links import normalise
from composer.preflight.parsed_html import ParsedHtml


@pytest.mark.parametrize(
    ("written", "normal"),
    [
        ("HTTP://Example.ORG/a b", "http://example.org/a%20b"),
        ("https://例え.jp/パス?q=値#端", "https://xn--r8jz45g.jp/%E3%83%91%E3%82%B9?q=%E5%80%A4#%E7%AB%AF"),
        ("https://e.org/100%/%41", "https://e.org/100%25/%41"),
        ("https://e.org:8443/a?b=c&d=%20", "https://e.org:8443/a?b=c&d=%20"),
        ("https://e.org/it's\"", "https://e.org/it%27s%22"),
        ("mailto:a@Exämple.org?subject=Hi you", None),
        ("mailto:a@exämple.org?subject=Hi%20you", "mailto:a@xn--exmple-cua.org?subject=Hi%20you"),
        ("tel:+86(10)123", "tel:+86(10)123"),
        ("#one", "#one"),
        ("{{ view_url }}", "{{ view_url }}"),
        ("javascript:alert(1)", None),
        ("java\tscript:alert(1)", None),
        (" JAVASCRIPT:alert(1)", None),
        ("vbscript:x", None),
        ("file:///etc/passwd", None),
        ("//example.org", None),
        ("https://", None),
        ("https://a..b/", None),
        ("https://-a.org/", None),
        ("https://e.org:99999/", None),
        ("https://[::1", None),
        ("https://e.org/\u202egpj", None),
        ("https://e.org/-mr_name_html-", None),
        ("#two", None),
        ("tel:call-me", None),
        ("mailto:nobody", None),
    ],
)
def test_links_are_normalised_or_refused(written: str, normal: str | None) -> None:
    if normal is None:
        with pytest.raises(ContentError):
            normalise(written, ["one"])
    else:
        assert normalise(written, ["one"]) == normal
        assert normalise(normal, ["one"]) == normal


def test_links_are_found_in_reading_order() -> None:
    found = ParsedHtml('<p><a href="a&amp;b">x <b>y</b></a><!-- <a href="c">z</a> -->\n<a href="d"><img alt="pic"></a>').links
    assert [(link.url, link.text) for link in found] == [("a&b", "x y"), ("d", "pic")]


@pytest.mark.parametrize("label", ["a" * 63, "a" * 64, "a-" * 31 + "a", "1", "a--b", "xn--bcher-kva"])
def test_a_label_of_a_host_has_at_most_63_letters(label: str) -> None:
    for url in (f"https://{label}/", f"https://{label}", f"https://e.{label}/x", f"https://{label}?a=b"):
        if len(label) > 63:
            with pytest.raises(ContentError, match="link-host"):
                normalise(url)
        else:
            assert normalise(url) == url
