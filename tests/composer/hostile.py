"""Inputs that an attacker or a broken program might give to the composer. Run as a module, each case runs in its own process.

Prints a line of JSON for each case: its name, what came of it, CPU seconds and greatest memory in MiB of the process and its
children.
"""

import json
import os
import resource
import sys
import tempfile
import traceback
from collections.abc import Callable
from pathlib import Path

from composer.composition import compose_folder
from composer.errors import ComposeError
from composer.images.picture_encoder import DECODER, encode_picture
from composer.importing.manuscript.picture_files import read_picture
from tests.composer.images import hostile_pictures
from tests.composer.making import BODY, HEAD

Case = Callable[[Path], str]
CASES: dict[str, Case] = {}


def compose(folder: Path, body: str, head: str = HEAD) -> str:
    (folder / "issue.md").write_text(head + body, encoding="utf-8", newline="")
    made = compose_folder(folder, picture_url=lambda picture: f"https://e.org/{picture.name}")
    return f"composed {len(made.variants)}"


def article(text: str) -> str:
    return f"# S\n## One {{#one}}\nx\n\n{text}\n"


def enter(name: str, text: str) -> None:
    CASES[name] = lambda folder: compose(folder, article(text))


def enter_head(name: str, head: str) -> None:
    CASES[name] = lambda folder: compose(folder, BODY, head)


MANY = 110_000  # characters; nearly the largest file that is read


def fill(unit: str, size: int = MANY) -> str:
    return unit * (size // len(unit.encode()))


NESTED = {
    "quotes": lambda n: ">" * n + " x",
    "quotes with blanks": lambda n: "> " * n + "x",
    "lists": lambda n: "- " * n + "x",
    "numbered lists": lambda n: "1. " * n + "x",
    "indented lists": lambda n: "\n".join(" " * (2 * at) + "- x" for at in range(min(n, 700))),
    "emphasis": lambda n: "*a " * n + "b*" * n,
    "stars": lambda n: "*" * n + "x" + "*" * n,
    "strong in emphasis": lambda n: "**a *b " * n + "c* d**" * n,
    "underscores": lambda n: "_a " * n + "b_" * n,
    "brackets": lambda n: "[" * n + "x" + "]" * n,
    "open brackets": lambda n: "[" * n,
    "links": lambda n: "[" * n + "x" + "](https://e.org)" * n,
    "pictures": lambda n: "![" * n + "x" + "](missing)" * n,
    "words with a language": lambda n: "[" * n + "x" + "]{lang=de}" * n,
    "containers": lambda n: "\n".join(":" * (n + 3 - at) + " lang de" for at in range(min(n, 700))) + "\nx",
    "equal containers": lambda n: "::: lang de\n" * n + "x\n" + ":::\n" * n,
    "colons": lambda n: ":" * n + " lang de\nx\n" + ":" * n,
    "braces": lambda n: "{" * n + "x" + "}" * n,
    "brackets and braces": lambda n: "[a]{" * n,
    "round brackets": lambda n: "[a](" + "(" * n + ")" * n + ")",
}
for what, made in NESTED.items():
    for depth in (300, 20_000):
        enter(f"{what} {depth} deep", made(depth)[:MANY])

LONG = {
    "blanks": " ", "a line of blanks": "a" + " " * 1000, "blank lines": "\n", "tabs": "\t", "stars": "*", "strong": "**a** ", "emphasis": "*a* ",
    "open emphasis": "*a ", "mixed": "*a **b _c ", "closers": "a** ", "underscores": "_", "words_with_them": "a_b_", "open brackets": "[",
    "pictures": "![", "links": "[a](https://e.org) ", "half links": "[a](", "angles": "<", "half tags": "<a ", "tags": "<b>x</b>",
    "open marks": "<!--", "marks": "<!-- m -->", "half marks": "<!- ", "open fields": "{{", "fields": "{{ name or 'x' }} ",
    "escaped fields": "\\{{ x \\}}", "half fields": "{{ name \\}}", "wrong fields": "{{ x }} ", "backslashes": "\\", "escapes": "\\*",
    "escaped semicolons": "\\;", "semicolons": ";", "sources": "Source: a; ", "entities": "&amp;", "numbers": "&#x3b;", "ampersands": "&",
    "hashes": "#", "headings": "### a\n", "articles": "## a\nx\n", "sections": "# a\n## b\nx\n", "equal titles": "## One\nx\n",
    "ids": "{#", "list items": "- a\n", "loose items": "- a\n\n", "quotes": "> a\n\n", "paragraphs": "a\n\n", "lines": "a\n", "breaks": "a\\\n",
    "chinese": "中文科学", "chinese lines": "中\n", "mixed chinese": "中a", "combining": "e\u0301", "emoji": "\U0001f469\u200d\U0001f52c",
    "pipes": "|", "rows": "|a|b|\n", "one wide word": "a", "colons": ":", "containers": "::: lang de\nx\n:::\n\n", "half containers": ":::\n",
    "unknown containers": "::: x\n", "figures": "![a](missing)\nCaption: b\n\n", "captions": "Caption: ", "backticks": "`", "code": "`a` ",
    "spans": "[a]{lang=de} ", "half spans": "[a]{lang=", "attributes": "[a]{a=b ", "wrong spans": "[a]{.b} ", "tildes": "~~~\n", "dashes": "- - ",
    "minus": "-", "tag starts": "-mr_", "quotation marks": '"', "titles": "[a](b \"", "autolinks": "<https://e.org/", "dots": "1. ",
    "mails": "a@e.org ", "addresses": "https://e.org/a ", "bare numbers": "1",
}  # fmt: skip
for what, unit in LONG.items():
    enter(f"much of {what}", fill(unit))

CASES |= {
    "a megabyte": lambda folder: compose(folder, article("*a **b _c " * 100_000)),
    "a table of 10,000 columns": lambda folder: compose(folder, article("|a" * 10_000 + "|\n" + "|-" * 10_000 + "|\n" + "|b" * 10_000)),
    "a table with rows to be filled up": lambda folder: compose(folder, article("|a" * 9_000 + "|\n" + "|-" * 9_000 + "|\n" + "|b|\n" * 9_000)),
    "a table of 20,000 rows": lambda folder: compose(folder, article("|a|b|\n|-|-|\n" + "|b|c|\n" * 20_000)),
    "a long condition": lambda folder: compose(folder, article("::: only " + "a = 1 and " * 20_000 + "a = 1\nx\n:::")),
    "a condition of brackets": lambda folder: compose(folder, article("::: only a in (" + "(" * 50_000 + "\nx\n:::")),
    "many conditions": lambda folder: compose(folder, article("".join(f"::: only a = {n}\nx\n:::\n\n" for n in range(2_000)))),
    "many calendars": lambda folder: compose(folder, article("::: calendar\n" + "- 2023-04-12: a; b\n" * 9_000 + ":::")),
    "a long list": lambda folder: compose(folder, article("999999999. a\n")),
    "controls": lambda folder: compose(folder, article("".join(map(chr, range(0x20))))),
    "bidirectional overrides": lambda folder: compose(folder, article("\u202eabc\u2066 " * 9_000)),
    "lone surrogates": lambda folder: _bytes(folder, (HEAD + BODY).encode() + b"\xed\xa0\x80"),
    "noncharacters": lambda folder: compose(folder, article("\ufdd00\ufdd1 \ufdd20\ufdd3 \uffff")),
    "placeholders that were typed": lambda folder: compose(folder, article("&#xfdd0;7&#xfdd1; &#xfdd2;7&#xfdd3;")),
    "controls as references": lambda folder: compose(folder, article("a&#8;b &#x202e;c &#0; &#xd800; &#x7f; &#27;")),
    "a byte order mark within": lambda folder: compose(folder, article("a\ufeffb")),
    "other lines": lambda folder: compose(folder, article("a\u2028b\u2029c\x85d\x0be\x0cf")),
    "old line ends": lambda folder: compose(folder, article("a").replace("\n", "\r"), HEAD.replace("\n", "\r")),
    "nothing": lambda folder: _bytes(folder, b""),
    "no text": lambda folder: _bytes(folder, bytes(range(256)) * 100),
    "a folder of that name": lambda folder: _a_folder(folder),
}  # fmt: skip


def _bytes(folder: Path, data: bytes) -> str:
    (folder / "issue.md").write_bytes(data)
    compose_folder(folder, picture_url=lambda picture: picture.name)
    return "composed"


def _a_folder(folder: Path) -> str:
    (folder / "issue.md").mkdir()
    compose_folder(folder, picture_url=lambda picture: picture.name)
    return "composed"


def head_with(key: str, value: str) -> str:
    lines = [line for line in HEAD.split("\n") if not line.startswith(f"{key}:")]
    return "\n".join([lines[0], f"{key}: {value}", *lines[1:]])


LAUGHS = "".join(f"x{n}: &x{n} [{', '.join([f'*x{n - 1}'] * 9)}]\n" if n else "x0: &x0 [a, a]\n" for n in range(9))
HEADS = {
    "a thousand laughs": HEAD.replace("title:", LAUGHS + "title:"),
    "an alias of itself": head_with("credits", "&a [*a, *a]"),
    "a mapping of itself": head_with("footer", "&a {about: *a, address: *a}"),
    "deep lists": head_with("credits", "[" * 9_000),
    "deep mappings": head_with("footer", "{a: " * 4_000),
    "deep questions": head_with("title", "\n" + "? " * 8_000),
    "deep dashes": head_with("title", "\n" + "- " * 8_000),
    "a tag that would run": head_with("title", "!!python/object/apply:os.system ['true']"),
    "a binary": head_with("title", "!!binary aGVsbG8="),
    "a merge key": HEAD.replace("footer:\n", "footer:\n  <<: {about: a}\n"),
    "a long head": HEAD.replace("title:", "x: y\n" * 5_000 + "title:"),
    "a long title": head_with("title", "a" * 15_000),
    "a date of fractions": head_with("date", "2023-03-31T00:00:00.000000000001Z"),
    "a number too long": head_with("number", "9" * 15_000),
    "an open quotation": head_with("title", '"' + "a" * 15_000),
    "two documents": HEAD.replace("title:", "a: b\n...\n%YAML 1.1\ntitle:"),
    "many anchors": head_with("title", "&a " * 5_000),
    "header injection": head_with("subject", '"Hello\\r\\nBcc: victim@example.org"'),
    "header injection by another line": head_with("subject", '"Hello\\u2028Bcc: victim@example.org"'),
    "header injection by a next line": head_with("subject", '"Hello\\x85Bcc: v@example.org"'),
    "a hidden subject": head_with("subject", '"Hello \\u202Egnp.exe"'),
    "a control in the subject": head_with("subject", '"Hello\\0\\x1b[31m"'),
    "an injected preheader": head_with("preheader", '"a\\r\\nX-Header: b"'),
    "a language that breaks out": head_with("language", "'en\" onload=\"x'"),
    "a theme elsewhere": head_with("theme", "../../../etc"),
    "an address that breaks out": HEAD.replace("  address:", '  email: "a@b.c?bcc=x@y.z\\" x=\\""\n  address:'),
}
for what, head in HEADS.items():
    enter_head(f"head: {what}", head)


def picture(name: str, data: Callable[[], bytes]) -> None:
    def read(folder: Path) -> str:
        path = folder / "a.jpg"
        path.write_bytes(data())
        read_picture(path.read_bytes())  # as every import does
        made = encode_picture(path, file="issue.md", line=7, src="a.jpg")
        return f"{made.content_type} {made.width}x{made.height} {len(made.data)}"

    CASES[f"picture: {name}"] = read


for name, data in hostile_pictures.PICTURES.items():
    picture(name, data)


def run(name: str) -> dict[str, object]:
    """Runs one case in this process."""
    with tempfile.TemporaryDirectory() as folder:
        began = seconds_used()
        try:
            came = CASES[name](Path(folder))
        except ComposeError as error:
            str(error)
            came = "refused: " + " ".join(sorted({finding.code for finding in error.findings if finding.level == "error"}))
        except BaseException as error:
            came = f"FAILED {type(error).__name__}: {error}"[:200] + "".join(traceback.format_tb(error.__traceback__)[-2:])
        DECODER.close()  # only a child that was waited for counts below
        seconds = seconds_used() - began
    memory = sum(resource.getrusage(who).ru_maxrss for who in (resource.RUSAGE_SELF, resource.RUSAGE_CHILDREN)) / 1024
    return {"name": name, "came": came, "seconds": round(seconds, 3), "mebibytes": round(memory)}


def seconds_used() -> float:
    """Returns the processor time of this process and of its children."""
    used = os.times()
    return sum(used[:4])


def apart(name: str) -> dict[str, object]:
    """Runs one case in a child process, which may crash."""
    reading, writing = os.pipe()
    child = os.fork()
    if child == 0:
        os.close(reading)
        resource.setrlimit(resource.RLIMIT_CPU, (20, 20))
        with os.fdopen(writing, "w") as out:
            json.dump(run(name), out)
        os._exit(0)
    os.close(writing)
    with os.fdopen(reading) as said:
        told = said.read()
    _, status = os.waitpid(child, 0)
    if not told:
        return {"name": name, "came": f"FAILED: the process died, status {status}", "seconds": 20.0, "mebibytes": 0}
    found: dict[str, object] = json.loads(told)
    return found


if __name__ == "__main__":
    with tempfile.TemporaryDirectory() as warm:
        compose(Path(warm), BODY)
    for chosen in [name for name in CASES if name in sys.argv[1:] or len(sys.argv) < 2]:
        print(json.dumps(apart(chosen)), flush=True)
