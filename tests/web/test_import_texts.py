"""Every question, reason and refusal of the importer has a text that can be translated, and no pattern is superfluous."""

import ast
import re
from pathlib import Path

import pytest

from cli.issue.issue_commands import import_
from composer.importing import importer
from composer.importing.files.file_kinds import FileKind
from composer.importing.readers.pdf import pdf_reader
from composer.importing.refusals import ImportRefusedError
from config.env import ROOT
from tests.support.documents import SAMPLES
from tests.support.syntax import nodes, syntax_tree
from tests.support.variations import first
from web.texts.issues import import_texts

# Constants of the importer that are questions; {} are places for words of the document.
MODULES = (
    "manuscript/captions", "readers/layout_tables", "manuscript/picture_files", "readers/docx/docx_body",
    "readers/docx/docx_reader", "readers/html/html_pictures", "readers/html/html_blocks", "readers/pdf/pdf_letters",
    "readers/pdf/pdf_paragraphs", "readers/pdf/pdf_reader", "structure/heading_levels", "structure/issue_builder",
    "structure/unmarked_headings", "importer",
)  # fmt: skip
NO_QUESTIONS = {
    "UNNAMED_SECTION", "UNTITLED", "NO_TEXT", "NO_LETTERS", "FEW_WORDS", "AT_AN_ANGLE", "PICTURE_LINK", "EMPTY_SECTION", "BROKEN", "OTHER_WAY", "DIRECTION", "SOFT_BREAK", "OLDER", "RUNNING",
}  # fmt: skip


def questions() -> dict[str, str]:
    samples = {}
    for module in MODULES:
        for node in syntax_tree(ROOT / "composer" / "importing" / f"{module}.py").body:
            if isinstance(node, ast.Assign) and isinstance(node.value, ast.Constant) and isinstance(node.value.value, str):
                name, text = ast.unparse(node.targets[0]), node.value.value
                if name.isupper() and " " in text and name not in NO_QUESTIONS and len(text) > 20:
                    samples[f"{module}.{name}"] = re.sub(r"\{\w*\}", "x", text)
    return samples


def test_every_question_of_the_importer_has_a_text():
    for name, question in questions().items():
        text = question + (": a, b" if name.startswith("importer.") else "")
        assert import_texts.question_text(f"check: {text}") != text, name


@pytest.mark.parametrize("sample", first(["sample.docx", "sample-zh.docx", "sample.pdf", "sample.html", "sample.md"]))
def test_every_question_and_reason_of_the_samples_has_a_text(sample: str):
    path = SAMPLES / sample
    imported = importer.import_file(path, tracked="accept" if path.suffix == ".docx" else None)
    for question in imported.questions:
        assert import_texts.question_text(written(question.text)) != question.text, question.text
    rows = import_texts.left_out({"unit": "line", "left_out": [[1, 1, "x", piece.reason] for piece in imported.left_out]})
    patterns = [form for form, _kind, _text in import_texts.REASONS]
    for piece in imported.left_out:
        assert any(form.fullmatch(piece.reason) for form in patterns), piece.reason
    assert all(row.position == "line 1" for row in rows)


def written(text: str) -> str:
    return f"check: {text}"


def test_every_refusal_code_has_a_text_and_none_is_superfluous():
    raised = {*pdf_reader.CODES.values()}
    for path in Path(ROOT / "composer" / "importing").rglob("*.py"):
        for node in nodes(syntax_tree(path)):
            if isinstance(node, ast.Call) and re.search(r"ImportRefusedError|super\(\).__init__", ast.unparse(node.func)):
                raised |= {code.value for code in node.args[1:2] if isinstance(code, ast.Constant)}
    assert set(import_texts.REFUSALS) == raised - {"tracked"} | {ImportRefusedError("x").code, "missing", "stopped"}
    for code in import_texts.REFUSALS:
        assert "%(" not in import_texts.refusal(code, "a.docx")
        assert "a.docx" in import_texts.refusal(code, "a.docx")


def test_a_mark_that_somebody_wrote_is_shown_as_it_is():
    assert import_texts.question_text("check: ask Li Ming") == "ask Li Ming"
    assert import_texts.question_text("check: 100 % sure?") == "100 % sure?"


@pytest.mark.parametrize("kind", FileKind, ids=lambda kind: kind.name)
def test_every_format_is_named_where_somebody_chooses_a_file(kind):
    """In the form, in the refusal of other formats, in the help and in the docs."""
    form = (ROOT / "templates/web/console/issues/import_new.html").read_text("utf-8").lower()
    assert kind.endings[0].removeprefix(".") in form or kind.label.split()[-1].lower() in form
    assert kind.endings[0] in import_texts.refusal("format", "a.xyz")
    assert kind.label in import_.help
    assert kind.label in (ROOT / "docs/cli.md").read_text("utf-8")
    table = re.findall(r"^\| (.*?) \|", (ROOT / "docs/importing.md").read_text("utf-8"), re.MULTILINE)
    assert any(kind.label.lower() in row.lower() for row in table)
