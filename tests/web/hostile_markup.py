"""Texts that run a script where they are shown without being escaped. HIT is what they run: it writes to the browser's console."""

from __future__ import annotations

MARK = "markup-ran"
HIT = f"console.log('{MARK}')"
# What leaves the place where a text usually stands: an element, an attribute in either quotation mark, a text area, a title ...
EXITS = ("", '">', "'>", "</textarea>", "</title>", "</script>", "--></style>", "</option></select>")
VECTORS = (
    f"<script>{HIT}</script>",
    f"<ScRiPt >{HIT}</sCrIpT>",
    f"<img src=x onerror={HIT}>",
    f'<img src="x" OnError="{HIT}">',
    f"<img/src=x/onerror={HIT}>",
    f"<svg onload={HIT}>",
    f"<svg><script>{HIT}</script></svg>",
    f"<svg><animate onbegin={HIT} attributeName=x dur=1s>",
    f"<body onpageshow={HIT}>",
    f"<details open ontoggle={HIT}>x</details>",
    f"<input autofocus onfocus={HIT}>",
    f"<select autofocus onfocus={HIT}><option>x</option></select>",
    f"<textarea autofocus onfocus={HIT}>x</textarea>",
    f"<video><source onerror={HIT}></video>",
    f"<audio src=x onerror={HIT}></audio>",
    f'<iframe srcdoc="<script>{HIT}</script>"></iframe>',
    f'<iframe src="javascript:{HIT}"></iframe>',
    f'<object data="javascript:{HIT}"></object>',
    f'<embed src="javascript:{HIT}">',
    f"<style>@keyframes x{{}}</style><p style=animation-name:x onanimationstart={HIT}>x</p>",
    f'<meta http-equiv="refresh" content="0;url=javascript:{HIT}">',
    f'<math><mtext><table><mglyph><style><img src=x onerror="{HIT}">',
    f'<form><button formaction="javascript:{HIT}" autofocus>x</button></form>',
    f"<a href=\"javascript:{HIT}\" id=x>x</a> [x](javascript:{HIT}) ![x](javascript:{HIT})",
    f"' onmouseover={HIT} onfocus={HIT} autofocus x='",
)  # fmt: skip


def texts() -> list[str]:
    """200 texts of one line."""
    return [exit_ + vector for exit_ in EXITS for vector in VECTORS]
