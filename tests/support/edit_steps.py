"""The steps of an edit script: what a person does in the rich text editor, each as a function of the editor that is open."""

from collections.abc import Callable

from tests.support.rich_text import BODY, RichText
from tests.support.waiting import wait_until

Step = Callable[[RichText], None]
# Pastes as a browser does: an event with everything that the clipboard holds.
_PASTE = """([html, text]) => {
  const data = new DataTransfer();
  if (html) data.setData("text/html", html);
  if (text) data.setData("text/plain", text);
  const target = document.activeElement;
  target.dispatchEvent(new ClipboardEvent("paste", { clipboardData: data, bubbles: true, cancelable: true }));
}"""


def write(text: str) -> Step:
    """Type text. Characters without a key, such as Chinese ones, arrive as from an input method."""
    return lambda rich: rich.page.keyboard.type(text)


def press(*keys: str) -> Step:
    def step(rich: RichText) -> None:
        for key in keys:
            rich.page.keyboard.press(key)

    return step


def at(text: str, where: str = "end", nth: int = 0) -> Step:
    """Put the cursor at the "start" or "end" of words, or select them ("around")."""
    return lambda rich: rich.cursor(text, where, nth)


def into(kind: str, where: str = "start", nth: int = 0) -> Step:
    """Put the cursor into a node by its kind; it may be empty."""
    return lambda rich: rich.into(kind, where, nth)


def tool(name: str) -> Step:
    """Press a button of the toolbar."""
    return lambda rich: rich.page.click(f".tool-{name}")


def insert(card: str) -> Step:
    """Insert a card by its name in the menu."""

    def step(rich: RichText) -> None:
        rich.page.click(".tool-insert")
        rich.page.locator(f'.insert-item:has(strong:text-is("{card}"))').click()

    return step


def answer(*fields: str, button: str = "Apply") -> Step:
    """Fill the fields of the dialog in order and press a button of it. A field that is a choice takes a value."""

    def step(rich: RichText) -> None:
        dialog = rich.page.locator("dialog.editor-dialog")
        for number, value in enumerate(fields):
            control = dialog.locator("input, select").nth(number)
            if control.evaluate("(element) => element.localName") == "select":
                control.select_option(value)
            else:
                control.fill(value)
        dialog.get_by_role("button", name=button, exact=True).click()
        dialog.wait_for(state="detached")

    return step


def card(kind: str, nth: int = 0) -> str:
    """The selector of a card."""
    return f"{BODY} .editor-card-{kind} >> nth={nth}"


def field(kind: str, number: int, text: str, nth: int = 0) -> Step:
    """Replace what is in a field of a card: the text, a day, or a choice."""

    def step(rich: RichText) -> None:
        control = (
            rich.page.locator(card(kind, nth))
            .locator(":scope > .card-controls :is(input:not([type=file]), textarea, select)")
            .nth(number)
        )
        if control.evaluate("(element) => element.localName") == "select":
            control.select_option(text)
        else:
            control.fill(text)

    return step


def to_field(kind: str, number: int) -> Step:
    """Put the cursor at the end of a field of a card."""

    def step(rich: RichText) -> None:
        rich.page.locator(card(kind)).locator(":scope > .card-controls :is(input:not([type=file]), textarea)").nth(number).focus()
        rich.page.keyboard.press("Control+End")

    return step


def button(kind: str, name: str, nth: int = 0) -> Step:
    """Press a button of a card by its name."""
    return lambda rich: rich.page.locator(card(kind, nth)).get_by_role("button", name=name, exact=True).first.click()


def paste(html: str = "", text: str = "") -> Step:
    return lambda rich: rich.page.evaluate(_PASTE, [html, text])


def composing(*so_far: str) -> Step:
    """Type these letters into an input method, which has not finished yet."""

    def step(rich: RichText) -> None:
        for composed in so_far:
            rich.devtools.send(
                "Input.imeSetComposition", {"text": composed, "selectionStart": len(composed), "selectionEnd": len(composed)}
            )

    return step


def composed(text: str) -> Step:
    """Choose the characters that the input method offers."""
    return lambda rich: rich.devtools.send("Input.insertText", {"text": text})


def save(rich: RichText) -> None:
    """Save now, and wait until everything is saved."""
    rich.page.keyboard.press("Control+s")
    wait_until(lambda: is_saved(rich) or rich.page.wait_for_timeout(20), 30, "saved")


def is_saved(rich: RichText) -> bool:
    """Whether the page keeps nothing that the server has not confirmed."""
    return bool(rich.page.evaluate("!Object.keys(localStorage).some((key) => key.startsWith('mailroom-draft:'))"))


def drag(source: str, target: str) -> Step:
    """Drag one element onto another with the mouse."""

    def step(rich: RichText) -> None:
        rich.page.locator(source).first.drag_to(rich.page.locator(target).first, target_position={"x": 20, "y": 2})
        rich.page.locator(".drop-cursor").first.wait_for(state="detached")

    return step
