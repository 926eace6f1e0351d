"""The tables of a campaign's report by domain, language, variant and list, of answers to its questions, and of bounces by cause.

For somebody without an account, no group of fewer than ten people is shown by itself, and none can be calculated from the others.
"""

from collections.abc import Iterator, Mapping, Sequence

from django.utils.functional import Promise
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from campaigns.models import Campaign
from campaigns.questions.questions import AskedQuestion
from campaigns.reporting.results.audience_parts import REST, PartLine, rest_of
from campaigns.tracking.bounces import bounce_texts
from subscribers.models import MailingList
from web.number_tables import Cell, NumberTable
from web.texts import shares
from web.texts.issues.condition_texts import ConditionWords
from web.texts.language_names import language_name
from web.texts.people import list_texts

SMALL = 10  # people
LARGE = f"≥ {SMALL}"  # a number that is hidden because of others
_NOTHING = "–"  # a number that is hidden altogether
_CLICKED = 2  # the place of the people who clicked in a row
QUESTION = "question-"  # before the name of a question, in the kind of its table

_TITLES: Mapping[str, tuple[str | Promise, str | Promise]] = {
    "domain": (gettext_lazy("By domain"), gettext_lazy("Domain")),
    "language": (gettext_lazy("By language"), gettext_lazy("Language")),
    "variant": (gettext_lazy("By variant"), gettext_lazy("Variant")),
    "list": (gettext_lazy("By list"), gettext_lazy("List")),
}


def tables(
    parts: Mapping[str, Sequence[PartLine]], campaign: Campaign, *, with_clicks: bool, is_public: bool
) -> list[NumberTable]:
    """A table for each kind that has several lines. `is_public`: without what follows from differences of two numbers."""
    all_columns = [_("recipients"), _("delivered"), _("bounced"), _("complaints"), _("unsubscribed")]
    columns = [_("delivered")] if is_public else all_columns
    if with_clicks:
        columns += [_("measured"), _("clicked")]
    made = []
    for kind, lines in parts.items():
        shown = without_small(lines) if is_public else list(lines)
        if len(shown) < 2:
            continue
        names, (title, heading) = _names(kind, campaign), _TITLES[kind]
        numbers = [_cells(line, with_clicks=with_clicks, is_public=is_public) for line in shown]
        cells: Sequence[Sequence[Cell]] = hidden(numbers) if is_public else numbers
        rows = list(zip([_name(kind, line.value, names) for line in shown], cells, strict=True))
        made.append(NumberTable(kind, title, [heading, *columns], rows))
    return made


def causes(figures: Sequence[tuple[str, int]], link: str) -> list[NumberTable]:
    """Bounces by cause; `link` leads to the people."""
    if not figures:
        return []
    total = sum(people for _cause, people in figures)
    rows: list[tuple[str, Sequence[Cell]]] = [
        (_(bounce_texts.CAUSES[cause]) if cause in bounce_texts.CAUSES else cause or _("not recorded"),
         [people, shares.share(people, total)])
        for cause, people in figures
    ]  # fmt: skip
    columns = [_("Reason"), _("People"), _("Share")]
    return [NumberTable("cause", _("Why mail came back"), columns, rows, links=[link] * len(rows) if link else ())]


def answers(asked: Sequence[AskedQuestion], *, is_public: bool) -> list[NumberTable]:
    """A table for each question to readers: its answers, in their order. Behind a link, answers that still come in would tell one
    by one who gave which, so a question that is open is not shown.
    """
    columns = [_("Answer of readers"), _("people who gave it"), _("share")]
    return [
        NumberTable(f"{QUESTION}{question.name}", question.text, columns, list(_answers(question, is_public=is_public)))
        for question in asked
        if not (is_public and question.is_open)
    ]


def _answers(question: AskedQuestion, *, is_public: bool) -> Iterator[tuple[str, Sequence[Cell]]]:
    """Each answer with its people and their share; without shares if these would tell the size of a small group."""
    has_small = is_public and any(is_small(people) for _text, people in question.answers)
    for text, people in question.answers:
        share = "–" if has_small or not question.total else shares.share(people, question.total)
        yield text, [masked(people) if is_public else people, share]


def _cells(line: PartLine, *, with_clicks: bool, is_public: bool) -> list[int]:
    told_apart = [line.recipients, line.delivered, line.bounced, line.complained, line.left]
    numbers = [line.delivered] if is_public else told_apart
    return numbers + ([line.measured, line.clicked] if with_clicks else [])


def hidden(rows: Sequence[Sequence[int]]) -> list[list[Cell]]:
    """The numbers without small groups, if everybody knows the sum of each column. Each row has the people of a part, or those,
    how many are measured, and how many of these clicked; of the last two, few who did not click are a small group, too.
    """
    columns: list[list[Cell]] = []
    for place, numbers in enumerate(zip(*rows, strict=True)):
        wholes = [row[place - 1] for row in rows] if place == _CLICKED else None
        columns.append(_hidden_column(numbers, wholes, columns[-1] if columns else None))
    return [list(row) for row in zip(*columns, strict=True)]


def _hidden_column(numbers: Sequence[int], wholes: Sequence[int] | None, beside: Sequence[Cell] | None) -> list[Cell]:
    """Small numbers as `< 10`, and the next larger ones as `≥ 10`, until nobody can narrow a small number down. Where hiding all
    is not enough, each number is a dash.

    `wholes`: what the numbers are parts of, if a small rest is to be hidden. `beside`: the cells of the column before, which
    bound these numbers.
    """
    rests = {at for at, whole in enumerate(wholes or ()) if is_small(whole - numbers[at])}
    column = [LARGE if at in rests and number >= SMALL else masked(number) for at, number in enumerate(numbers)]
    while not _is_safe(numbers, column, wholes, beside):
        shown = [at for at, cell in enumerate(column) if isinstance(cell, int) and cell]
        if not shown:
            return [_NOTHING] * len(numbers)
        column[min(shown, key=lambda at: numbers[at])] = LARGE
    return column


def _is_safe(
    numbers: Sequence[int], column: Sequence[Cell], wholes: Sequence[int] | None, beside: Sequence[Cell] | None
) -> bool:  # fmt: skip
    """Whether each small number, and each small rest, can be anything from 1 to 9, for somebody who knows the sum of the column,
    and that the smallest of the large numbers are hidden.
    """
    total, smallest = sum(numbers), min((cell for cell in column if isinstance(cell, int) and cell), default=sum(numbers))
    ranges: list[tuple[int, int]] = []
    protected: dict[int, range] = {}
    for at, cell in enumerate(column):
        known = beside[at] if beside is not None else None
        most = known if isinstance(known, int) else total
        if isinstance(cell, int):
            ranges.append((cell, cell))
        elif cell == LARGE:
            whole = wholes[at] if wholes else 0
            if is_small(whole - numbers[at]):
                protected[at] = range(max(SMALL, whole - SMALL + 1), whole)
                ranges.append((SMALL, most))
            else:
                ranges.append((SMALL, min(most, smallest)))
        else:
            protected[at] = range(1, SMALL)
            ranges.append((1, SMALL - 1))
    lowest, highest = (sum(bounds) for bounds in zip(*ranges, strict=True))
    return all(
        lowest - ranges[at][0] <= total - value <= highest - ranges[at][1] for at, values in protected.items() for value in values
    )


def is_small(number: int) -> bool:
    """Whether these are so few people that their number is not told."""
    return 0 < number < SMALL


def masked(number: int) -> Cell:
    return f"< {SMALL}" if is_small(number) else number


def without_small(lines: Sequence[PartLine]) -> list[PartLine]:
    """The parts of at least ten recipients, the largest first. The others are one line; if they are fewer than ten people, the
    smallest large parts join them.
    """
    parts = sorted((line for line in lines if line.value != REST), key=lambda line: -line.recipients)
    rest = [line for line in lines if line.value == REST] + [line for line in parts if line.recipients < SMALL]
    large = [line for line in parts if line.recipients >= SMALL]
    while rest and large and sum(line.recipients for line in rest) < SMALL:
        rest.append(large.pop())
    if not rest:
        return large
    return [*large, rest_of(rest)]


def _names(kind: str, campaign: Campaign) -> Mapping[str, str]:
    if kind == "list":
        return {str(row.pk): list_texts.list_name(row) for row in MailingList.objects.filter(campaign=campaign)}
    if kind == "variant":
        variants = campaign.version.variants.order_by("number").values_list("number", "language", "holds")
        words = ConditionWords()
        return {str(number): ", ".join([language_name(language), *map(words.of, holds)]) for number, language, holds in variants}
    return {}


def _name(kind: str, value: str, names: Mapping[str, str]) -> str:
    if value == REST:
        return _("all others")
    if kind == "language" and value:
        return language_name(value)
    return names.get(value, value) or _("unknown")
