"""Collects the text outside the body of a Word document for the report: comments, headers and footers, charts, word art."""

from collections.abc import Iterable, Mapping
from posixpath import basename, dirname

from lxml import etree

from composer.importing.files.zip_package import Package
from composer.importing.manuscript.import_log import ImportLog
from composer.importing.manuscript.inline_slicing import clean_line, usable_links
from composer.importing.readers.docx.comment_places import Anchor
from composer.importing.readers.docx.docx_members import embedded_members, read_part, read_targets, xml_members
from composer.importing.readers.docx.docx_runs import written_links
from composer.importing.readers.docx.docx_xml import PARAGRAPH, A, R, V, W, drawn_text, gather, outermost, stray_text, symbol
from composer.importing.readers.docx.tracked_changes import position_of
from composer.importing.refusals import ImportRefusedError

RUNNING = "a header or footer of the pages"
# By the name of the root element, because members may have any name.
REASONS = {
    "hdr": RUNNING,
    "ftr": RUNNING,
    "chartSpace": "the text of a chart or diagram",
    "dataModel": "the text of a chart or diagram",
    "drawing": "the text of a chart or diagram",
    "glossaryDocument": "a building block of the template",
}
PROGRAM_CODE = ("vbaproject.bin", "printersettings1.bin")  # macros and settings show nothing
OLDER = "the text of a drawing for older programs"


def leave_stray_out(roots: Iterable[etree._Element], older: Iterable[str], log: ImportLog) -> list[str]:
    """Leaves out the text of the body and the notes that is not in any paragraph; returns it as words of the source."""
    left_out = [piece for text in older for piece in leave(text, OLDER, log)]
    symbols = 0
    for root in roots:
        left_out += leave(stray_text(root), "text outside any paragraph", log)
        for drawing in outermost(root, W + "drawing", W + "pict", W + "object"):
            position = position_of(next(drawing.iterancestors(PARAGRAPH), None))
            left_out += leave(drawn_text(drawing), "the text of a drawing", log, position)
        symbols += sum(symbol(element) == " " for element in root.iter(W + "sym"))
    if symbols:
        what = "character of a symbol font was" if symbols == 1 else "characters of symbol fonts were"
        log.limit(f"{symbols:,} {what} left out: the file does not say what they mean")
    return left_out


def leave_embedded_out(package: Package, log: ImportLog) -> list[str]:
    """Leaves out the files of other programs, such as sheets; returns their names as words of the source."""
    names = [basename(member) for member in embedded_members(package) if not member.lower().endswith(PROGRAM_CODE)]
    for name in names:
        log.limit(f"{name} is embedded in the document and was left out: what it shows may not be in the issue")
    return [word for name in names for word in leave(name, "a file of another program that is embedded in the document", log)]


def leave_header_pictures_out(package: Package, log: ImportLog) -> list[str]:
    """Leaves out the pictures of page headers and footers; returns their names as words of the source."""
    names: list[str] = []
    for member in xml_members(package):
        try:
            root = read_part(package, member)
        except ImportRefusedError:
            continue  # it is refused or reported where its text is read
        if reason_of(root, "") == RUNNING:
            targets = read_targets(package, member)
            keys = (picture.get(R + "embed") or picture.get(R + "id") or "" for picture in root.iter(A + "blip", V + "imagedata"))
            names += [basename(targets[key]) for key in keys if targets.get(key)]
    return [word for name in dict.fromkeys(names) for word in leave(name, "a picture of a header or footer of the pages", log)]


def leave_others_out(
    package: Package, main: str, read: set[str], log: ImportLog, anchors: Mapping[str, Mapping[str, Anchor]]
) -> list[str]:
    """Leaves out the text of all members except those in `read`; returns it as words of the source. `anchors`: member with
    comments -> their places."""
    folder = f"{dirname(main)}/".lstrip("/").lower()
    left_out: list[str] = []
    for member in xml_members(package):
        if member.lower() in read:
            continue
        older: list[str] = []
        try:
            root = read_part(package, member, older)
        except ImportRefusedError:
            if member.lower().startswith(folder):
                raise
            log.limit(f"{member} in the document could not be read")  # usually data of another program
            continue
        left_out += [piece for text in older for piece in leave(text, OLDER, log)]
        reason = "a comment" if root.tag == W + "comments" else reason_of(root, member[len(folder) :])
        log.leave_links(0, usable_links(written_links(root, read_targets(package, member))), reason)
        if root.tag == W + "comments":
            for comment in root.iter(W + "comment"):
                left_out += leave_comment(comment, anchors.get(member.lower(), {}), log)
        else:
            text = " ".join((*gather(root), stray_text(root), drawn_text(root)))
            left_out += leave(" ".join(text.split()), reason, log)
    return left_out


def leave_comment(comment: etree._Element, anchors: Mapping[str, Anchor], log: ImportLog) -> list[str]:
    author = clean_line(comment.get(W + "author", "")) or "an unnamed author"
    text = " ".join((*gather(comment), drawn_text(comment))).strip()
    if not text:
        return []
    anchor = anchors.get(comment.get(W + "id", ""), Anchor())
    about = f' on "{anchor.quote}"' if anchor.quote else ""
    log.leave_out(anchor.first, anchor.last, text, f"a comment by {author}{about}")
    return [text]


def reason_of(root: etree._Element, kind: str) -> str:
    if kind.lower().startswith("glossary/"):
        return REASONS["glossaryDocument"]
    return REASONS.get(etree.QName(root).localname, f"another part of the document, {kind}")


def leave(text: str, reason: str, log: ImportLog, position: int = 0) -> list[str]:
    if text:
        log.leave_out(position, position, text, reason)
    return [text] if text else []
