"""Edit scripts of marks, links, merge fields, blocks and the history."""

from __future__ import annotations

from collections.abc import Iterator

from tests.support.edit_steps import answer, at, composed, composing, into, press, save, tool, write
from tests.web.console.edit_scripts import EVERYTHING, PLACES, Script, changed, script

ONE = "One two three four."


def marks() -> Iterator[Script]:
    for name, keys, sign in (("strong", "Control+b", "**"), ("emphasis", "Control+i", "*")):
        marked = f"One {sign}two{sign} three four."
        yield script(f"{name} by key", ONE, at("two", "around"), press(keys), after=marked)
        yield script(f"{name} by button", ONE, at("two", "around"), tool(name), after=marked)
        yield script(f"{name} off", marked, at("two", "around"), press(keys), after=ONE)
        yield script(f"{name} off by button", marked, at("two", "around"), tool(name), after=ONE)
        yield script(
            f"{name} over a part that has it", marked, at("two three", "around"), press(keys), after=f"One {sign}two three{sign} four."
        )  # fmt: skip
        yield script(f"{name} off in the middle", f"{sign}One two three{sign}", at("two", "around"), press(keys),
                     after=f"{sign}One{sign} two {sign}three{sign}")  # fmt: skip
        yield script(f"{name} in a word", ONE, at("hre", "around"), press(keys), after=f"One two t{sign}hre{sign}e four.")
        yield script(f"{name} then typing", ONE, at("two"), press(keys), write("x"), press(keys), write("y"),
                     after=f"One two{sign}x{sign}y three four.")  # fmt: skip
        yield script(f"typing at the end of {name}", marked, at("two"), write("x"), after=f"One {sign}twox{sign} three four.")
    yield script("both marks", ONE, at("two", "around"), press("Control+b", "Control+i"), after="One _**two**_ three four.")
    yield script("marks that overlap", ONE, at("One two", "around"), press("Control+b"), at("two three", "around"),
                 press("Control+i"), after="**One _two_**_&#x20;three_ four.")  # fmt: skip
    yield script("a mark over two paragraphs", "One.\n\nTwo.", press("Control+a", "Control+b"), after="**One.**\n\n**Two.**")
    yield script("strong beside Chinese punctuation", "他说：“光源”很亮。", at("“光源”", "around"), press("Control+b"),
                 after="他说：**“光源”**很亮。")  # fmt: skip
    yield script("no mark in a sub-heading", "### One two", at("two", "around"), press("Control+b"), after="### One two")
    yield script("a line break", ONE, at(" three", "start"), press("Shift+Enter"), after="One two\\\n&#x20;three four.")


def links() -> Iterator[Script]:
    linked = "One [two](https://example.org/) three four."
    yield script("a new link", ONE, at("two", "around"), press("Control+k"), answer("https://example.org/"), after=linked)
    yield script("a link by its button", ONE, at("two", "around"), tool("link"), answer("https://example.org/"), after=linked)
    yield script("a link without its scheme", ONE, at("two", "around"), tool("link"), answer("example.org/"), after=linked)
    yield script("a link without words", ONE, at("two"), tool("link"), answer("https://example.org/", "", "[x]"),
                 after="One two[\\[x\\]](https://example.org/) three four.")  # fmt: skip
    yield script("another address", linked, at("two"), press("Control+k"), answer("mailto:a@b.example"),
                 after="One [two](mailto:a@b.example) three four.")  # fmt: skip
    yield script("no link any more", linked, at("two"), press("Control+k"), answer(button="Remove link"), after=ONE)
    yield script("a link that is not made", ONE, at("two", "around"), press("Control+k"), answer("x", button="Cancel"), after=ONE)
    yield script("typing behind a link", linked, at("two"), write("x"), after="One [two](https://example.org/)x three four.")
    yield script("typing in a link", linked, at("tw"), write("x"), after="One [twxo](https://example.org/) three four.")
    yield script("a link with special characters", ONE, at("two", "around"), press("Control+k"), answer("https://example.org/a_(b)?c=*d*&e=<f>"),
                 after="One [two](<https://example.org/a_(b)?c=*d*\\&e=\\<f\\>>) three four.")  # fmt: skip
    yield script(
        "a link to an article",
        ONE,
        at("two", "around"),
        press("Control+k"),
        answer("#light"),
        after="One [two](#light) three four.",
    )
    yield script("a link over strong words", "One **two** three.", press("Control+a"), tool("link"), answer("https://example.org/"),
                 after="[One **two** three.](https://example.org/)")  # fmt: skip


def inserted() -> Iterator[Script]:
    named = 'One {{ name or "you" }} two.'
    yield script("a merge field", "One two.", at("One "), tool("mergeField"), answer("name", "you"), write(" "), after=named)
    yield script("another default", named, lambda rich: rich.page.click(".merge-field"), answer("name", "reader"),
                 after='One {{ name or "reader" }} two.')  # fmt: skip
    yield script("a default with special characters", named, lambda rich: rich.page.click(".merge-field"), answer("name", '{{x}} "a" <b>'),
                 after="One {{ name or '‌x \"a\" b>' }} two.".replace("\u200c", ""))  # fmt: skip
    yield script(
        "an address as merge field",
        "One two.",
        at("One "),
        tool("mergeField"),
        answer("view_url"),
        after="One {{ view_url }}two.",
    )
    yield script("a merge field that is deleted", named, at(" two", "start"), press("Backspace"), after="One  two.")
    yield script("words in another language", ONE, at("two", "around"), tool("language"), answer("fr"),
                 after="One [two]{lang=fr} three four.")  # fmt: skip
    yield script("no other language any more", "One [two]{lang=fr} three four.", at("two"), tool("language"), after=ONE)


def blocks() -> Iterator[Script]:
    lines = "One.\n\nTwo.\n\nThree."
    yield script("a sub-heading", lines, at("Two."), tool("subHeading"), after="One.\n\n### Two.\n\nThree.")
    yield script("a sub-heading off", "### Two.", at("Two."), tool("subHeading"), after="Two.")
    yield script("a sub-heading from strong words", "One **two**", at("two"), tool("subHeading"), after="### One two")
    yield script("a list", lines, press("Control+a"), tool("bulletList"), after="- One.\n- Two.\n- Three.")
    yield script("a list off", "- One.\n- Two.\n- Three.", press("Control+a"), tool("bulletList"), after=lines)
    yield script("another kind of list", "- One.\n- Two.", at("Two."), tool("orderedList"), after="1. One.\n2. Two.")
    yield script("a numbered list", lines, press("Control+a"), tool("orderedList"), after="1. One.\n2. Two.\n3. Three.")
    yield script("a quotation", lines, at("Two."), tool("blockquote"), after="One.\n\n> Two.\n\nThree.")
    yield script("a quotation off", "> One.\n>\n> Two.", press("Control+a"), tool("blockquote"), after="One.\n\nTwo.")
    yield script("a list is left", "- One.", at("One."), press("Enter", "Enter"), write("Two."), after="- One.\n\nTwo.")
    yield script("an item goes in", "- One.\n- Two.", at("Two."), press("Tab"), after="- One.\n\n  * Two.")
    yield script("an item comes out", "- One.\n\n  * Two.", at("Two."), press("Shift+Tab"), after="- One.\n- Two.")
    yield script("a quotation is left", "> One.", at("One."), press("Enter", "Enter"), write("Two."), after="> One.\n\nTwo.")
    yield script(
        "empty paragraphs vanish", "One.", at("One."), press("Enter", "Enter", "Enter"), write("Two."), after="One.\n\nTwo."
    )
    yield from line_starts()
    yield script("words of the format", "One.", at("One."), press("Enter"), write("Sources: a"), press("Enter"), write("Caption: b"),
                 press("Enter"), write("| a | b |"), press("Enter"), write("Only: c"),
                 after="One.\n\nSources&#x3a; a\n\nCaption&#x3a; b\n\n\\| a | b |\n\nOnly&#x3a; c")  # fmt: skip
    yield script("everything is replaced", EVERYTHING, press("Control+a"), write("All new."), after="All new.")
    yield script("everything is deleted", EVERYTHING, press("Control+a", "Delete"), after="")


def line_starts() -> Iterator[Script]:
    """`- `, `1. ` and `> ` at the beginning of a paragraph."""
    new = (at("One."), press("Enter"))
    for sign, made, kept in (("- ", "- ", "\\- "), ("1. ", "1. ", "1\\. "), ("> ", "> ", "\\> ")):
        for key in ("Backspace", "Control+z"):
            yield script(
                f"{sign}as characters by {key}", "One.", *new, write(sign), press(key), write("a"), after=f"One.\n\n{kept}a"
            )
        yield script(f"{sign}at the beginning of a text", "One.", at("One.", "start"), write(sign), after=f"{made}One.")
        yield script(f"{sign}and the words undone", "One.", *new, write(f"{sign}a"), save, press("Control+z", "Control+z"), write("b"),
                     after=f"One.\n\n{kept}b")  # fmt: skip
        yield script(
            f"{sign}by an input method", "One.", *new, composing(sign[:1], sign), composed(f"{sign}a"), after=f"One.\n\n{kept}a"
        )
        yield script(f"{sign}in a caption", EVERYTHING, at("The CAPTION", "start"), write(sign),
                     after=changed(("Caption: The CAPTION", f"Caption: {kept if sign == '> ' else sign}The CAPTION")))  # fmt: skip
    yield script("lists and quotations by their characters", "One.", *new, write("- a"), press("Enter", "Enter"), write("1. b"),
                 press("Enter", "Enter"), write("> d"), press("Enter", "Enter"), write("# c"), press("Enter"), write("::: profile"),
                 after="One.\n\n- a\n\n1. b\n\n> d\n\n\\# c\n\n\\::: profile")  # fmt: skip
    yield script("signs within a line and in an item", "- One.", at("One."), write(" - x > y 1. z"), press("Enter"), write("- b"),
                 after="- One. - x \\> y 1. z\n- \\- b")  # fmt: skip
    yield script("no other number", "One.", *new, write("2. a"), after="One.\n\n2\\. a")


def composed_text() -> Iterator[Script]:
    """An input method at the edges of lines, where editors fail most often."""
    guang = composing("g", "gu", "gua", "guan", "guang")
    for place, name in PLACES.items():
        yield script(f"compose at the beginning in {place}", EVERYTHING, at(name, "start"), guang, composed("光"),
                     after=changed((name, f"光{name}")))  # fmt: skip
        yield script(
            f"compose over {place}", EVERYTHING, at(name, "around"), guang, composed("光源"), after=changed((name, "光源"))
        )
    yield script("compose in an empty text", "x", press("Control+a", "Backspace"), guang, composed("光源"), after="光源")
    yield script("compose in a new paragraph", "x", at("x"), press("Enter"), guang, composed("光源"), after="x\n\n光源")
    yield script("compose at the beginning of a text", "x", at("x", "start"), guang, composed("光源"), after="光源x")
    yield script("compose in a new item", "- x", at("x"), press("Enter"), guang, composed("光源"), after="- x\n- 光源")
    yield script("compose behind strong words", "**x**", at("x"), guang, composed("光源"), after="**x光源**")
    yield script("compose in an empty caption", "![A](images/a.png)", into("caption"), guang, composed("光源"),
                 after="![A](images/a.png)\nCaption: 光源")  # fmt: skip
    yield script("compose and give up", "x", at("x"), guang, composing(""), write("y"), after="xy")
    yield script("compose before a merge field", "{{ name }}", into("paragraph"), guang, composed("光"), after="光{{ name }}")
    yield script(
        "compose behind a merge field", "{{ name }}", into("paragraph", "end"), guang, composed("光"), after="{{ name }}光"
    )


def scripts() -> list[Script]:
    return [*marks(), *links(), *inserted(), *blocks(), *composed_text()]
