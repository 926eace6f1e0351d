"""Rewrites the links of a finished mail so that they lead through an address of the publication, which counts them.

A pure function of the bytes that staff approved: only the addresses of links change, and the same bytes always change in the
same way. The caller gives each destination its own address.
"""

import html
import re
from collections.abc import Callable, Iterator, Mapping
from typing import NamedTuple

CLICK_TAG = "-mr_click-"  # the merge field at the end of each rewritten address; has the form of composer.issue.merge_fields.TAG

_LINK = re.compile(r"""(<a\b[^>]*?\shref=")(https?://[^"]*)("[^>]*>)(.*?)</a>""", re.DOTALL | re.IGNORECASE)
_BODY_END = re.compile(r"</body>(?!.*</body>)", re.DOTALL | re.IGNORECASE)
_MARKUP = re.compile(r"<!--.*?-->|<[^>]*>", re.DOTALL)
_INVISIBLE = re.compile("[\u00ad\u200b-\u200f\u2060\ufeff]")
# What a reader takes for an address: then the link leads exactly where it says, and filters against phishing compare both.
_ADDRESS = re.compile(r"(?:https?://|www\.)\S+|(?:[\w-]+\.)+[A-Za-z]{2,}(?::\d+)?(?:/\S*)?", re.IGNORECASE)
_WRITTEN = re.compile(r"https?://[A-Za-z0-9._~:/?#\[\]@!$&()*+,;=%-]+")
_BADGE = (
    '<span{} style="display:inline-block;margin:0 4px;padding:0 6px;border-radius:9px;background:#c2570c;color:#fff;'
    'font:bold 12px/18px sans-serif">{}</span>'
)
_PUNCTUATION = ".,;:!?)]*"


class MailLink(NamedTuple):
    """A link of a mail that may be rewritten: where it leads, and its text as readers see it; empty for a picture."""

    url: str
    text: str


class LongestAddresses(NamedTuple):
    """The longest addresses that measuring writes into a mail: in its links, and of the picture that counts opens.

    Empty where it writes none.
    """

    link: str = ""
    picture: str = ""


NOT_MEASURED = LongestAddresses()


def links_in(mail_html: str) -> Iterator[MailLink]:
    """Yields every link of the HTML that may be rewritten, in the order of the mail.

    Left out are links whose text is an address. Anchors, `mailto:` and merge fields do not begin with http.
    """
    for match in _LINK.finditer(mail_html):
        if not _shows_address(match[4]):
            yield MailLink(html.unescape(match[2]), _text(match[4]))


def rewrite_html(mail_html: str, addresses: Mapping[str, str]) -> str:
    """Returns the HTML with the links to each destination in `addresses` leading to its address instead."""

    def rewritten(match: re.Match[str]) -> str:
        address = None if _shows_address(match[4]) else addresses.get(html.unescape(match[2]))
        return match[0] if address is None else f"{match[1]}{html.escape(address)}{match[3]}{match[4]}</a>"

    return _LINK.sub(rewritten, mail_html)


def rewrite_text(text: str, addresses: Mapping[str, str]) -> str:
    """Returns the text part with each destination in `addresses` replaced by its address. Punctuation after it stays."""
    return _WRITTEN.sub(lambda match: _rewritten(match[0], addresses.get), text)


def with_picture(mail_html: str, address: str) -> str:
    """Returns the HTML with an invisible picture at its end, which mail clients load when the mail is opened."""
    picture = f'<img src="{html.escape(address)}" width="1" height="1" alt="" style="display:block;border:0">'
    ends = _BODY_END.search(mail_html)
    at = ends.start() if ends else len(mail_html)
    return mail_html[:at] + picture + mail_html[at:]


def at_its_longest(mail_html: str, longest: LongestAddresses) -> str:
    """Returns the HTML with every link and the picture at their longest, to measure how large the mail may become."""
    if longest.link:
        mail_html = rewrite_html(mail_html, dict.fromkeys((link.url for link in links_in(mail_html)), longest.link))
    return with_picture(mail_html, longest.picture) if longest.picture else mail_html


def with_counts(mail_html: str, counts: Mapping[str, tuple[str, str]]) -> str:
    """Returns the HTML with a badge behind each link to a destination in `counts`: (name of the anchor, count)."""
    marked: set[str] = set()

    def counted(match: re.Match[str]) -> str:
        name, count = counts.get(html.unescape(match[2]), ("", ""))
        if not count or _shows_address(match[4]):
            return match[0]
        anchor = "" if name in marked else f' id="{html.escape(name)}"'  # at the first of several places
        marked.add(name)
        return f"{match[0]}{_BADGE.format(anchor, html.escape(count))}"

    return _LINK.sub(counted, mail_html)


def _rewritten(written: str, address_of: Callable[[str], str | None]) -> str:
    url = written
    while url:
        address = address_of(url)
        if address is not None:
            return address + written[len(url) :]
        if url[-1] not in _PUNCTUATION:
            break
        url = url[:-1]
    return written


def _shows_address(content: str) -> bool:
    return _ADDRESS.fullmatch(_text(content)) is not None


def _text(content: str) -> str:
    return " ".join(_INVISIBLE.sub("", html.unescape(_MARKUP.sub("", content))).split())
