"""The texts of pages and findings that need a translation, read off the sources; `make messages` enters new ones in the catalogues.

Babel reads no Django templates and GNU gettext may be absent, so the sources are read here.
"""

import ast
import re
from collections.abc import Iterator
from functools import cache
from pathlib import Path

from babel.messages.catalog import Catalog
from babel.messages.pofile import read_po, write_po

from composer.messages import finding_texts
from config.env import ROOT
from tests.support.syntax import nodes, syntax_tree

CATALOGUES = ROOT / "config" / "locale"
# What marks a text: Django's functions under their own names and as `_`; or composer.messages.phrases.phrase, which knows no Django.
_DJANGO, _PHRASE = ("_", "gettext", "gettext_lazy", "gettext_noop"), ("phrase",)
MARKS = {
    "campaigns": _DJANGO, "publication": _DJANGO, "subscribers": _DJANGO, "web": _DJANGO, "worker": _DJANGO, "composer": _PHRASE,
    "cli": _PHRASE,
}  # fmt: skip
_TRANSLATE = re.compile(r'\{% translate "((?:[^"\\]|\\.)*)"')
_BLOCK = re.compile(r"\{% blocktranslate.*?%\}(.*?)\{% endblocktranslate %\}", re.DOTALL)


@cache
def texts() -> dict[str, str]:
    """Every text -> the file in which it stands first."""
    found: dict[str, str] = {}
    for file in sorted(path for path in (ROOT / "templates" / "web").rglob("*") if path.is_file()):
        source = file.read_text(encoding="utf-8")
        blocks = [re.sub(r"\{\{ *(\w+) *\}\}", r"%(\1)s", block) for block in _BLOCK.findall(source)]
        for text in [*_TRANSLATE.findall(source), *blocks]:
            found.setdefault(text, file.relative_to(ROOT).as_posix())
    for package, names in MARKS.items():
        for file in sorted((ROOT / package).rglob("*.py")):
            for text in _marked(file, names):
                found.setdefault(text, file.relative_to(ROOT).as_posix())
    of_findings = (*finding_texts.MESSAGES.values(), finding_texts.UNKNOWN, (finding_texts.NONE_NEAR, finding_texts.IN_VARIANT))
    for text in (text for texts in of_findings for text in texts if text not in ("", "{problem}")):  # a mere value needs none
        found.setdefault(text, "composer/messages/finding_texts.py")
    return found


def _marked(file: Path, names: tuple[str, ...]) -> Iterator[str]:
    """The first argument of each call of a function with one of these names, where it is a literal."""
    for node in nodes(syntax_tree(file)):
        if isinstance(node, ast.Call) and getattr(node.func, "id", "") in names and isinstance(node.args[0], ast.Constant):
            yield str(node.args[0].value)


def without_blocks(source: str) -> str:
    """A template without the texts that it has translated."""
    return _BLOCK.sub(" ", source)


def read(path: Path) -> Catalog:
    with path.open("rb") as file:
        return read_po(file, locale=path.parts[-3], domain="django", abort_invalid=True)


def update(path: Path) -> tuple[list[str], list[str]]:
    """Enter the texts that a catalogue lacks, untranslated, and take out those that are nowhere any more; both lists."""
    catalogue, current = read(path), texts()
    known = [str(message.id) for message in catalogue if message.id]
    gone = [text for text in known if text not in current]
    for text in gone:
        catalogue.delete(text)
    new = [text for text in current if text not in known]
    for text in new:
        catalogue.add(text, locations=[(current[text], None)])
    if new or gone:
        with path.open("wb") as file:
            write_po(file, catalogue, width=0, ignore_obsolete=True, include_lineno=False)
    return new, gone


def main() -> None:
    for path in sorted(CATALOGUES.glob("*/LC_MESSAGES/django.po")):
        new, gone = update(path)
        print(f"{path.relative_to(ROOT)}: {len(new)} to translate, {len(gone)} taken out")
        for text in new:
            print(f"  {text}")


if __name__ == "__main__":
    main()
