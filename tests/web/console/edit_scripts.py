"""Edit scripts: a source, what a person does in the rich text editor, and the source that this must give, character by character.

One for each thing that the editor does; docs/editor.md says in words what is expected.
"""

from collections.abc import Iterator
from dataclasses import dataclass

from tests.support.edit_steps import (
    Step,
    answer,
    at,
    button,
    card,
    composed,
    composing,
    drag,
    field,
    insert,
    into,
    press,
    save,
    to_field,
    tool,
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

::: question useful
Was ASKED useful?

- Yes ANSWER
- No
:::

::: lang fr
Une PASSAGE.
:::

::: only language = "en"
Some CONDITION.
:::

Summary: What the SUMMARY says.
By: Wei
Text: whole

Sources: One ENTRY; Two"""

# Kind of card -> its lines in the source with everything.
CARDS = {
    "figure": "![A lamp](images/lamp.png)\nCaption: The CAPTION here\nCredit: The CREDIT here",
    "captionedTable": "Table: The TITLE here\n\n| Left HEADCELL | Right |\n|---|---|\n| A BODYCELL | 2 |",
    "profile": EVERYTHING[EVERYTHING.index("::: profile") : EVERYTHING.index("\n\n::: calendar")],
    "calendar": EVERYTHING[EVERYTHING.index("::: calendar") : EVERYTHING.index("\n\n::: action")],
    "action": "::: action\n[Press ACTION](https://example.org/a)\n:::",
    "question": "::: question useful\nWas ASKED useful?\n\n- Yes ANSWER\n- No\n:::",
    "passage": "::: lang fr\nUne PASSAGE.\n:::",
    "only": '::: only language = "en"\nSome CONDITION.\n:::',
    "summary": "Summary: What the SUMMARY says.\nBy: Wei\nText: whole",
    "sources": "Sources: One ENTRY; Two",
}
MARKUP = "*a* _b_ # [c](d) <e> & | ; {{x}} ~~s~~ `q` \\ :::"
ESCAPED = r"\*a\* \_b\_ # \[c\](d) \<e\> & | ; \{\{x\}\} \~\~s\~\~ \`q\` \\ :::"
ONE = "One two three four."
LINES = "One.\n\nTwo.\n\nThree."
LINKED = "One [two](https://example.org/) three four."
NAMED = 'One {{ name or "you" }} two.'
URL = "https://example.org/"
GUANG = composing("g", "gu", "guang")
NEW_LINE = (at("One."), press("Enter"))


@dataclass(frozen=True)
class Script:
    name: str
    before: str
    steps: tuple[Step, ...]
    after: str


def script(name: str, before: str, *steps: Step, after: str) -> Script:
    return Script(name, before, steps, after)


def changed(*pairs: tuple[str, str]) -> str:
    """The source with everything, with replacements, each of which must be possible."""
    source = EVERYTHING
    for old, new in pairs:
        assert source.count(old) == 1, old
        source = source.replace(old, new)
    return source


def select(kind: str) -> Step:
    """Select a whole card, by a click on its name."""
    return lambda rich: rich.page.locator(card(kind)).first.locator(".card-name").first.click()


# One script on each line.
# fmt: off
def typing() -> Iterator[Script]:
    yield script("type markup", EVERYTHING, at("CAPTION"), write(f" {MARKUP}"), after=changed(("CAPTION", f"CAPTION {ESCAPED}")))
    yield script("type in a cell", EVERYTHING, at("BODYCELL"), write(" a|b"), after=changed(("BODYCELL", "BODYCELL a\\|b")))
    yield script("type in a source", EVERYTHING, at("ENTRY"), write(" a;b"), after=changed(("ENTRY", "ENTRY a\\;b")))
    yield script("compose in a list", EVERYTHING, at("BULLET"), GUANG, composed("光"), after=changed(("BULLET", "BULLET光")))
    yield script("compose over words", EVERYTHING, at("QUOTE", "around"), GUANG, composed("光"), after=changed(("QUOTE", "光")))
    yield script("compose in an empty text", "x", press("Control+a", "Backspace"), GUANG, composed("光源"), after="光源")
    yield script("compose and give up", "x", at("x"), GUANG, composing(""), write("y"), after="xy")
    yield script("compose behind strong words", "**x**", at("x"), GUANG, composed("光源"), after="**x光源**")


# fmt: on
# Place -> what an Enter before its name and an X give; then Backspace at the beginning of a line; then Delete at its end.
ENTER = {
    "PARAGRAPH": ("Text PARAGRAPH", "Text\n\nXPARAGRAPH"),
    "HEADING": ("### A HEADING", "### A\n\n### XHEADING"),
    "NUMBER": ("1) nested NUMBER", "1) nested\n  2) XNUMBER"),
    "QUOTE": ("> A QUOTE", "> A\n>\n> XQUOTE"),
    # On to the next line of the card, and from the last one to a new paragraph below it.
    "CAPTION": ("The CREDIT here", "The CREDIT hereX"),
    "CREDIT": ("Credit: The CREDIT here", "Credit: The CREDIT here\n\nX"),
    "BODYCELL": ("| A BODYCELL | 2 |", "| A BODYCELL | 2 |\n\nX"),
    "EVENT": ("In PLACE", "In PLACEX"),
    "ACTION": ("(https://example.org/a)\n:::", "(https://example.org/a)\n:::\n\nX"),
    "ENTRY": ("One ENTRY", "One; XENTRY"),
}
BACKSPACE = {
    "A HEADING here": ("Text PARAGRAPH end.\n\n### A HEADING", "Text PARAGRAPH end.XA HEADING"),
    "first BULLET": ("- first BULLET\n- second", "Xfirst BULLET\n\n- second"),
    "nested NUMBER": ("- second ITEM\n\n  1) nested", "- second ITEM\n- Xnested"),
    "A QUOTE by somebody.": ("> A QUOTE", "XA QUOTE"),
    "The CAPTION here": ("The CAPTION", "XThe CAPTION"),
}
DELETE = {
    "A HEADING here": ("here\n\n- first BULLET\n", "hereXfirst BULLET\n\n"),
    "One ENTRY": ("Sources: One ENTRY; Two", "Source: One ENTRYXTwo"),
    # The card below is selected; what is typed then does not replace it.
    "A QUOTE by somebody.": ("Credit: The CREDIT here\n", "Credit: The CREDIT here\n\nX\n"),
    "A BODYCELL": ("A BODYCELL", "A BODYCELLX"),
}


# fmt: off
def edges() -> Iterator[Script]:
    """Keys at the edges of places; then an X shows where the cursor is."""
    for key, where, results in (("Enter", "start", ENTER), ("Backspace", "start", BACKSPACE), ("Delete", "end", DELETE)):
        for text, result in results.items():
            yield script(f"{key} in {text}", EVERYTHING, at(text, where), press(key), write("X"), after=changed(result))


def marks() -> Iterator[Script]:
    for name, keys, sign in (("strong", "Control+b", "**"), ("emphasis", "Control+i", "*")):
        marked = f"One {sign}two{sign} three four."
        yield script(f"{name} by key", ONE, at("two", "around"), press(keys), after=marked)
        yield script(f"{name} off by button", marked, at("two", "around"), tool(name), after=ONE)
    two = at("two", "around")
    yield script("strong over a part that has it", "One **two** three.", at("two three", "around"), press("Control+b"), after="One **two three**.")
    yield script("strong off in the middle", "**One two three**", two, press("Control+b"), after="**One** two **three**")
    yield script("strong then typing", ONE, at("two"), press("Control+b"), write("x"), press("Control+b"), write("y"), after="One two**x**y three four.")
    yield script("marks that overlap", ONE, at("One two", "around"), press("Control+b"), at("two three", "around"), press("Control+i"), after="**One _two_**_&#x20;three_ four.")
    yield script("a mark over two paragraphs", "One.\n\nTwo.", press("Control+a", "Control+b"), after="**One.**\n\n**Two.**")
    yield script("strong beside Chinese punctuation", "他说：“光源”很亮。", at("“光源”", "around"), press("Control+b"), after="他说：**“光源”**很亮。")
    yield script("no mark in a sub-heading", "### One two", two, press("Control+b"), after="### One two")
    yield script("a line break", ONE, at(" three", "start"), press("Shift+Enter"), after="One two\\\n&#x20;three four.")
    yield script("words in another language", ONE, two, tool("language"), answer("fr"), after="One [two]{lang=fr} three four.")
    yield script("no other language any more", "One [two]{lang=fr} three four.", at("two"), tool("language"), after=ONE)


def links() -> Iterator[Script]:
    two = at("two", "around")
    yield script("a link by key without its scheme", ONE, two, press("Control+k"), answer("example.org/"), after=LINKED)
    yield script("a link by its button", ONE, two, tool("link"), answer(URL), after=LINKED)
    yield script("a link without words", ONE, at("two"), tool("link"), answer(URL, "", "[x]"), after="One two[\\[x\\]](https://example.org/) three four.")
    yield script("another address", LINKED, at("two"), press("Control+k"), answer("mailto:a@b.example"), after="One [two](mailto:a@b.example) three four.")
    yield script("no link any more", LINKED, at("two"), press("Control+k"), answer(button="Remove link"), after=ONE)
    yield script("a link that is not made", ONE, two, press("Control+k"), answer("x", button="Cancel"), after=ONE)
    yield script("typing behind a link", LINKED, at("two"), write("x"), after="One [two](https://example.org/)x three four.")
    yield script("a link with special characters", ONE, two, press("Control+k"), answer("https://example.org/a_(b)?c=*d*&e=<f>"), after="One [two](<https://example.org/a_(b)?c=*d*\\&e=\\<f\\>>) three four.")
    yield script("a link over strong words", "One **two** three.", press("Control+a"), tool("link"), answer(URL), after="[One **two** three.](https://example.org/)")
    yield script("a merge field", "One two.", at("One "), tool("mergeField"), answer("name", "you"), write(" "), after=NAMED)
    yield script("a default with special characters", NAMED, lambda rich: rich.page.click(".merge-field"), answer("name", '{{x}} "a" <b>'), after="One {{ name or 'x \"a\" b>' }} two.")
    yield script("an address as merge field", "One two.", at("One "), tool("mergeField"), answer("view_url"), after="One {{ view_url }}two.")
    yield script("a merge field that is deleted", NAMED, at(" two", "start"), press("Backspace"), after="One  two.")


def blocks() -> Iterator[Script]:
    yield script("a sub-heading", LINES, at("Two."), tool("subHeading"), after="One.\n\n### Two.\n\nThree.")
    yield script("a sub-heading off", "### Two.", at("Two."), tool("subHeading"), after="Two.")
    yield script("a list", LINES, press("Control+a"), tool("bulletList"), after="- One.\n- Two.\n- Three.")
    yield script("a list off", "- One.\n- Two.\n- Three.", press("Control+a"), tool("bulletList"), after=LINES)
    yield script("another kind of list", "- One.\n- Two.", at("Two."), tool("orderedList"), after="1. One.\n2. Two.")
    yield script("a quotation", LINES, at("Two."), tool("blockquote"), after="One.\n\n> Two.\n\nThree.")
    yield script("a quotation off", "> One.\n>\n> Two.", press("Control+a"), tool("blockquote"), after="One.\n\nTwo.")
    yield script("a list is left", "- One.", *NEW_LINE, press("Enter"), write("Two."), after="- One.\n\nTwo.")
    yield script("an item goes in", "- One.\n- Two.", at("Two."), press("Tab"), after="- One.\n\n  * Two.")
    yield script("an item comes out", "- One.\n\n  * Two.", at("Two."), press("Shift+Tab"), after="- One.\n- Two.")
    yield script("empty paragraphs vanish", "One.", *NEW_LINE, press("Enter", "Enter"), write("Two."), after="One.\n\nTwo.")
    yield script("everything is replaced", EVERYTHING, press("Control+a"), write("All new."), after="All new.")
    yield script("everything is deleted", EVERYTHING, press("Control+a", "Delete"), after="")
    yield script("the marks of the format", "One.", *NEW_LINE, write("Sources: a"), press("Enter"), write("| a | b |"), after="One.\n\nSources&#x3a; a\n\n\\| a | b |")
    for sign, kept in (("- ", "\\- "), ("1. ", "1\\. "), ("> ", "\\> ")):
        yield script(f"{sign}at the beginning of a text", "One.", at("One.", "start"), write(sign), after=f"{sign}One.")
        yield script(f"{sign}as characters", "One.", *NEW_LINE, write(sign), press("Backspace"), write("a"), after=f"One.\n\n{kept}a")
    yield script("> by an input method", "One.", *NEW_LINE, composing(">", "> "), composed("> a"), after="One.\n\n\\> a")
    yield script("- in a caption", EVERYTHING, at("The CAPTION", "start"), write("- "), after=changed(("The CAPTION", "- The CAPTION")))


ADDED = {  # name in the menu -> (what is typed, what is then below the text)
    "Picture": ("A caption", "![](missing)\nCaption: A caption"),
    "Profile": ("Mei", "::: profile\n![](missing)\nName: Mei\n:::"),
    "Button": ("Go", "::: action\n[Go]()\n:::"),
    "Question to readers": ("Useful?", "::: question\nUseful?\n\n-\n-\n:::"),
    "Table": ("Title", "Table: Title\n\n|  |  |\n|---|---|\n|  |  |"),
    "Sources": ("A book; and more", "Source: A book\\; and more"),
    "Passage in another language": ("Hello.", "::: lang en\nHello.\n:::"),
    "Only for some readers": ("Hello.", "::: only \nHello.\n:::"),
}


def cards() -> Iterator[Script]:
    """Each card is inserted, moved, deleted, copied; then undone and done again, across an autosave."""
    for name, (typed, lines) in ADDED.items():
        yield script(f"insert {name}", "One.\n\nTwo.", at("One."), insert(name), write(typed), after=f"One.\n\n{lines}\n\nTwo.")
    yield script("insert in place of an empty paragraph", "One.", *NEW_LINE, insert("Button"), write("Go"), after="One.\n\n::: action\n[Go]()\n:::")
    before = "> A QUOTE by somebody."
    for kind, lines in CARDS.items():
        up = changed((f"{before}\n\n{lines}", f"{lines}\n\n{before}"))
        undo_and_redo = (save, into("paragraph"), press("Control+z"), save, press("Control+Shift+z"))
        yield script(f"move {kind} up, undo and redo", EVERYTHING, button(kind, "Move up"), *undo_and_redo, after=up)
        yield script(f"delete {kind} and undo", EVERYTHING, button(kind, "Delete"), save, press("Control+z"), after=EVERYTHING)
        yield script(f"copy {kind}", EVERYTHING, select(kind), press("Control+c"), at("PARAGRAPH end."), press("Enter", "Control+v"), after=changed(("PARAGRAPH end.", f"PARAGRAPH end.\n\n{lines}")))
        before = lines
    yield script("delete a card", EVERYTHING, button("figure", "Delete"), after=changed((f"\n\n{CARDS['figure']}", "")))
    yield script("move a card down", EVERYTHING, button("only", "Move down"), after=changed((f"{CARDS['only']}\n\n{CARDS['summary']}", f"{CARDS['summary']}\n\n{CARDS['only']}")))
    # In sight without scrolling: a browser begins a drag where the mouse went down.
    yield script("drag a card up", "One.\n\nTwo.\n\n::: action\n[Go](https://example.org/)\n:::", drag(f"{card('action')} >> .card-name", ".rich-body > p"), after="::: action\n[Go](https://example.org/)\n:::\n\nOne.\n\nTwo.")


def fields() -> Iterator[Script]:
    new, written = "New *one* [x]", "New \\*one\\* \\[x\\]"
    yield script("a profile without its portrait", "::: profile\nName: Mei\n\nText.\n:::", button("profile", "Add a portrait"), after="::: profile\n![](missing)\nName: Mei\n\nText.\n:::")
    yield script("fill the alternative text", EVERYTHING, field("figure", 0, new), after=changed(("![A lamp]", f"![{written}]")))
    yield script("fill a name", EVERYTHING, field("profile", 0, new), after=changed(("Name: Mei", f"Name: {written}")))
    yield script("compose in a role", EVERYTHING, to_field("profile", 1), GUANG, composed("光"), after=changed(("Engineer", "Engineer光")))
    yield script("undo in a field", EVERYTHING, to_field("portrait", 0), write("a"), into("paragraph"), press("Control+z"), after=EVERYTHING)
    yield script("no role", EVERYTHING, field("profile", 1, ""), after=changed(("Role: Engineer\n", "")))
    yield script("the address of a button", EVERYTHING, field("action", 0, "https://example.org/b?c=(d)"), after=changed(("(https://example.org/a)", "(<https://example.org/b?c=(d)>)")))
    yield script("the name of a question", EVERYTHING, field("question", 0, "Good one"), after=changed(("question useful", "question good-one")))
    yield script("an answer more", EVERYTHING, button("question", "Add an answer"), write("Perhaps"), after=changed(("ANSWER\n- No", "ANSWER\n- No\n- Perhaps")))
    yield script("an answer more by Enter", EVERYTHING, at("Yes ANSWER"), press("Enter"), write("Partly"), after=changed(("Yes ANSWER\n", "Yes ANSWER\n- Partly\n")))
    yield script("the language of a passage", EVERYTHING, field("passage", 0, "de"), after=changed(("lang fr", "lang de")))
    yield script("the first day", EVERYTHING, field("calendarEvent", 0, "2027-02-28"), after=changed(("2027-03-01", "2027-02-28")))
    yield script("a last day", EVERYTHING, field("calendarEvent", 1, "2027-03-02"), after=changed(("2027-03-01:", "2027-03-01 to 2027-03-02:")))
    yield script("the author of an article", EVERYTHING, field("summary", 0, "Li Na"), after=changed(("By: Wei", "By: Li Na")))
    yield script("an event more", EVERYTHING, button("calendar", "Add an event"), write("More"), after=changed(("Closed\n", "Closed\n- 2027-03-05: More\n")))
    yield script("an event less", EVERYTHING, button("calendarEvent", "Delete this event"), after=changed(("- 2027-03-01: Open EVENT; In PLACE\n", "")))
    yield script("a source more", EVERYTHING, button("sources", "Add a source"), write("Three"), after=changed(("ENTRY; Two", "ENTRY; Two; Three")))
    yield script("the sources are left", EVERYTHING, at("Two"), press("Enter", "Enter"), write("Below."), after=f"{EVERYTHING}\n\nBelow.")
    yield script("a profile is left", EVERYTHING, at("lamps."), press("Enter", "Enter"), write("Below."), after=changed(("lamps.\n:::", "lamps.\n:::\n\nBelow.")))


def tables() -> Iterator[Script]:
    inside, table = at("BODYCELL"), "captionedTable"
    head, rule, body = "| Left HEADCELL | Right |", "|---|---|", "| A BODYCELL | 2 |"
    whole = f"{head}\n{rule}\n{body}"
    yield script("a row more", EVERYTHING, inside, button(table, "Add row"), after=changed((body, f"{body}\n|  |  |")))
    yield script("a row more by Tab", EVERYTHING, at("2"), press("Tab"), write("x"), after=changed((body, f"{body}\n| x |  |")))
    yield script("a row less", EVERYTHING, inside, button(table, "Delete row"), after=changed((f"{body}\n", "")))
    yield script("a column more", EVERYTHING, inside, button(table, "Add column"), after=changed((whole, "| Left HEADCELL |  | Right |\n|---|---|---|\n| A BODYCELL |  | 2 |")))
    yield script("a column less", EVERYTHING, inside, button(table, "Delete column"), after=changed((whole, "| Right |\n|---|\n| 2 |")))
    yield script("align a column", EVERYTHING, inside, button(table, "Align centre"), after=changed((rule, "|:-:|---|")))
    yield script("no title", EVERYTHING, at("The TITLE here", "around"), press("Delete"), after=changed(("Table: The TITLE here\n\n", "")))


def history() -> Iterator[Script]:
    typed = (at("One."), write(" Two."), save)
    yield script("undo and redo across autosaves", "One.", *typed, press("Control+z"), save, press("Control+Shift+z"), save, after="One. Two.")
    yield script("undo by button", "One.", *typed, tool("undo"), after="One.")
    yield script("undo what an input method wrote", "One.", at("One."), GUANG, composed("光"), save, press("Control+z"), after="One.")
    yield script("undo of everything that was replaced", EVERYTHING, press("Control+a"), write("x"), save, press("Control+z"), after=EVERYTHING)
    yield script("undo a field of a card and the text", EVERYTHING, field("profile", 0, "Li"), save, at("PARAGRAPH"), write("x"), save, press("Control+z", "Control+z"), after=EVERYTHING)
    yield script("cut everything and paste it", EVERYTHING, press("Control+a", "Control+x", "Control+v"), after=EVERYTHING)
    yield script("copy into a caption", EVERYTHING, at("PARAGRAPH", "around"), press("Control+c"), at("CAPTION", "around"), press("Control+v"), after=changed(("The CAPTION", "The PARAGRAPH")))


def scripts() -> list[Script]:
    return [*typing(), *edges(), *marks(), *links(), *blocks(), *cards(), *fields(), *tables(), *history()]
# fmt: on
