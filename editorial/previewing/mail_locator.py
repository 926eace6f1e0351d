"""Finds where in the finished mail a line or a block of the issue file is."""

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field, replace
from html.parser import HTMLParser

from composer.issue import document
from composer.issue.document import Article, Block, Issue, Section
from composer.issue.parts.splitting import HEAD_PARTS, OPENING
from composer.issue.typography import typeset_issue
from composer.rendering.writers.mail_search import SearchTarget, search_target

_BLOCKS = frozenset({"p", "h1", "h2", "h3", "h4", "h5", "h6", "li", "td", "th", "div", "blockquote"})
_VOID = frozenset({"area", "br", "col", "hr", "img", "meta", "link", "input", "base", "embed", "source", "wbr"})
_SILENT = frozenset({"style", "title", "script"})
_INBOX_KEYS = ("subject", "preheader")  # of the head: shown in the inbox, not in the mail
_MARKS_ALONE = re.compile(r"(?:[\s>]*+<!--(?>.*?-->))++\s*+", re.DOTALL)
_HIDDEN = re.compile(r"display\s*:\s*none")
_LEAST = 4  # characters without spaces; shorter words are found everywhere


def target_of_line(issue: Issue, line: int) -> SearchTarget:
    """What to look for to find a line of the issue's file in the mail."""
    nearest, at = SearchTarget(), 0
    for begins, target in _lines(typeset_issue(issue)):
        if at <= begins <= line:
            nearest, at = target, begins
    return nearest


def _lines(issue: Issue) -> Iterator[tuple[int, SearchTarget]]:
    """The lines on which something begins, with what to look for."""
    for key, line in issue.lines.items():
        if key in _INBOX_KEYS:
            yield line, SearchTarget()
        elif key == "footer":
            yield line, SearchTarget(texts=(issue.footer.about, issue.footer.address))
        elif isinstance(getattr(issue, key, None), str):
            yield line, SearchTarget(texts=(str(getattr(issue, key)),))
    yield from _run_lines(issue.opening, "", issue.source)
    for section in issue.sections:
        yield section.line, SearchTarget(texts=(section.title,))
        for article in section.articles:
            yield article.line, SearchTarget(article=article.id)
            yield from _run_lines(article.blocks, article.id, issue.source)


def _run_lines(blocks: tuple[Block, ...], article: str, source: Sequence[str]) -> Iterator[tuple[int, SearchTarget]]:
    """The lines of consecutive blocks. A mark on its own lines refers to the next block, or at the end to the one before; it is
    not part of any mail itself."""
    waiting: list[int] = []
    for block in document.walk(blocks):
        if isinstance(block, document.EditorMark):
            waiting += [block.line] if _stands_alone(block.line, source) else []
            continue
        target = replace(search_target(block), article=article)
        if target.url or target.picture or target.texts:
            yield from ((line, target) for line in waiting)
            waiting = []
        yield block.line, target


def _stands_alone(line: int, source: Sequence[str]) -> bool:
    """Whether a mark is on its own lines, apart from headings and the lines of a block's name."""
    first, last = line - 1, line - 1
    while first > 0 and source[first - 1].strip(" >"):
        first -= 1
    while last + 1 < len(source) and source[last + 1].strip(" >"):
        last += 1
    lines = [text for text in source[first : last + 1] if not text.lstrip(" >").startswith(("#", ":::"))]
    return _MARKS_ALONE.fullmatch("\n".join(lines)) is not None


@dataclass
class Index:
    """A finished mail without comments: where its tags begin, in characters, and the words of each block."""

    ids: dict[str, int] = field(default_factory=dict)
    links: list[tuple[int, str]] = field(default_factory=list)  # where, address
    pictures: list[tuple[int, str, str]] = field(default_factory=list)  # where, address, alternative text
    text: str = ""  # all text, without spaces
    owners: list[int] = field(default_factory=list)  # for each character of `text`: where its block begins
    first_visible: int = 0  # where the first block begins that readers see; the line for inboxes before it is hidden
    end: int = 0

    def find_text(self, text: str, start: int = 0) -> int | None:
        """Where the block with the text begins, after `start` if possible."""
        needle = _squeezed(text)[:80]
        if len(needle) < _LEAST:
            return None
        first = next((at for at, owner in enumerate(self.owners) if owner >= start), 0)
        at = self.text.find(needle, first)
        at = at if at >= 0 else self.text.find(needle)
        return self.owners[at] if at >= 0 else None

    def owners_of(self, text: str) -> list[int]:
        needle = _squeezed(text)[:80]
        if not needle:
            return []
        owners: dict[int, None] = {}
        at = self.text.find(needle)
        while at >= 0:
            owners[self.owners[at]] = None
            at = self.text.find(needle, at + 1)
        return list(owners)


class _Indexer(HTMLParser):
    def __init__(self, html: str) -> None:
        super().__init__(convert_charrefs=True)
        self.index = Index()
        self._starts = [0, *(match.end() for match in re.finditer("\n", html))]
        self._open: list[tuple[str, int]] = []
        self._hidden: set[int] = set()

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        line, column = self.getpos()
        at = self._starts[line - 1] + column
        given = {name: value or "" for name, value in attrs}
        if given.get("id"):
            self.index.ids.setdefault(given["id"], at)
        if tag == "img":
            self.index.pictures.append((at, given.get("src", ""), given.get("alt", "")))
        if tag == "a" and "href" in given:
            self.index.links.append((at, given["href"]))
        if tag not in _VOID:
            self._open.append((tag, at))
            if _HIDDEN.search(given.get("style", "")):
                self._hidden.add(at)

    def handle_endtag(self, tag: str) -> None:
        if any(name == tag for name, _ in self._open):
            while self._open.pop()[0] != tag:
                pass

    def handle_data(self, data: str) -> None:
        if any(name in _SILENT for name, _ in self._open):
            return
        squeezed = _squeezed(data)
        owner = next((at for name, at in reversed(self._open) if name in _BLOCKS), None)
        if squeezed and owner is not None:
            if not self.index.first_visible and not any(at in self._hidden for _, at in self._open):
                self.index.first_visible = owner
            self.index.text += squeezed
            self.index.owners += [owner] * len(squeezed)


def _squeezed(text: str) -> str:
    return re.sub(r"[\s\u00ad\u034f\u200b-\u200d\u2060\ufeff]+", "", text)


def read(html: str) -> Index:
    indexer = _Indexer(html)
    indexer.feed(html)
    indexer.close()
    indexer.index.end = len(html)
    return indexer.index


def locate(index: Index, target: SearchTarget) -> int | None:
    """Where the tag of `target` begins, or None where the mail does not contain it."""
    start = index.ids.get(target.article, 0)
    links = [at for at, url in index.links if target.url and url == target.url]
    pictures = [
        at for at, url, alt in index.pictures if target.picture and (target.picture == alt or f"/{target.picture}" in url)
    ]
    if positions := links or pictures:
        return next((at for at in positions if at >= start), positions[0])
    for text in target.texts:
        if (at := index.find_text(text, start)) is not None:
            return at
    return index.ids.get(target.article) if target.article else None


def locate_between(index: Index, target: SearchTarget, start: int, end: int) -> int | None:
    """Where the tag of `target` begins, from `start` up to `end`, or None where that piece of the mail does not contain it."""
    for at, url, alt in index.pictures:
        if start <= at < end and target.picture and (target.picture == alt or f"/{target.picture}" in url):
            return at
    for at, url in index.links:
        if start <= at < end and target.url and url == target.url:
            return at
    owners = (at for text in target.texts if len(_squeezed(text)) >= _LEAST for at in index.owners_of(text))
    return next((at for at in owners if start <= at < end), None)


@dataclass(frozen=True, slots=True)
class PartPlaces:
    """Where the tags of a part begin: the first one, and one for each block of its text. None: the mail does not contain it."""

    start: int | None = None
    blocks: tuple[int | None, ...] = ()


def locate_part(index: Index, issue: Issue, part: str) -> PartPlaces:
    """The places of the part with that id. The blocks are in the order in which the editor has them."""
    articles = [index.ids.get(article.id) for article in issue.articles()]
    known = sorted(at for at in articles if at is not None)
    end = known[0] if known else index.end
    if part == OPENING:
        blocks = _in_order(index, [_target(block) for block in issue.opening], index.first_visible, end)
        return PartPlaces(next((at for at in blocks if at is not None), None), blocks)
    if part in HEAD_PARTS.values():
        return PartPlaces(_of_head(index, issue, part, known))
    article = next((article for article in issue.articles() if article.id == part), None)
    if article is not None:
        return _of_article(index, article, known)
    section = next((section for section in issue.sections if section.id == part), None)
    return PartPlaces(_of_section(index, section, known)) if section is not None else PartPlaces()


def _of_article(index: Index, article: Article, known: Sequence[int]) -> PartPlaces:
    start = index.ids.get(article.id)
    if start is None:
        return PartPlaces()
    end = next((at for at in known if at > start), index.end)
    targets = [_target(block) for block in article.blocks]
    return PartPlaces(start, _in_order(index, targets, start, end))


def _target(block: Block) -> SearchTarget:
    """What to look for to find a block, or the first block in it that has words or a picture."""
    for inner in document.walk((block,)):
        if isinstance(inner, document.EditorMark):
            continue
        target = search_target(inner)
        if isinstance(inner, document.Figure) and inner.missing:
            return replace(target, picture="", texts=(*target.texts, inner.alt))
        if target.url or target.picture or target.texts:
            return target
    return SearchTarget()


def _of_section(index: Index, section: Section, known: Sequence[int]) -> int | None:
    """The heading above its first article: the list of contents may name the section, too."""
    first = next((index.ids[article.id] for article in section.articles if article.id in index.ids), None)
    if first is None:
        return None
    before = max((at for at in known if at < first), default=index.first_visible)
    headings = [at for at in index.owners_of(section.title) if before <= at < first]
    return headings[-1] if headings else first


def _of_head(index: Index, issue: Issue, part: str, known: Sequence[int]) -> int | None:
    last = known[-1] if known else 0
    if part == HEAD_PARTS["footer"]:
        return locate(index, SearchTarget(texts=(issue.footer.about, issue.footer.address)))
    if part == HEAD_PARTS["credits"]:
        names = [credit.name for credit in issue.credits]
        return next((at for name in names for at in index.owners_of(name) if at >= last), None)
    links = {f"#{article.id}" for article in issue.highlighted()}
    return next((at for at, url in index.links if url in links), None)


def _in_order(index: Index, targets: Sequence[SearchTarget], start: int, end: int) -> tuple[int | None, ...]:
    """Where each target is. Equal ones are found one after the other; what a design moves is found wherever it is."""
    positions: list[int | None] = []
    after = start
    for target in targets:
        at = locate_between(index, target, after, end)
        at = at if at is not None else locate_between(index, target, start, end)
        positions.append(at)
        after = at + 1 if at is not None else after
    return tuple(positions)
