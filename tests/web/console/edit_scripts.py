"""Edit scripts: a source, what a person does in the rich text editor, and the source that this must give, character by character.

Most are combinations of a place in the text with something that is done there. What is expected is what users of Word and Ghost are
used to; docs/editor.md says it in words.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

from tests.support.edit_steps import (
    Step,
    at,
    composed,
    composing,
    press,
    write,
)

# One of everything. Each place has a name of its own in capital letters, which the scripts look for.
EVERYTHING = """Text PARAGRAPH end.

### A HEADING here

- first BULLET
- second ITEM

  1) nested NUMBER

> A QUOTE by somebody.

![A lamp](images/lamp.png)
Caption: The CAPTION here
Credit: The CREDIT here

Table: The TITLE here

| Left HEADCELL | Right |
|---|---|
| A BODYCELL | 2 |

::: profile
![Mei](images/mei.png)
Name: Mei
Role: Engineer
Credit: A PORTRAITIST

Builds PROFILE lamps.
:::

::: calendar
- 2027-03-01: Open EVENT; In PLACE
- 2027-03-05 to 2027-03-06: Closed
:::

::: action
[Press ACTION](https://example.org/a)
:::

::: lang fr
Une PASSAGE.
:::

::: only language = "en"
Some CONDITION.
:::

Sources: One ENTRY; Two"""

PLACES = {
    "paragraph": "PARAGRAPH", "sub-heading": "HEADING", "list": "BULLET", "nested list": "NUMBER", "quotation": "QUOTE",
    "caption": "CAPTION", "credit": "CREDIT", "table title": "TITLE", "head of a table": "HEADCELL", "cell": "BODYCELL",
    "credit of a portrait": "PORTRAITIST", "profile": "PROFILE", "event": "EVENT", "place of an event": "PLACE",
    "button": "ACTION", "passage": "PASSAGE", "condition": "CONDITION", "source": "ENTRY",
}  # fmt: skip
MARKUP = "*a* _b_ # [c](d) <e> & | ; {{x}} ~~s~~ `q` \\ :::"
ESCAPED = r"\*a\* \_b\_ # \[c\](d) \<e\> & | ; \{\{x\}\} \~\~s\~\~ \`q\` \\ :::"
TEXTS = {  # name -> what is typed, how it is in the source
    "words": ("and more", "and more"),
    "markup": (MARKUP, ESCAPED),
    "full width": ("ＡＢ１２，。：；「」！", "ＡＢ１２，。：；「」！"),
    "emoji": ("👩‍🔬🇨🇳👍🏽", "👩‍🔬🇨🇳👍🏽"),
    "right to left": ("שלום עולם", "שלום עולם"),
    # Zero-width characters and controls have no place in an issue; a soft hyphen does.
    "invisible": ("a\u200bb\u2060c\ufeffd\u202ee\x07f", "a\u200bb\u2060cdef"),
}  # fmt: skip


@dataclass(frozen=True)
class Script:
    name: str
    before: str
    steps: tuple[Step, ...]
    after: str


def script(name: str, before: str, *steps: Step, after: str) -> Script:
    return Script(name, before, steps, after)


def changed(*pairs: tuple[str, str], source: str = EVERYTHING) -> str:
    """The source with replacements, each of which must be possible."""
    for old, new in pairs:
        assert source.count(old) == 1, old
        source = source.replace(old, new)
    return source


def typing() -> Iterator[Script]:
    """Every kind of text in every place."""
    for place, name in PLACES.items():
        for kind, (typed, written) in TEXTS.items():
            if "cell" in place or "table" in place:
                written = written.replace("|", "\\|") if place != "table title" else written
            if place in ("event", "place of an event", "source"):
                written = written.replace(";", "\\;")
            yield script(
                f"type {kind} in {place}", EVERYTHING, at(name), write(f" {typed}"), after=changed((name, f"{name} {written}"))
            )
        yield script(
            f"compose in {place}", EVERYTHING, at(name), composing("g", "gu", "guang"), composed("光"),
            after=changed((name, f"{name}光")),
        )  # fmt: skip


# Place -> what its line is, what Enter before the name and an X give, Backspace at the beginning of the line, Delete at its end.
_LINE = {
    "paragraph": "Text PARAGRAPH end.", "sub-heading": "A HEADING here", "list": "first BULLET", "nested list": "nested NUMBER",
    "quotation": "A QUOTE by somebody.", "caption": "The CAPTION here", "credit": "The CREDIT here", "table title": "The TITLE here",
    "head of a table": "Left HEADCELL", "cell": "A BODYCELL", "credit of a portrait": "A PORTRAITIST",
    "profile": "Builds PROFILE lamps.", "event": "Open EVENT", "place of an event": "In PLACE", "button": "Press ACTION",
    "passage": "Une PASSAGE.", "condition": "Some CONDITION.", "source": "One ENTRY",
}  # fmt: skip
_ENTER = {
    "paragraph": ("Text PARAGRAPH", "Text\n\nXPARAGRAPH"),
    "sub-heading": ("### A HEADING", "### A\n\n### XHEADING"),
    "list": ("- first BULLET", "- first\n- XBULLET"),
    "nested list": ("1) nested NUMBER", "1) nested\n  2) XNUMBER"),
    "quotation": ("> A QUOTE", "> A\n>\n> XQUOTE"),
    # On to the next line of the card, and from the last one to a new paragraph below it.
    "caption": ("The CREDIT here", "The CREDIT hereX"),
    "credit": ("Credit: The CREDIT here", "Credit: The CREDIT here\n\nX"),
    "table title": ("Left HEADCELL", "Left HEADCELLX"),
    "head of a table": ("A BODYCELL", "A BODYCELLX"),
    "cell": ("| A BODYCELL | 2 |", "| A BODYCELL | 2 |\n\nX"),
    "credit of a portrait": ("Builds PROFILE lamps.", "Builds PROFILE lamps.X"),
    "profile": ("Builds PROFILE", "Builds\n\nXPROFILE"),
    "event": ("In PLACE", "In PLACEX"),
    "place of an event": ("Closed", "ClosedX"),
    "button": ("(https://example.org/a)\n:::", "(https://example.org/a)\n:::\n\nX"),
    "passage": ("Une PASSAGE", "Une\n\nXPASSAGE"),
    "condition": ("Some CONDITION", "Some\n\nXCONDITION"),
    "source": ("One ENTRY", "One; XENTRY"),
}  # fmt: skip
_BACKSPACE = {
    "sub-heading": ("Text PARAGRAPH end.\n\n### A HEADING", "Text PARAGRAPH end.XA HEADING"),
    "list": ("- first BULLET\n- second", "Xfirst BULLET\n\n- second"),
    "nested list": ("- second ITEM\n\n  1) nested", "- second ITEM\n- Xnested"),
    "quotation": ("> A QUOTE", "XA QUOTE"),
}  # fmt: skip
_DELETE = {
    "paragraph": ("PARAGRAPH end.\n\n### A", "PARAGRAPH end.XA"),
    "sub-heading": ("here\n\n- first BULLET\n", "hereXfirst BULLET\n\n"),
    "list": ("BULLET\n- second", "BULLETXsecond"),
    "nested list": ("nested NUMBER\n\n> A", "nested NUMBERXA"),
    "source": ("Sources: One ENTRY; Two", "Source: One ENTRYXTwo"),
    # The card below is selected; what is typed then does not replace it.
    "quotation": ("Credit: The CREDIT here\n", "Credit: The CREDIT here\n\nX\n"),
}


def edges() -> Iterator[Script]:
    """Enter inside of every place, Backspace at its beginning and Delete at its end; then an X shows where the cursor is."""
    for place, line in _LINE.items():
        name = PLACES[place]
        yield script(f"Enter in {place}", EVERYTHING, at(name, "start"), press("Enter"), write("X"), after=changed(_ENTER[place]))
        yield script(
            f"Backspace at the beginning of {place}", EVERYTHING, at(line, "start"), press("Backspace"), write("X"),
            after=changed(_BACKSPACE.get(place, (line, f"X{line}"))),
        )  # fmt: skip
        yield script(
            f"Delete at the end of {place}", EVERYTHING, at(line), press("Delete"), write("X"),
            after=changed(_DELETE.get(place, (line, f"{line}X"))),
        )  # fmt: skip


def scripts() -> list[Script]:
    return [*typing(), *edges()]
