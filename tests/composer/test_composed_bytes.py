"""Every example and the specimen compose to the recorded bytes, in every theme, variant and form.

`composed_bytes.json` has one digest per form. After a change that is intended to change the bytes, write it again with
`python -m tests.composer.test_composed_bytes`, and check in its diff which forms changed.
"""

import hashlib
import json
from collections.abc import Iterator
from pathlib import Path

from composer.composition import compose_folder, load_issues
from composer.issue.printing.issue_printer import print_issue
from composer.issue.variants import variants_of
from composer.pipeline import compose
from composer.rendering.archive_page import LinkTargets, as_one_text, web_issue
from composer.themes.theme_loading import load_theme, theme_names
from tests.composer.making import address_of

ROOT = Path(__file__).resolve().parents[2]
ON_RECORD = Path(__file__).with_name("composed_bytes.json")
TARGETS = LinkTargets("https://example.org/p", "https://example.org/")
FOLDERS = ("examples/cast-2023-03", "examples/tidelines-2026-11", "templates/specimen")


def digest(*texts: str) -> str:
    return hashlib.sha256("\0".join(texts).encode()).hexdigest()[:16]


def forms_of(folder: Path) -> Iterator[tuple[str, str]]:
    """Yields (name, digest) of the forms of an issue: printed, and each variant and theme as HTML, text, findings and page."""
    issues = load_issues(folder)
    for issue in issues:
        yield f"printed {issue.language}", digest(print_issue(issue))
    yield "folder", compose_folder(folder, picture_url=address_of).digest[:16]
    themes = [load_theme(name) for name in theme_names()]
    for variant in variants_of(issues)[0]:
        for theme in themes:
            mail = compose(variant.issue, folder=folder, theme=theme, picture_url=address_of)
            name = f"{variant.number} {theme.name}"
            yield f"{name} html", digest(mail.subject, mail.preheader, mail.html)
            yield f"{name} text", digest(mail.text)
            found = [[item.code, item.level, Path(item.file).name, item.line, item.column] for item in mail.findings]
            yield f"{name} findings", digest(json.dumps(found))
            yield f"{name} whole", mail.digest[:16]
            page = web_issue(variant.issue, theme.fixed_texts(variant.issue.language), TARGETS)
            yield f"{name} page", digest(str(as_one_text(page)), *page.texts.values())


def digests() -> dict[str, dict[str, str]]:
    return {name: dict(forms_of(ROOT / name)) for name in FOLDERS}


def test_composed_bytes_match_the_recorded_digests() -> None:
    assert digests() == json.loads(ON_RECORD.read_text(encoding="utf-8"))


if __name__ == "__main__":
    ON_RECORD.write_text(json.dumps(digests(), indent=1) + "\n", encoding="utf-8")
