"""Hypothesis strategies for the content of an issue: as Markdown that an editor might write, and as model objects."""

from datetime import date, timedelta

from hypothesis import strategies as st

from composer.issue.conditions import Comparison, Condition
from composer.issue.document import (
    Action,
    Article,
    Block,
    Calendar,
    CalendarEvent,
    EditorMark,
    Emphasis,
    Field,
    Figure,
    Inlines,
    LineBreak,
    Link,
    ListBlock,
    Only,
    Paragraph,
    Passage,
    Profile,
    Quote,
    ReaderQuestion,
    Section,
    Sources,
    Span,
    Strong,
    SubHeading,
    Summary,
    Table,
    Text,
    plain,
)
from composer.issue.inlines.inline_reader import on_one_line, tidy

# Random pieces of what an editor might write. Accepted issues must print and parse back the same.
FRAGMENTS = st.sampled_from(
    ["a", "Source: ", "Caption: ", "Credit: ", "Table: ", "Only: ", "Name: ", "Role: ", "*", "**", "_", "[x](https://e.org/a_b)",
     "[y](<{{ view_url }}>)", "[词]{lang=zh-CN}", "{lang=de}", "\n", "\n\n", "- ", "1. ", "> ", "### ", "### 1. ", "# ", "## ",
     "![alt *x*](missing)", "{{ name or 'you' }}", "<!-- m -->", "\\", "&amp;", "&nbsp;", "&#59;", ";", "#", "!", "中", "。", " ",
     "  \n", "<b>", "`", "{#id}", "~", "+", "=", "\u3000", "1)", "&", "(", "[", "]", ":", "：", "|", "|a|b|\n|--|:-:|\n|c|*d*|\n",
     "\n::: only c = \"CN\"\n", "\n::: lang zh-CN\n", "\n::: profile\nName: A\n", "\n::: calendar\n- 2023-04-12: b; c\n",
     "\n::: question\nA?\n\n- b\n- c\n:::\n",
     "\n::: action\n[z](https://e.org)\n:::\n", "\n:::\n", "\n::::\n", "2023-04-12 to 2023-04-13: ", "c = \"CN\" and d != 2"]
)  # fmt: skip
BODIES = st.lists(FRAGMENTS, min_size=1, max_size=14).map("".join)

ODD = "ab .,;:!*_[]()<>{}#&\\`-+1=~|'\"中。，：é\u00a0\u3000🎉\u0301"
# Underscores within words are not escaped, but next to other markup they matter.
WORDS = st.text(st.sampled_from(ODD), min_size=1, max_size=8) | st.sampled_from(
    ["data_set_b", "a_b", "a_b_c", "_a_b", "(new)", "中_a_b"]
)
LANGUAGES = st.sampled_from(["zh-CN", "de", "ar", "sr-Latn"])
FIELDS = st.sampled_from([Field("name", "you"), Field("name", 'a "b"'), Field("name", 'it\'s "so"'), Field("email")])


def _nodes(links: bool) -> st.SearchStrategy[Inlines]:
    def around(inner: st.SearchStrategy[Inlines]) -> st.SearchStrategy[Inlines]:
        kinds = [
            WORDS.map(Text),
            FIELDS,
            inner.map(Strong),
            inner.map(Emphasis),
            st.builds(Span, LANGUAGES, inner),
        ]
        if links:
            target = st.sampled_from(
                ["https://e.org/x", "https://e.org/a|b_(c)*d", "{{ view_url }}", "mailto:a@e.org?subject=x%20y"]
            )
            kinds.append(st.builds(Link, target, inner))
        return st.lists(st.one_of(*kinds), min_size=1, max_size=4).map(tuple)

    leaves = st.lists(WORDS.map(Text) | FIELDS | st.just(LineBreak()), min_size=1, max_size=3).map(tuple)
    return st.recursive(leaves, around, max_leaves=8)


def readable(content: Inlines) -> bool:
    """Whether there is text, also in each link; other content is refused by the parser."""
    for node in content:
        if isinstance(node, Link) and not readable(tidy(node.children)):
            return False
        if isinstance(node, Strong | Emphasis | Span) and not readable(node.children):
            return False
    return bool(content)


INLINES = _nodes(links=True).map(tidy).filter(readable)
LINES = INLINES.map(on_one_line).filter(readable)  # without line breaks
TITLES = WORDS.map(lambda words: " ".join(words.split())).filter(bool)

VALUES = (
    st.text(st.sampled_from('aé中"\\*_[]<>()`:; '), max_size=5)
    | st.integers(-999, 999)
    | st.decimals(-9, 9, places=6).map(float)
    | st.booleans()
    | st.none()
)


def _distinct(values: list[object]) -> tuple[object, ...]:
    return tuple({(type(value), value): value for value in values}.values())


COMPARISONS = st.builds(
    Comparison,
    st.sampled_from(["city", "interests", "a_b_c", "x1"]),
    st.lists(VALUES.filter(lambda value: value != ""), min_size=1, max_size=3).map(_distinct),
    st.booleans(),
)
CONDITIONS = st.builds(
    lambda comparisons, joined: Condition(tuple(comparisons), joined if len(comparisons) > 1 else "and"),
    st.lists(COMPARISONS, min_size=1, max_size=3),
    st.sampled_from(["and", "or"]),
)
CONDITION_TEXTS = CONDITIONS.map(str).filter(
    lambda text: len(text) <= 300 and not any(s in text for s in ("{{", "}}", "<!--", "-->"))
)

FIGURES = st.builds(Figure, st.sampled_from(["missing", "images/a b.png", "images/a(1)_*.png"]), WORDS.map(lambda w: " ".join(w.split())),
                    LINES | st.just(()), LINES | st.just(()))  # fmt: skip
PORTRAITS = st.builds(Figure, st.just("missing"), TITLES, st.just(()), LINES | st.just(()))


def _table(columns: int) -> st.SearchStrategy[Table]:
    row = st.tuples(*[LINES | st.just(())] * columns)
    aligns = st.tuples(*[st.sampled_from(["", "left", "center", "right"])] * columns).map(
        lambda found: found if any(found) else ()
    )
    return st.builds(Table, st.tuples(*[LINES] * columns), st.lists(row, max_size=3).map(tuple), aligns, LINES | st.just(()))


def _event(start: date, title: Inlines, days: int, place: Inlines) -> CalendarEvent:
    return CalendarEvent(start, title, start + timedelta(days) if days else None, place)


EVENTS = st.builds(_event, st.dates(date(1000, 1, 1), date(2999, 1, 1)), LINES, st.integers(0, 40), LINES | st.just(()))
MARKS = st.builds(EditorMark, st.text("ab c-中*{", max_size=8).map(lambda text: " ".join(text.split())))

_TEXTS = INLINES.map(Paragraph)
INNER: st.SearchStrategy[Block] = st.recursive(
    _TEXTS,
    lambda inner: st.one_of(
        _TEXTS,
        st.lists(inner, min_size=1, max_size=3).map(lambda blocks: Quote(tuple(blocks))),
        st.builds(
            ListBlock,
            st.lists(st.lists(inner, max_size=3).map(tuple), min_size=1, max_size=3).map(tuple),
            st.just(False),
        ),
        st.builds(
            ListBlock,
            st.lists(st.lists(inner, max_size=3).map(tuple), min_size=1, max_size=3).map(tuple),
            st.just(True),
            st.integers(0, 1200) | st.integers(999_999_990, 999_999_999),
        ),
    ),
    max_leaves=5,
)
_DRAWN = st.one_of(
    INNER,
    FIGURES,
    st.builds(SubHeading, TITLES, st.none() | st.integers(0, 999)),
    st.integers(1, 3).flatmap(_table),
    st.builds(Profile, TITLES, TITLES | st.just(""), PORTRAITS | st.none(), st.lists(INNER, max_size=2).map(tuple)),
    st.lists(EVENTS, min_size=1, max_size=3).map(lambda events: Calendar(tuple(events))),
    INLINES.filter(lambda content: bool(plain(content).strip())).map(lambda content: _action(content)).filter(bool),
    st.builds(
        ReaderQuestion,
        TITLES,
        st.lists(TITLES, min_size=2, max_size=5, unique_by=str.casefold).map(tuple),
        st.sampled_from(["question", "b-2"]),
    ),
    MARKS,
)


def _action(content: Inlines) -> Action | None:
    """A call to action whose only content is its link, in normal form."""
    made = tidy((Link("https://e.org/x", content),))
    link = made[0] if len(made) == 1 else None
    return Action(link) if isinstance(link, Link) and readable(made) else None


_GROUPS = st.recursive(
    _DRAWN,
    lambda inner: st.one_of(
        _DRAWN,
        st.builds(Passage, LANGUAGES, st.tuples(_DRAWN.filter(lambda b: not isinstance(b, EditorMark)), inner)),
        st.builds(Only, CONDITION_TEXTS, st.tuples(_DRAWN.filter(lambda b: not isinstance(b, EditorMark)), inner)),
    ),
    max_leaves=3,
)
SUMMARIES = st.builds(Summary, INLINES.map(on_one_line) | st.just(()), TITLES | st.just(""), st.booleans()).filter(
    lambda summary: bool(summary.content or summary.byline or summary.whole)
)
SOURCES = st.lists(INLINES, min_size=1, max_size=3).map(lambda entries: Sources(tuple(entries)))
BLOCKS = st.tuples(_GROUPS.filter(lambda block: not isinstance(block, EditorMark)), st.lists(_GROUPS, max_size=3)).map(
    lambda found: (found[0], *found[1])
)
ARTICLES = st.builds(
    lambda title, summary, blocks, sources, only: Article("one", title, (*summary, *blocks, *sources), only),
    TITLES,
    st.lists(SUMMARIES, max_size=1),
    BLOCKS,
    st.lists(SOURCES, max_size=1),
    CONDITION_TEXTS | st.just(""),
)
SECTIONS = st.builds(
    lambda title, article, only, marks, name: Section(title, (article,), tuple(marks), only, id=name),
    TITLES | TITLES.map(lambda title: f"{title} {{#x}}"),
    ARTICLES,
    CONDITION_TEXTS | st.just(""),
    st.lists(MARKS, max_size=1),
    st.sampled_from(["", "", "news", "2-a"]),
)
