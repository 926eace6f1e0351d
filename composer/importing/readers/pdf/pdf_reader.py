"""Reads a PDF with a text layer into a manuscript. A separate process with limits of time and memory reads the file itself."""

import base64
import re
import unicodedata
from collections import Counter
from dataclasses import replace
from typing import Any

from composer.importing.manuscript.captions import settle_captions
from composer.importing.manuscript.document_parts import DocumentPart, Manuscript, Role
from composer.importing.manuscript.import_log import ImportLog
from composer.importing.manuscript.inline_slicing import clean_line, clean_text, is_all_emphasis, is_usable, usable_links
from composer.importing.manuscript.line_patterns import ADDRESS, BULLETED, EMAIL, is_closed, is_credit, is_sources, is_staff
from composer.importing.manuscript.list_items import gather_lists
from composer.importing.manuscript.picture_files import PictureFiles
from composer.importing.manuscript.vocabulary import words_of
from composer.importing.readers.pdf.pdf_lines import PdfLine, PdfRun
from composer.importing.readers.pdf.pdf_paragraphs import Joiner, PdfParagraph, Typography, is_small, join_over, parts_paragraphs
from composer.importing.refusals import ImportRefusedError
from composer.issue.document import MISSING_PICTURE, Emphasis, Figure, Paragraph, Quote
from composer.limited_process import LimitedProcess, LimitExceededError, WorkFailedError

PROCESS = "composer.importing.readers.pdf.pdf_process"
LONGEST_WAIT = 200.0  # seconds: on a busy machine the child gets its processor time late
FEWEST_LETTERS = 20
FEW_LETTERS = 100  # as of a page number or a scanner's stamp
REMARKS = {"Widget": "form fields", "FreeText": "text boxes", "Text": "sticky notes", "Stamp": "stamps", "XFA": "dynamic forms"}
BULLET = re.compile(r"\s*[\ufffd\uf000-\uf0ff\u25a0-\u25ff\u2700-\u27bf\u2023\u2043\u27a2]\s+")
SIDE_BY_SIDE = "this was side by side: is the order right?"
WORDS_OF_ONE_LETTER = "AIOEYÀ"
IN_ITALICS = "this is in italics, so it was taken as a quotation: is that right?"
REFUSALS = {
    "encrypted": "{name} is protected by a password. Open it, print or save it as a new PDF without one, and import that.",
    "damaged": "{name} is damaged and cannot be read ({problem}). Print or save it as a new PDF and import that.",
    "pages": "{name} has more than {limit} pages; an issue has fewer. Split it and import one issue at a time.",
    "letters": "{name} has more than {limit:,} letters; an issue has fewer. Split it and import one issue at a time.",
    "bomb": "{name} takes too much time or memory to read, so reading was stopped. "
    "Print or save it as a new PDF and import that, or import its text.",
}
CODES = {"encrypted": "password", "damaged": "damaged", "pages": "long", "letters": "long", "bomb": "bomb"}  # of a refusal
NO_TEXT = (
    "{name} has no text layer: its pages are pictures or drawings, such as scans. Read it with a text recognition (OCR) program, "
    "save the result as plain text (.txt), and import that."
)
FEW_WORDS = (
    "{name} has hardly any text. If its pages are pictures, such as scans, read it with a text recognition (OCR) program, "
    "save the result as plain text (.txt), and import that."
)
AT_AN_ANGLE = (
    "{name} cannot be read: its text is drawn at an angle or mirrored. Export it again from the program that made it, with text "
    "that runs from left to right."
)
NO_LETTERS = (
    "{name} cannot be read: its fonts do not say which letters they draw. Export it again from the program that made it. "
    "Or read it with a text recognition (OCR) program, save the result as plain text (.txt), and import that."
)


def read_pdf(data: bytes, name: str) -> Manuscript:
    try:
        with LimitedProcess(PROCESS, LONGEST_WAIT) as process:  # a new one for each file: it is used once
            answer, _ = process.call({}, data)
    except LimitExceededError as error:
        raise ImportRefusedError(REFUSALS["bomb"].format(name=name), "bomb") from error
    except WorkFailedError as error:
        raise ImportRefusedError(
            REFUSALS["damaged"].format(name=name, problem=clean_text(str(error))[:200]), "damaged"
        ) from error
    if "fault" in answer:
        raise ImportRefusedError(REFUSALS[answer["fault"]].format(name=name, **answer["params"]), CODES[answer["fault"]])
    return manuscript_of(answer, name)


def manuscript_of(answer: dict[str, Any], name: str) -> Manuscript:
    lines = [line_of(entry) for entry in answer["flow"] if "runs" in entry]
    if sum(character.isalnum() for line in lines for character in line.text) < FEWEST_LETTERS:
        raise without_words(answer, lines, name)
    log, picture_files = ImportLog(unit="page"), PictureFiles()
    texts = [clean_text(line.text.replace("\u00ad", "-")) for line in lines]
    for page, text, reason, hrefs in answer["furniture"]:
        log.leave_out(page, page, clean_text(text).strip(), reason)
        log.leave_links(page, usable_links(hrefs), reason)
        texts.append(clean_text(text))
    for note in answer["notes"]:
        log.note(note)
    for number, page in enumerate(answer["pages"], start=1):
        find_unread(page, number, log)
        find_repaired(page, number, log)
    if answer["mirrored"]:
        letters = "1 letter of the PDF is" if answer["mirrored"] == 1 else f"{answer['mirrored']:,} letters of the PDF are"
        log.limit(f"{letters} drawn mirrored or upside down, so the order may be wrong: compare the text with the source")
    find_doubtful_order(answer, lines, log)
    texts += [answer["lost"]] if answer["lost"] else []
    type_ = Typography(lines)
    parts = make_parts(make_pieces(answer, picture_files, type_), type_, Joiner(lines, log), log)
    parts = [quoted(part) for part in gather_lists(settle_captions(parts, log), log)]
    running = [clean_text(entry[1]).strip() for entry in answer["furniture"]]
    links = usable_links((run.text, run.href) for line in lines for run in (*line.runs, PdfRun(" ")))
    return Manuscript(name, parts, "\n".join(texts), log, picture_files.pictures, head_lines=running, links=links)


def without_words(answer: dict[str, Any], lines: list[PdfLine], name: str) -> ImportRefusedError:
    """Returns the error for a file with too little text, with the true reason."""
    pages = answer["pages"]
    letters = sum(page["letters"] for page in pages)
    texts = [*(line.text for line in lines), *(entry[1] for entry in answer["furniture"])]
    if any("\ufffd" in text for text in texts) or (not letters and any(page["strings"] for page in pages)):
        return ImportRefusedError(NO_LETTERS.format(name=name), "letters")
    if letters >= FEWEST_LETTERS and answer["furniture"] and not lines:
        return ImportRefusedError(AT_AN_ANGLE.format(name=name), "letters")
    return ImportRefusedError((FEW_WORDS if letters else NO_TEXT).format(name=name), "scan")


def find_repaired(page: dict[str, Any], number: int, log: ImportLog) -> None:
    """Logs what was done with the letters of a page, and links that are on none."""
    if page["doubles"]:
        log.note(f"page {number}: {page['doubles']:,} letters are drawn twice in one place, to look bold; they are here once")
    if page["turned"]:
        log.note(f"page {number}: its text does not run from left to right; the page was turned")
    written = [("(on no text)", href) for href in page["unplaced"] if is_usable(href)]
    log.leave_links(number, written, "a link on a picture or an empty place of the page")


def find_doubtful_order(answer: dict[str, Any], lines: list[PdfLine], log: ImportLog) -> None:
    """Logs where letters and lines may be in another order than a person reads them."""
    text = "".join(line.text for line in lines)
    if leftwards := sum(unicodedata.bidirectional(letter) in ("R", "AL") for letter in text):
        log.limit(
            f"{leftwards:,} {'letter is' if leftwards == 1 else 'letters are'} of a script that is written from right to left, "
            "and a PDF does not say their order: compare the text with the source"
        )
    apart = sorted({line.page for line in lines if line.run in answer["side_by_side"]})
    for page in apart:
        log.limit(f"page {page} has lines side by side that came apart, such as names and telephone numbers: compare their order")
    known = Counter(words_of(" ".join(line.text for line in lines).casefold()))
    for page, letter, rest in answer["initials"]:
        word = f"{letter}{rest}"
        log.note(f'page {page}: a large first letter was joined with its line: "{clean_text(word)}"')
        if letter in WORDS_OF_ONE_LETTER and known[rest.casefold()]:
            log.limit(f'page {page} has a large first letter: is "{clean_text(word)}" one word or two')


def find_unread(page: dict[str, Any], number: int, log: ImportLog) -> None:
    """Logs each thing on a page that may contain words that were not read."""
    if not page["letters"] and page["pictures"]:
        log.limit(f"page {number} has no text layer: if it is a scan, its words are not in the issue")
    elif page["covered"] and page["letters"] < FEW_LETTERS:
        log.limit(f"page {number} is a picture with little text: if it is a scan, its words are not in the issue")
    elif page["shapes"] > page["letters"] and (not page["letters"] or page["shapes"] > FEW_LETTERS):
        log.limit(
            f"page {number} has {page['shapes']:,} drawn shapes and {page['letters']:,} letters: if the shapes are words, they "
            "are not in the issue"
        )
    kinds = Counter(REMARKS.get(kind, "annotations") for kind, _ in page["remarks"])
    for kind, count in kinds.items():
        log.limit(f"page {number} has {kind} ({count:,}) that were not read: their text is not in the issue")
    for kind, text in page["remarks"]:
        if shown := clean_line(text):
            log.note(f'page {number}: {REMARKS.get(kind, "annotations")}, not in the issue: "{shown}"')


def line_of(entry: dict[str, Any]) -> PdfLine:
    runs = [PdfRun(*run) for run in entry["runs"]]
    # Bullets often come from symbol fonts, where the character code says nothing about the shape.
    if runs and (bullet := BULLET.match(runs[0].text)):
        runs[0] = runs[0]._replace(text=f"• {runs[0].text[bullet.end() :]}")
    return PdfLine(**{**entry, "runs": runs})


def make_pieces(answer: dict[str, Any], picture_files: PictureFiles, type_: Typography) -> list[PdfParagraph | DocumentPart]:
    """Returns paragraphs within their columns, and pictures, in reading order."""
    pieces: list[PdfParagraph | DocumentPart] = []
    apart = set(answer["side_by_side"])
    for entry in answer["flow"]:
        if "runs" not in entry:
            pieces += picture_part(entry, picture_files)
            continue
        line, last = line_of(entry), pieces[-1] if pieces else None
        if isinstance(last, PdfParagraph) and last.lines[0].run == line.run and not parts_paragraphs(last, line, type_):
            last.lines.append(line)
        else:
            pieces.append(PdfParagraph([line], [SIDE_BY_SIDE] if line.run in apart else []))
            apart.discard(line.run)
    return pieces


def picture_part(entry: dict[str, Any], picture_files: PictureFiles) -> list[DocumentPart]:
    if entry["fault"]:
        return [DocumentPart(Figure(MISSING_PICTURE), entry["page"], questions=(entry["fault"],))]
    figure, questions = picture_files.figure(base64.b64decode(entry["data"]))
    return [DocumentPart(figure, entry["page"], questions=tuple(questions))] if figure else []


def make_parts(
    pieces: list[PdfParagraph | DocumentPart], type_: Typography, joiner: Joiner, log: ImportLog
) -> list[DocumentPart]:
    """Returns the parts, with paragraphs joined across columns and pages; a picture between two halves follows them."""
    body = Counter[float]()
    for piece in pieces:
        if isinstance(piece, PdfParagraph):
            body[round(piece.size)] += len(piece.text)
    usual = body.most_common(1)[0][0]
    join_over(pieces, type_, usual, log)
    return [piece if isinstance(piece, DocumentPart) else part_of(piece, usual, joiner) for piece in pieces]


def part_of(block: PdfParagraph, usual: float, joiner: Joiner) -> DocumentPart:
    content, text, small = joiner.content(block), block.text, is_small(block, usual)
    if len(text) > 80 and not (block.bold or small or ends_well(text)):
        block.questions.append("no full stop at the end")
    role = Role.MAYBE_CAPTION if small or block.italic else Role.BODY
    size, questions = round(block.size, 1), tuple(block.questions)
    return DocumentPart(Paragraph(content), block.lines[0].page, role=role, bold=block.bold, size=size, questions=questions)


def ends_well(text: str) -> bool:
    """Whether the text ends a sentence, or is a kind of line that has no full stop."""
    if is_closed(text) or BULLETED.match(text) or EMAIL.search(text) or ADDRESS.search(text):
        return True
    return is_sources(text) or is_staff(text) or is_credit(text)


def quoted(part: DocumentPart) -> DocumentPart:
    """Makes a quotation of a paragraph that is all italic and not a caption."""
    if part.role is not Role.MAYBE_CAPTION or not is_all_emphasis(part.content) or part.bold:
        return part
    inner = tuple(child for node in part.content for child in (node.children if isinstance(node, Emphasis) else (node,)))
    return replace(part, block=Quote((Paragraph(inner),)), role=Role.BODY).with_questions(IN_ITALICS)
