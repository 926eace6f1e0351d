"""Rules about links and merge fields: link texts, addresses, and whether every field is filled in both parts."""

import re
from collections.abc import Iterator

from composer.errors import ContentError, Finding
from composer.issue import links, merge_fields
from composer.messages.finding_texts import MESSAGES
from composer.messages.phrases import Phrase, phrase
from composer.preflight.mail import Mail
from composer.preflight.parsed_html import HtmlLink
from composer.preflight.rule_registry import fault, rule

UNSUBSCRIBE = "-mr_unsubscribe_url-"
_HTML, _TEXT = phrase("the HTML"), phrase("the plain-text part")

_UNSEEN = re.compile("[\u00ad\u034f\u200b-\u200f\u2060-\u2064\ufeff]")  # zero-width or invisible
_MANGLED = (re.compile(r"-mr(?:%5[Ff]|&#95;|&#x5[Ff];)[a-z_]+"), re.compile(r"(?:%2[Dd]|&#45;)mr_[a-z_]+"))
_BARE = re.compile(r"(?:https?://|www\.)\S+\Z", re.IGNORECASE)
_EDGES = re.compile(r"^\W++|(?<!\W)\W++$")
# Link texts that do not describe the destination, in the languages of many newsletters.
_VAGUE = frozenset(
    {
        "click here", "click", "here", "read more", "more", "learn more", "see more", "find out more", "this link", "link",
        "this", "continue reading", "read on", "details", "more details", "more info", "more information",
        "点击这里", "点这里", "点击此处", "点击", "这里", "此处", "更多", "阅读更多",
        "查看更多", "了解更多", "查看详情", "详情", "链接",
        "點擊這裡", "點此", "這裡", "閱讀更多", "了解詳情",
        "cliquez ici", "ici", "lire la suite", "en savoir plus", "plus", "haga clic aquí", "aquí", "leer más", "más",
        "hier klicken", "klicken sie hier", "hier", "weiterlesen", "mehr", "mehr erfahren", "clique aqui", "aqui", "leia mais",
        "нажмите здесь", "здесь", "подробнее", "читать далее",
        "こちら", "もっと見る", "続きを読む", "여기", "더 보기", "자세히 보기",
    }
)  # fmt: skip


def _line(mail: Mail, link: HtmlLink) -> int | None:
    return mail.sources.line_of_link(link.url, link.text)


def _follows_its_subject(link: HtmlLink) -> bool:
    """Whether the link is read after what it is about: an answer after its question, and “Read on” after title and summary."""
    return any(href.fullmatch(link.url) for href in (merge_fields.ANSWER_HREF, merge_fields.READ_HREF))


@rule("link-empty-text", "error", origin="issue.mjml.j2")
def _empty(mail: Mail) -> Iterator[Finding]:
    pictured = {str(anchor.get("href")) for anchor in mail.parsed.all("a") if next(anchor.iter("img"), None) is not None}
    for link in mail.parsed.links:
        if not _UNSEEN.sub("", link.text) and not link.hidden and link.url not in pictured:
            yield fault("error", _line(mail, link), url=link.url)


@rule("link-text", "warning", origin="issue.mjml.j2")
def _vague(mail: Mail) -> Iterator[Finding]:
    for link in mail.links:
        text = _EDGES.sub("", link.text).casefold()
        if text in _VAGUE and not _follows_its_subject(link):
            yield fault("warning", _line(mail, link), words=link.text, url=link.url)


@rule("link-bare", "warning", origin="issue.mjml.j2")
def _bare(mail: Mail) -> Iterator[Finding]:
    website = mail.issue.footer.website
    for link in mail.links:
        # A footer shows the address of its website: readers know it, and people type it from paper.
        if _BARE.match(link.text) and not (website and link.url == links.normalise(website)):
            yield fault("warning", _line(mail, link), url=link.text)


@rule("link-same", "warning", origin="issue.mjml.j2")
def _same(mail: Mail) -> Iterator[Finding]:
    """Finds the same text for two addresses: people who hear a list of links cannot distinguish them."""
    first: dict[str, str] = {}
    for link in mail.parsed.links:
        text = _EDGES.sub("", link.text).casefold()
        if text and text not in _VAGUE and not _follows_its_subject(link) and first.setdefault(text, link.url) != link.url:
            yield fault("warning", _line(mail, link), words=link.text, first=first[text], url=link.url)


@rule("link-url", "error", origin="issue.mjml.j2", fixed=True)
def _urls(mail: Mail) -> Iterator[Finding]:
    for link in dict.fromkeys(mail.links):
        problem = link_problem(link.url)
        if problem:
            yield fault("error", _line(mail, link), url=link.url, problem=problem)


def link_problem(url: str) -> Phrase | None:
    """Why a link of the finished HTML may not go out, or None. Anchors have a rule of their own."""
    if merge_fields.ANSWER_HREF.fullmatch(url) or merge_fields.READ_HREF.fullmatch(url):
        return None
    if merge_fields.TAG.fullmatch(url):
        return None if "_url" in url else phrase("its merge field is not an address")
    if url.startswith("#"):
        return None
    try:
        normal = links.normalise(url)
    except ContentError as problem:
        return Phrase(MESSAGES[problem.code][0], problem.params)
    return None if normal == url else phrase("it should be written {normal}", normal=normal)


@rule("anchor-dead", "error", origin="issue.mjml.j2")
def _dead(mail: Mail) -> Iterator[Finding]:
    for link in dict.fromkeys(mail.parsed.links):
        if link.url.startswith("#") and link.url[1:] not in mail.parsed.ids:
            yield fault("error", _line(mail, link), url=link.url)


@rule("anchor-used", "info", origin="issue")
def _anchors(mail: Mail) -> Iterator[Finding]:
    """Reports links to articles in the issue's own text. The theme's list of headlines does not count: readers can do without."""
    for url, places in mail.sources.links.items():
        for line, _ in places if url.startswith("#") else ():
            yield fault("info", line, url=url)


@rule("tokens", "error", origin="issue.mjml.j2", fixed=True)
def _tokens(mail: Mail) -> Iterator[Finding]:
    """Addresses of pages must be in both parts; another field may be meant for one part only."""
    html_tags, text_tags = mail.html_tags, mail.text_tags
    for tag in sorted((html_tags ^ text_tags) - {UNSUBSCRIBE}) if mail.text.strip() else ():
        if tag.endswith("_url-"):
            yield fault(problem=phrase("{tag} is only in {part}", tag=tag, part=_HTML if tag in html_tags else _TEXT))
    for tag in sorted(tag for tag in html_tags if tag.endswith("_text-")):
        yield fault(problem=phrase("{tag} is not escaped for HTML", tag=tag))
    for tag in sorted(tag for tag in text_tags if tag.endswith("_html-")):
        yield fault(problem=phrase("{tag} is escaped for HTML, but is in the plain-text part", tag=tag))
    for part in (mail.html, mail.text):
        for encoded in sorted({encoded for pattern in _MANGLED for encoded in pattern.findall(part)}):
            yield fault(problem=phrase("the merge field {found} was encoded by a template or filter", found=encoded))


@rule("token-left", "error", origin="issue.mjml.j2", fixed=True)
def _left(mail: Mail) -> Iterator[Finding]:
    """Finds braces, and text that looks like a merge tag but is not one: all recipients would see them."""
    for part in (mail.html, mail.text, mail.subject, mail.preheader):
        bare = merge_fields.TAG.sub("", part)
        for mark in ("{{", "{%", merge_fields.TAG_BEGINNING):
            if mark in bare:
                yield fault(text=" ".join(bare[bare.index(mark) :][:30].split()))
                return


@rule("merge", "error", origin="issue.mjml.j2", fixed=True)
def _merge(mail: Mail) -> Iterator[Finding]:
    """Filled with extreme values, the mail must keep its markup and contain no tags."""
    known = {field.tag for field in mail.fields}
    left = sorted(known.intersection(merge_fields.TAG.findall(mail.longest_html)))
    for tag in left + sorted(mail.html_tags.union(mail.text_tags, merge_fields.TAG.findall(mail.subject)) - known):
        yield fault(problem=phrase("{tag} is not filled with a value", tag=tag))
    # What is not escaped has a rule of its own.
    if any("<" in value for tag, value in mail.longest_values.items() if tag in mail.html_tags and not tag.endswith("_text-")):
        yield fault(problem=phrase("a value changes the markup"))


@rule("unsubscribe", "error", origin="issue.mjml.j2", fixed=True)
def _unsubscribe(mail: Mail) -> Iterator[Finding]:
    if not any(link.url == UNSUBSCRIBE and link.text and not link.hidden for link in mail.parsed.links):
        yield fault(where=_HTML)
    if mail.text.strip() and UNSUBSCRIBE not in mail.text:
        yield fault(where=_TEXT)


@rule("footer-unwritten", "warning", origin="issue")
def _footer_unwritten(mail: Mail) -> Iterator[Finding]:
    """Finds what the footer of the issue has, but a theme from before footers could have it does not show."""
    footer = mail.issue.footer
    shown = {link.url for link in mail.parsed.links}
    lost = [account for account in footer.social if links.normalise(account.url) not in shown]
    if lost:
        yield fault("warning", lost[0].line, what=phrase("the links to accounts"))
    url = mail.sources.picture_urls.get(footer.wechat, "") if footer.wechat else ""
    if url and all(image.get("src") != url for image in mail.parsed.all("img")):
        yield fault("warning", mail.issue.lines.get("footer.wechat"), what=phrase("the WeChat QR code"))
