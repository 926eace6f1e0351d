"""Gathers list items into nested lists, including items that were only typed with a bullet or number."""

import itertools
from collections import Counter
from dataclasses import dataclass, field, replace

from composer.importing.manuscript.chinese_numbering import LIST_STYLE, numbered_runs, read_typed_number
from composer.importing.manuscript.document_parts import DocumentPart, Listing, Role
from composer.importing.manuscript.import_log import ImportLog
from composer.importing.manuscript.inline_slicing import cut
from composer.importing.manuscript.line_patterns import BULLETED, NUMBERED, is_sources
from composer.issue.document import Block, ListBlock, Paragraph

DEEPEST = 8  # deeper lists are no longer readable in a mail


def gather_lists(parts: list[DocumentPart], log: ImportLog) -> list[DocumentPart]:
    """Turns each run of items into a list; an ordered list continues its numbers after an interruption."""
    made: list[DocumentPart] = []
    counts: Counter[str] = Counter()
    for listed, group in itertools.groupby(read_typed(parts, log), key=lambda part: part.listing is not None):
        run = list(group)
        made += list_parts(run, counts) if listed else run
    return made


@dataclass(slots=True)
class Open:
    """A list that is being built."""

    depth: int
    ordered: bool
    start: int
    items: list[list[Block]] = field(default_factory=list)

    def block(self) -> ListBlock:
        return ListBlock(tuple(tuple(item) for item in self.items), self.ordered, self.start)


def list_parts(run: list[DocumentPart], counts: Counter[str]) -> list[DocumentPart]:
    """Returns one part for each list of the run: a new list begins where the kind of the top items changes."""
    made: list[DocumentPart] = []
    for items in part_runs(run):
        first = items[0].listing or Listing()
        start = first.start + counts[first.key] if first.key and first.ordered else first.start
        block = nest(items, start)
        counts[first.key] += len(block.items)
        questions = tuple(question for item in items for question in item.questions)
        places = tuple(item.position for item in items) if len(items) == len(block.items) else ()
        made.append(
            DocumentPart(
                block, items[0].position, size=items[0].size, item_places=places, questions=questions, spelled=first.spelled
            )
        )
    return made


def part_runs(run: list[DocumentPart]) -> list[list[DocumentPart]]:
    """Splits the run before each top item of another kind; nested items belong to the top item before them."""
    floor = min(part.listing.depth for part in run if part.listing)
    runs: list[list[DocumentPart]] = []
    last: tuple[bool, str] | None = None
    for part in run:
        listing = part.listing or Listing()
        if (listing.depth == floor and not listing.goes_on) or last is None:
            kind = (listing.ordered, listing.key if listing.ordered else "")
            if kind != last:
                runs.append([])
            last = kind
        runs[-1].append(part)
    return runs


def nest(items: list[DocumentPart], start: int) -> ListBlock:
    first = items[0].listing or Listing()
    stack = [Open(first.depth, first.ordered, start)]
    for part in items:
        listing = part.listing or Listing()
        while len(stack) > 1 and listing.depth < stack[-1].depth:
            close(stack)
        if listing.depth > stack[-1].depth and stack[-1].items and len(stack) < DEEPEST:
            stack.append(Open(listing.depth, listing.ordered, listing.start))
        if listing.goes_on and stack[-1].items:
            stack[-1].items[-1].append(part.block)
        else:
            stack[-1].items.append([part.block])
    while len(stack) > 1:
        close(stack)
    return stack[0].block()


def close(stack: list[Open]) -> None:
    inner = stack.pop()
    stack[-1].items[-1].append(inner.block())


def read_typed(parts: list[DocumentPart], log: ImportLog) -> list[DocumentPart]:
    """Turns paragraphs that begin with a bullet, or with consecutive numbers, into list items."""
    read: list[DocumentPart] = []
    parts = read_chinese_items(parts, log)
    numbers = [typed_number(part) for part in parts]
    expected = 0
    for part, (number, following) in zip(parts, itertools.pairwise([*numbers, 0]), strict=True):
        counts_up = number and (number == expected or (number == 1 and following == 2))
        if counts_up and (match := NUMBERED.match(part.text)):
            log.change(part.position, part.position, match[0].strip(), "", "the number of a list item")
            expected = number + 1
            read.append(without_list_marker(part, match.end(), Listing(0, True, number)))
            continue
        expected = 0
        bullet = BULLETED.match(part.text) if is_text(part) else None
        read.append(without_list_marker(part, bullet.end(), Listing()) if bullet else part)
    return read


def read_chinese_items(parts: list[DocumentPart], log: ImportLog) -> list[DocumentPart]:
    """As `read_typed`, for the numbers of Chinese documents. Only `1．` and `1、` become the numbers of a list, which shows `1.`;
    items with other numbers, such as `（一）`, keep them in their text."""
    read = list(parts)
    for run in numbered_runs(parts):
        for index in run:
            part = parts[index]
            listing = Listing(0, True, key=f"typed at {parts[run[0]].position}")
            typed = read_typed_number(part.text)
            if typed and typed.style != LIST_STYLE:
                read[index] = replace(part, listing=replace(listing, spelled=True))
            elif typed:
                log.change(part.position, part.position, part.text[: typed.length].strip(), "", "the number of a list item")
                read[index] = without_list_marker(part, typed.length, listing)
    return read


def unroll_spelled(parts: list[DocumentPart]) -> list[DocumentPart]:
    """Makes paragraphs of the items that begin with their numbers."""
    made: list[DocumentPart] = []
    for part in parts:
        if not part.spelled or not isinstance(part.block, ListBlock):
            made.append(part)
            continue
        questions = part.questions
        for item, position in zip(part.block.items, part.item_places or [part.position] * len(part.block.items), strict=True):
            for block in item:
                made.append(DocumentPart(block, position, size=part.size, questions=questions))
                questions = ()
    return made


def is_text(part: DocumentPart) -> bool:
    return isinstance(part.block, Paragraph) and part.level is None and part.listing is None and part.role is Role.BODY


def typed_number(part: DocumentPart) -> int:
    match = NUMBERED.match(part.text) if is_text(part) and not part.bold and not is_sources(part.text) else None
    return int(match[0].strip(" .)\t")) if match else 0


def without_list_marker(part: DocumentPart, length: int, listing: Listing) -> DocumentPart:
    return replace(part, block=Paragraph(cut(part.content, length)), listing=listing)
