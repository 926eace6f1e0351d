"""Finds where in the finished mail a part of the issue begins, and where each block of its text is."""

from collections.abc import Sequence
from dataclasses import dataclass, replace

from composer.issue import document
from composer.issue.document import Article, Block, Issue, Section
from composer.issue.parts.splitting import HEAD_PARTS, OPENING
from composer.rendering.writers.mail_search import SearchTarget, search_target
from editorial.previewing.mail_locator import Index, locate, locate_between


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
