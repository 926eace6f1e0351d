"""Counts the tracked changes of a Word document, and accepts or rejects them."""

from collections import Counter
from collections.abc import Iterator

from lxml import etree

from composer.importing.manuscript.import_log import ImportLog
from composer.importing.manuscript.vocabulary import words_of
from composer.importing.readers.docx.docx_xml import PARAGRAPH, PLACE, W, drawn_text, gather, number_of, pieces
from composer.importing.refusals import TrackedChangesError, TrackedSample

INSERTED, DELETED, CAME, WENT = W + "ins", W + "del", W + "moveTo", W + "moveFrom"
NOUNS = {INSERTED: "insertion", DELETED: "deletion", CAME: "move", WENT: ""}  # a move counts once, at its destination
MOST_SAMPLES, MOST_AUTHORS, LONGEST_SAMPLE, LONGEST_AUTHOR = 5, 20, 120, 80
FORMATS = tuple(W + name for name in ("rPrChange", "pPrChange", "tblPrChange", "sectPrChange", "tcPrChange", "trPrChange"))


def count_changes(roots: list[etree._Element]) -> Counter[str]:
    return +Counter({noun: sum(1 for root in roots for _ in root.iter(tag)) for tag, noun in NOUNS.items() if noun})


def refuse_changes(name: str, counts: Counter[str], roots: list[etree._Element]) -> TrackedChangesError:
    """Returns the error for a document whose changes nobody has decided about, with their authors and a few samples."""
    summary = ", ".join(f"{count} {noun}{'' if count == 1 else 's'}" for noun, count in counts.items())
    total = counts.total()
    changes = [element for root in roots for element in root.iter(*NOUNS) if NOUNS[element.tag]]
    authors = Counter(" ".join(element.get(W + "author", "").split())[:LONGEST_AUTHOR] for element in changes)
    return TrackedChangesError(
        f"{name} has {total} tracked change{'' if total == 1 else 's'} ({summary}), so it is not clear which text to import. "
        "Add --tracked accept to import the text with the changes, or --tracked reject to import the text before them.",
        counts,
        dict(authors.most_common(MOST_AUTHORS)),
        tuple(sample_changes(changes)),
    )


def sample_changes(changes: list[etree._Element]) -> Iterator[TrackedSample]:
    """Yields the first changes of text, not those that only begin or end a paragraph."""
    yielded = 0
    for element in changes:
        text = " ".join(f"{''.join(words_in(element))} {drawn_text(element)}".split())
        if text:
            cut = text if len(text) <= LONGEST_SAMPLE else f"{text[: LONGEST_SAMPLE - 1]}…"
            yield TrackedSample(NOUNS[element.tag], " ".join(element.get(W + "author", "").split())[:LONGEST_AUTHOR], cut)
            yielded += 1
        if yielded == MOST_SAMPLES:
            return


def words_in(element: etree._Element) -> Iterator[str]:
    """Yields the text of a change. It is inside a paragraph, or around whole paragraphs."""
    if next(element.iter(PARAGRAPH), None) is None:
        yield from pieces(element)
    else:
        yield from (f"{text} " for text in gather(element))


def settle_changes(root: etree._Element, log: ImportLog, *, accept: bool) -> None:
    """Leaves only the chosen text in the tree, and logs every word that this changed."""
    dropped = {DELETED, WENT} if accept else {INSERTED, CAME}
    kept = {INSERTED, CAME} if accept else {DELETED, WENT}
    verb = "accepted" if accept else "rejected"
    drop_rows(root, dropped, verb, log)
    for group in joined_paragraphs(root, dropped):
        before = "\n".join("".join(pieces(paragraph)) for paragraph in group)
        for paragraph in group:
            strip_runs(paragraph, dropped, verb, log)
        first = group[0]
        for paragraph in group[1:]:
            first.extend([child for child in paragraph if child.tag != W + "pPr"])
            remove(paragraph)
        log_changed_words(before, "".join(pieces(first)), first, verb, log)
    unwrap(root, kept)


def drop_rows(root: etree._Element, dropped: set[str], verb: str, log: ImportLog) -> None:
    for row in list(root.iter(W + "tr")):
        if any(row.find(f"{W}trPr/{tag}") is not None for tag in dropped):
            text = " ".join(gather(row))
            reason = f"a table row in a tracked change that was {verb}"
            position = position_of(next(row.iter(PARAGRAPH), None))
            log.leave_out(position, position, text, reason)
            remove(row)


def remove(element: etree._Element) -> None:
    parent = element.getparent()
    if parent is not None:
        parent.remove(element)


def joined_paragraphs(root: etree._Element, dropped: set[str]) -> list[list[etree._Element]]:
    """Returns the paragraphs with changes, grouped: a paragraph whose end mark is dropped is joined with the next."""
    groups: list[list[etree._Element]] = []
    taken: set[int] = set()
    for paragraph in root.iter(PARAGRAPH):
        if id(paragraph) in taken:
            continue
        group = [paragraph]
        while ends_dropped(group[-1], dropped) and (following := group[-1].getnext()) is not None and following.tag == PARAGRAPH:
            group.append(following)
            taken.add(id(following))
        groups.append(group)
    return [group for group in groups if len(group) > 1 or next(group[0].iter(*NOUNS), None) is not None]


def ends_dropped(paragraph: etree._Element, dropped: set[str]) -> bool:
    marks = paragraph.find(f"{W}pPr/{W}rPr")
    return marks is not None and any(marks.find(tag) is not None for tag in dropped)


def strip_runs(paragraph: etree._Element, dropped: set[str], verb: str, log: ImportLog) -> None:
    """Removes the dropped runs and logs each; paragraphs in nested boxes are handled separately."""
    for element in list(paragraph.iter(*dropped)):
        parent = element.getparent()
        if parent is None or parent.tag == W + "rPr" or owner(element) is not paragraph:
            continue
        text = " ".join(("".join(pieces(element)), drawn_text(element))).strip()
        if text:
            noun = NOUNS[element.tag] or "move away"
            author = element.get(W + "author", "")
            by = f" by {author}" if author else ""
            log.note(f'paragraph {position_of(paragraph)}: {noun}{by}, {verb}, so this is not in the issue: "{text}"')
        parent.remove(element)


def owner(element: etree._Element) -> etree._Element | None:
    return next(element.iterancestors(PARAGRAPH), None)


def unwrap(root: etree._Element, tags: set[str]) -> None:
    """Replaces these elements by their children. Each parent is rewritten only once: a paragraph may contain 60,000 changes."""
    parents = {id(parent): parent for element in root.iter(*tags) if (parent := element.getparent()) is not None}
    for parent in parents.values():
        if parent.tag not in (W + "rPr", W + "trPr", *tags):
            parent[:] = list(unwrapped(parent, tags))


def unwrapped(element: etree._Element, tags: set[str]) -> Iterator[etree._Element]:
    for child in element:
        if child.tag in tags:
            yield from unwrapped(child, tags)
        else:
            yield child


def log_changed_words(before: str, after: str, paragraph: etree._Element, verb: str, log: ImportLog) -> None:
    """Logs the words of the paragraph that changed, including words that changed in part."""
    was, now = Counter(words_of(before)), Counter(words_of(after))
    lost, new = list((was - now).elements()), list((now - was).elements())
    if lost or new:
        position = position_of(paragraph)
        log.change(position, position, " ".join(lost), " ".join(new), f"tracked changes, {verb}")


def position_of(paragraph: etree._Element | None) -> int:
    return number_of(paragraph.get(PLACE, "0")) if paragraph is not None else 0
