"""Edit scripts of cards: their fields, moving, deleting and inserting them, the clipboard and the history."""

from __future__ import annotations

from collections.abc import Iterator

from tests.support.edit_steps import (
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
    write,
)
from tests.web.console.edit_scripts import EVERYTHING, Script, changed, script

# Kind -> its lines in the source with everything.
CARDS = {
    "figure": "![A lamp](images/lamp.png)\nCaption: The CAPTION here\nCredit: The CREDIT here",
    "captionedTable": "Table: The TITLE here\n\n| Left HEADCELL | Right |\n|---|---|\n| A BODYCELL | 2 |",
    "profile": EVERYTHING[EVERYTHING.index("::: profile") : EVERYTHING.index("\n\n::: calendar")],
    "calendar": EVERYTHING[EVERYTHING.index("::: calendar") : EVERYTHING.index("\n\n::: action")],
    "action": "::: action\n[Press ACTION](https://example.org/a)\n:::",
    "passage": "::: lang fr\nUne PASSAGE.\n:::",
    "only": '::: only language = "en"\nSome CONDITION.\n:::',
    "sources": "Sources: One ENTRY; Two",
}
ADDED = {  # name in the menu -> (what is typed, what stands then below the text)
    "Picture": ("A caption", "![](missing)\nCaption: A caption"),
    "Profile": ("Mei", "::: profile\n![](missing)\nName: Mei\n:::"),
    "Button": ("Go", "::: action\n[Go]()\n:::"),
    "Table": ("Title", "Table: Title\n\n|  |  |\n|---|---|\n|  |  |"),
    "Sources": ("A book; and more", "Source: A book\\; and more"),
    "Passage in another language": ("Hello.", "::: lang en\nHello.\n:::"),
}


def moving() -> Iterator[Script]:
    """Each card up, down, deleted; then undone and done again, across an autosave."""
    names = list(CARDS)
    for place, kind in enumerate(names):
        lines = CARDS[kind]
        before = "> A QUOTE by somebody." if place == 0 else CARDS[names[place - 1]]
        up = changed((f"{before}\n\n{lines}", f"{lines}\n\n{before}"))
        yield script(f"move {kind} up", EVERYTHING, button(kind, "Move up"), after=up)
        yield script(
            f"move {kind} up and undo",
            EVERYTHING,
            button(kind, "Move up"),
            save,
            into("paragraph"),
            press("Control+z"),
            after=EVERYTHING,
        )
        yield script(f"move {kind} up, undo and redo", EVERYTHING, button(kind, "Move up"), save, into("paragraph"),
                     press("Control+z"), save, press("Control+Shift+z"), after=up)  # fmt: skip
        if place + 1 < len(names):
            after = CARDS[names[place + 1]]
            yield script(
                f"move {kind} down",
                EVERYTHING,
                button(kind, "Move down"),
                after=changed((f"{lines}\n\n{after}", f"{after}\n\n{lines}")),
            )
        gone = changed((f"\n\n{lines}", ""))
        yield script(f"delete {kind}", EVERYTHING, button(kind, "Delete"), after=gone)
        yield script(f"delete {kind} and undo", EVERYTHING, button(kind, "Delete"), save, press("Control+z"), after=EVERYTHING)
        yield script(f"cut {kind} and paste it at the end", EVERYTHING, select(kind), press("Control+x"), end(kind), press("Control+v"),
                     after=f"{gone}\n\n{lines}")  # fmt: skip
        yield script(f"copy {kind} and paste it below", EVERYTHING, select(kind), press("Control+c"), at("PARAGRAPH end."), press("Enter", "Control+v"),
                     after=changed(("PARAGRAPH end.", f"PARAGRAPH end.\n\n{lines}")))  # fmt: skip


def select(kind: str):
    """Select a whole card."""
    code = """(kind) => {
      const { editor } = document.querySelector("form[data-rich]").richPart;
      let found = null;
      editor.state.doc.forEach((node, at) => { if (node.type.name === kind) found ??= at; });
      editor.view.focus();
      editor.commands.setNodeSelection(found);
    }"""
    return lambda rich: rich.page.evaluate(code, kind)


def end(kind: str):
    """Begin a paragraph below the last card."""
    code = """() => {
      const { editor } = document.querySelector("form[data-rich]").richPart;
      const { size } = editor.state.doc.content;
      editor.view.focus();
      editor.chain().insertContentAt(size, { type: "paragraph" }).setTextSelection(size + 1).run();
    }"""
    return lambda rich: rich.page.evaluate(code)


def fields() -> Iterator[Script]:
    guang = composing("g", "gu", "guang")
    for name, kind, place, old, line in (
        ("alternative text", "figure", 0, "![A lamp]", "![{}]"), ("name", "profile", 0, "Name: Mei", "Name: {}"),
        ("role", "profile", 1, "Role: Engineer", "Role: {}"), ("alternative text of a portrait", "portrait", 0, "![Mei]", "![{}]"),
    ):  # fmt: skip
        was = old.removesuffix("]").split("[")[-1].split(": ")[-1]
        yield script(
            f"fill {name}",
            EVERYTHING,
            field(kind, place, "New *one* [x]"),
            after=changed((old, line.format("New \\*one\\* \\[x\\]"))),
        )
        yield script(
            f"type at the end of {name}",
            EVERYTHING,
            to_field(kind, place),
            write(" more"),
            after=changed((old, line.format(f"{was} more"))),
        )
        yield script(
            f"compose in {name}",
            EVERYTHING,
            to_field(kind, place),
            guang,
            composed("光"),
            after=changed((old, line.format(f"{was}光"))),
        )
        yield script(
            f"undo in {name}",
            EVERYTHING,
            to_field(kind, place),
            write("a"),
            into("paragraph"),
            press("Control+z"),
            after=EVERYTHING,
        )
        yield script(
            f"Enter in {name}",
            EVERYTHING,
            to_field(kind, place),
            press("Enter"),
            write("x"),
            after=changed((old, line.format(f"{was} x" if "text" in name else f"{was}x"))),
        )
    yield script("no role", EVERYTHING, field("profile", 1, ""), after=changed(("Role: Engineer\n", "")))
    yield script("the address of a button", EVERYTHING, field("action", 0, "https://example.org/b?c=(d)"),
                 after=changed(("(https://example.org/a)", "(<https://example.org/b?c=(d)>)")))  # fmt: skip
    yield script("the language of a passage", EVERYTHING, field("passage", 0, "de"), after=changed(("lang fr", "lang de")))
    yield script(
        "the first day", EVERYTHING, field("calendarEvent", 0, "2027-02-28"), after=changed(("2027-03-01", "2027-02-28"))
    )
    yield script(
        "a last day",
        EVERYTHING,
        field("calendarEvent", 1, "2027-03-02"),
        after=changed(("2027-03-01:", "2027-03-01 to 2027-03-02:")),
    )
    yield script("no last day", EVERYTHING, field("calendarEvent", 1, "", 1), after=changed((" to 2027-03-06", "")))
    yield script("an event more", EVERYTHING, button("calendar", "Add an event"), write("More"),
                 after=changed(("Closed\n", "Closed\n- 2027-03-05: More\n")))  # fmt: skip
    yield script(
        "an event less",
        EVERYTHING,
        button("calendarEvent", "Delete this event"),
        after=changed(("- 2027-03-01: Open EVENT; In PLACE\n", "")),
    )
    yield script(
        "a source more",
        EVERYTHING,
        button("sources", "Add a source"),
        write("Three"),
        after=changed(("ENTRY; Two", "ENTRY; Two; Three")),
    )
    yield script(
        "the sources are left", EVERYTHING, at("Two"), press("Enter", "Enter"), write("Below."), after=f"{EVERYTHING}\n\nBelow."
    )
    yield script(
        "an empty source goes",
        EVERYTHING,
        at("Two"),
        press("Enter", "Backspace"),
        write("x"),
        after=changed(("ENTRY; Two", "ENTRY; Twox")),
    )
    yield script(
        "a profile is left",
        EVERYTHING,
        at("lamps."),
        press("Enter", "Enter"),
        write("Below."),
        after=changed(("lamps.\n:::", "lamps.\n:::\n\nBelow.")),
    )
    yield script(
        "a passage is left",
        EVERYTHING,
        at("PASSAGE."),
        press("Enter", "Enter"),
        write("Below."),
        after=changed(("PASSAGE.\n:::", "PASSAGE.\n:::\n\nBelow.")),
    )
    yield script("a profile without its portrait", "::: profile\nName: Mei\n\nText.\n:::", button("profile", "Add a portrait"),
                 after="::: profile\n![](missing)\nName: Mei\n\nText.\n:::")  # fmt: skip


def tables() -> Iterator[Script]:
    inside = at("BODYCELL")
    row, rule, body = "| Left HEADCELL | Right |", "|---|---|", "| A BODYCELL | 2 |"
    yield script("a row more", EVERYTHING, inside, button("captionedTable", "Add row"), after=changed((body, f"{body}\n|  |  |")))
    yield script(
        "a row more by Tab", EVERYTHING, at("2", nth=0), press("Tab"), write("x"), after=changed((body, f"{body}\n| x |  |"))
    )
    yield script("a row less", EVERYTHING, inside, button("captionedTable", "Delete row"), after=changed((f"{body}\n", "")))
    yield script("a column more", EVERYTHING, inside, button("captionedTable", "Add column"),
                 after=changed((f"{row}\n{rule}\n{body}", "| Left HEADCELL |  | Right |\n|---|---|---|\n| A BODYCELL |  | 2 |")))  # fmt: skip
    yield script("a column less", EVERYTHING, inside, button("captionedTable", "Delete column"),
                 after=changed((f"{row}\n{rule}\n{body}", "| Right |\n|---|\n| 2 |")))  # fmt: skip
    for name, rules in (("Align centre", ":-:|---"), ("Align right", "--:|---")):
        yield script(
            f"align a column: {name}", EVERYTHING, inside, button("captionedTable", name), after=changed((rule, f"|{rules}|"))
        )
    yield script(
        "align a column: Left again",
        changed((rule, "|:-:|---|")),
        inside,
        button("captionedTable", "Align left"),
        after=EVERYTHING,
    )
    yield script(
        "the next cell by Tab", EVERYTHING, inside, press("Tab"), write("x"), after=changed((body, "| A BODYCELL | x |"))
    )
    yield script(
        "no title", EVERYTHING, at("The TITLE here", "around"), press("Delete"), after=changed(("Table: The TITLE here\n\n", ""))
    )


def adding() -> Iterator[Script]:
    for name, (typed, lines) in ADDED.items():
        yield script(f"insert {name}", "One.\n\nTwo.", at("One."), insert(name), write(typed), after=f"One.\n\n{lines}\n\nTwo.")
        yield script(f"insert {name} in place of an empty paragraph", "One.", at("One."), press("Enter"), insert(name), write(typed),
                     after=f"One.\n\n{lines}")  # fmt: skip
        yield script(
            f"insert {name} and undo", "One.\n\nTwo.", at("One."), insert(name), save, press("Control+z"), after="One.\n\nTwo."
        )
        yield script(
            f"insert {name} behind a list",
            "- One.\n- Two.",
            at("One."),
            insert(name),
            write(typed),
            after=f"- One.\n- Two.\n\n{lines}",
        )
    yield script("insert a condition", "One.", at("One."), insert("Only for some readers"), write("Hello."),
                 after="One.\n\n::: only \nHello.\n:::")  # fmt: skip


def clipboard() -> Iterator[Script]:
    text = "One **two** [three](https://example.org/) {{ name }}.\n\n- Four\n- Five\n\nSix."
    yield script(
        "copy a marked line",
        text,
        at("two", "around"),
        press("Control+c"),
        at("Six."),
        press("Control+v"),
        after=f"{text}**two**",
    )
    yield script(
        "copy everything twice",
        text,
        press("Control+a", "Control+c"),
        at("Six."),
        press("Enter", "Control+v"),
        after=f"{text}\n\n{text}",
    )
    yield script("cut everything and paste it", EVERYTHING, press("Control+a", "Control+x", "Control+v"), after=EVERYTHING)
    yield script("copy into a caption", EVERYTHING, at("PARAGRAPH", "around"), press("Control+c"), at("CAPTION", "around"),
                 press("Control+v"), after=changed(("The CAPTION", "The PARAGRAPH")))  # fmt: skip
    # In sight without scrolling: a browser begins a drag where the mouse went down.
    yield script(
        "drag a card up", "One.\n\nTwo.\n\n::: action\n[Go](https://example.org/)\n:::", drag(f"{card('action')} >> .card-name", ".rich-body > p"),
        after="::: action\n[Go](https://example.org/)\n:::\n\nOne.\n\nTwo.",
    )  # fmt: skip


def history() -> Iterator[Script]:
    yield script("undo typing across an autosave", "One.", at("One."), write(" Two."), save, press("Control+z"), after="One.")
    yield script("undo and redo across autosaves", "One.", at("One."), write(" Two."), save, press("Control+z"), save,
                 press("Control+Shift+z"), save, after="One. Two.")  # fmt: skip
    yield script(
        "undo by button", "One.", at("One."), write(" Two."), save, lambda rich: rich.page.click(".tool-undo"), after="One."
    )
    yield script(
        "undo what an input method wrote",
        "One.",
        at("One."),
        composing("g", "guang"),
        composed("光"),
        save,
        press("Control+z"),
        after="One.",
    )
    yield script(
        "undo of everything that was replaced",
        EVERYTHING,
        press("Control+a"),
        write("x"),
        save,
        press("Control+z"),
        after=EVERYTHING,
    )
    yield script("undo a field of a card and the text", EVERYTHING, field("profile", 0, "Li"), save, at("PARAGRAPH"), write("x"), save,
                 press("Control+z", "Control+z"), after=EVERYTHING)  # fmt: skip


def scripts() -> list[Script]:
    return [*moving(), *fields(), *tables(), *adding(), *clipboard(), *history()]
