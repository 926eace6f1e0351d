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
# Behind a link: of several tables whose parts overlap, differences would tell small groups.
_PUBLIC = ("domain", "language")
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
    """A table for each kind that has several lines. `is_public`: how many mails were delivered, by domain and by language."""
    columns = [_("delivered")]
    if not is_public:
        columns = [_("recipients"), *columns, _("bounced"), _("complaints"), _("unsubscribed")]
        columns += [_("measured"), _("clicked")] if with_clicks else []
    made = []
    for kind, lines in parts.items():
        if is_public and kind not in _PUBLIC:
            continue
        shown = without_small(lines) if is_public else list(lines)
        if len(shown) < 2:
            continue
        names, (title, heading) = _names(kind, campaign), _TITLES[kind]
        cells: Sequence[Sequence[Cell]]
        if is_public:
            cells = [[cell] for cell in hidden([line.delivered for line in shown])]
            if not cells[0][0]:
                continue
        else:
            cells = [_cells(line, with_clicks=with_clicks) for line in shown]
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


def _cells(line: PartLine, *, with_clicks: bool) -> list[int]:
    numbers = [line.recipients, line.delivered, line.bounced, line.complained, line.left]
    return numbers + ([line.measured, line.clicked] if with_clicks else [])


def hidden(numbers: Sequence[int]) -> list[Cell]:
    """The numbers of a column, whose sum everybody knows: small ones as `< 10`, and the next larger ones as `≥ 10`, until nobody
    can narrow a small one down. Empty texts where hiding all of them is not enough.
    """
    cells = [masked(number) for number in numbers]
    while not _is_safe(numbers, cells):
        shown = [at for at, cell in enumerate(cells) if isinstance(cell, int) and cell]
        if not shown:
            return [""] * len(numbers)
        cells[min(shown, key=lambda at: numbers[at])] = LARGE
    return cells


def _is_safe(numbers: Sequence[int], cells: Sequence[Cell]) -> bool:
    """Whether each small number can be anything from 1 to 9, for somebody who knows the sum, and that the smallest of the large
    numbers are hidden.
    """
    total, small = sum(numbers), [at for at, cell in enumerate(cells) if isinstance(cell, str) and cell != LARGE]
    smallest = min((cell for cell in cells if isinstance(cell, int) and cell), default=total)
    large = cells.count(LARGE)
    rest = total - sum(cell for cell in cells if isinstance(cell, int))
    others = len(small) - 1
    lowest, highest = others + SMALL * large, (SMALL - 1) * others + smallest * large
    return not small or (lowest <= rest - (SMALL - 1) and rest - 1 <= highest)


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
        conditions = ConditionWords()
        return {
            str(number): ", ".join([language_name(language), *map(conditions.of, holds)]) for number, language, holds in variants
        }
    return {}


def _name(kind: str, value: str, names: Mapping[str, str]) -> str:
    if value == REST:
        return _("all others")
    if kind == "language" and value:
        return language_name(value)
    return names.get(value, value) or _("unknown")
