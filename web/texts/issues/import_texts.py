"""Texts of imports: steps, refusals, the questions, and why text was left out, in the reader's language.

The importer writes its questions and reasons in English, because they are also written to files. Here each form of them
has a text of its own; a question that somebody wrote by hand is shown as it is.
"""

import re
from collections.abc import Mapping, Sequence
from dataclasses import replace
from typing import Any, NamedTuple

from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _

from composer.errors import Finding
from composer.importing.files.file_kinds import FileKind
from editorial.importing.questions import Question
from editorial.importing.source_places import SourcePlace
from editorial.models import DocumentImport
from web.texts.state_labels import ShownFinding

# What the form offers for upload: documents, and their pictures.
OFFERED = [ending for kind in FileKind for ending in kind.endings]
OFFERED += ["image/jpeg", "image/png", "image/gif", "image/webp", "image/avif"]

# Code of a refusal (composer/importing/refusals.py) -> what is wrong, and what to do.
REFUSALS: Mapping[str, str | Promise] = {
    "password": _("%(name)s is protected by a password. Open it, save a copy without one, and upload that."),
    "doc": _("%(name)s is in the old Word format (.doc). Open it in Word, save it as .docx, and upload that."),
    "format": _("Mailroom cannot read the format of %(name)s. Save it as .docx, .pdf, .html, .md or .txt, and upload that."),
    "archive": _("%(name)s is an archive. Unpack it, and upload the document with its pictures."),
    "empty": _("%(name)s contains no article. Check that it is the right file."),
    "scan": _(
        "%(name)s contains hardly any text, as a scan of pages does. Upload the Word file, or a PDF whose text can be selected."
    ),
    "letters": _(
        "Mailroom cannot tell which letters %(name)s shows, or in which direction they run. Upload the Word file, or export the "
        "PDF again from the program that made it."
    ),
    "damaged": _("%(name)s is damaged and cannot be read. Open it, save it again, and upload the new copy."),
    "long": _("%(name)s is longer than an issue can be. Split it, and upload one issue at a time."),
    "large": _("%(name)s is too large. Make its pictures smaller, or split it, and upload it again."),
    "bomb": _("Reading %(name)s takes too much time or memory, so Mailroom stopped. Save it in another format, and upload that."),
    "encoding": _("The letters of %(name)s cannot be read. Save it as plain text in UTF-8, and upload that."),
    "missing": _("%(name)s is missing from the store. Upload it again."),
    "stopped": _("Mailroom was interrupted several times while it read %(name)s. Nothing was changed. You can start again."),
    "other": _("%(name)s cannot be imported. The details say why."),
}

# How a question or a reason is written -> (its kind, its text). Groups of the expression fill the text.
_Pattern = tuple[re.Pattern[str], str, str | Promise]


def _patterns(*rows: tuple[str, str, str | Promise]) -> tuple[_Pattern, ...]:
    return tuple((re.compile(form, re.DOTALL), kind, text) for form, kind, text in rows)


QUESTION_FORMS = _patterns(
    (r"a sentence begins with a lowercase letter: (?P<a>.*)", "small", _("A sentence begins with a lowercase letter: %(a)s")),
    (r"a full stop may be missing: (?P<a>.*)", "stop", _("A full stop may be missing: %(a)s")),
    (r"a word may be repeated here: (?P<a>.*)", "twice", _("A word may be repeated here: %(a)s")),
    (r'"(?P<a>[^"]*)" here, "(?P<b>[^"]*)" elsewhere: which is right\?', "spelling",
     _("Here it says “%(a)s”, elsewhere “%(b)s”. Which is right?")),
    (r'joined from "(?P<a>[^"]*)" and "(?P<b>[^"]*)": is "(?P<c>[^"]*)" right\?', "joined",
     _("“%(a)s” at the end of a line and “%(b)s” were joined. Is “%(c)s” right?")),
    (r"the document has no alternative text for this picture: .*", "alt",
     _("What does this picture show? The document does not say it for people who cannot see it.")),
    (r"the picture has no caption in the document: .*", "alt",
     _("What does this picture show? It has no caption in the document.")),
    (r"the line (?:above the credit|below the picture) was taken as (?:the|its) caption: is that right\?", "caption",
     _("The line next to the picture was taken as its caption. Is that right?")),
    (r"is all of this the caption.*", "caption", _("Is all of this the caption, or is part of it text of the article?")),
    (r"is all of this the credit.*", "caption", _("Is all of this the credit, or is part of it text of the article?")),
    (r"this came after the sources: does it belong to this article\?", "after",
     _("This came after the sources of the article. Does it belong to this article?")),
    (r"no article names a source", "source", _("No article names a source.")),
    (r"\d{1,6} articles? names? no source: (?P<a>.*)", "source", _("These articles name no source: %(a)s")),
    (r"the article before this section names no source: is this a section\?", "section",
     _("Is this the name of a section? The article before it names no source.")),
    (r"the article before this one names no source: does a new article begin here\?", "article",
     _("Does a new article begin here? The article before it names no source.")),
    (r"is this the title\?", "title", _("Is this the title?")),
    (r"a sub-heading, or part of the sentence below\?", "heading", _("Is this a sub-heading, or part of the sentence below?")),
    (r"no full stop at the end", "stop-end", _("The paragraph has no full stop at its end. Is something missing?")),
    (r"the end of this paragraph may be missing", "stop-end", _("The end of this paragraph may be missing.")),
    (r'one paragraph, or two (?:that part|with a break) at "(?P<a>[^"]*)"\?', "paragraph",
     _("Is this one paragraph, or do two part at “%(a)s”?")),
    (r'are "(?P<a>[^"]*)" and "(?P<b>[^"]*)" two sources\?', "sources", _("Are “%(a)s” and “%(b)s” two sources?")),
    (r'the line says "Sources", but only one source was found', "sources",
     _("The line says “Sources”, but only one source was found.")),
    (r"the article had more than one line of sources: is a title missing\?", "sources",
     _("The article had more than one line of sources. Is a title missing?")),
    (r"the document marks no headings, so .*: are sections and articles right\?", "structure",
     _("The document does not mark its headings, so Mailroom found them by their form. Are sections and articles right?")),
    (r"some headings of the highest level have text of their own: are sections and articles right\?", "structure",
     _("Some headings of the highest level have text of their own. Are sections and articles right?")),
    (r"the document names no section here: give it a name", "section", _("The document names no section here. Give it a name.")),
    (r"the section has no name", "section", _("The section has no name. Give it one.")),
    (r"the text has no title here: give it one", "title", _("The text has no title here. Give it one.")),
    (r"the title is missing", "title", _("The title is missing. Write one.")),
    (r"the article has no text", "article", _("The article has no text.")),
    (r"a greeting: a merge field can address the reader by name", "greeting",
     _("A greeting: a field can address each reader by name. Keep it if it is right for everybody.")),
    (r"is this line the tagline\?", "tagline", _("Is this line the tagline of the newsletter?")),
    (r"this was in a text box: is it in the right place\?", "box", _("This was in a text box. Is it in the right place?")),
    (r"footnotes of the document: .*", "notes",
     _("Footnotes became a list at the end of the article, with their numbers in brackets.")),
    (r"cells of this table were merged; .*", "table",
     _("Cells of this table were merged. Their text is now in the first of the separate cells.")),
    (r"this was in a table, side by side: is the order right\?", "table",
     _("This was in a table, side by side. Is the order right?")),
    (r"this was side by side: is the order right\?", "beside", _("This was side by side. Is the order right?")),
    (r"links of \d{1,6} headings? are below them now", "heading-links",
     _("Headings of the document were links. Headings of an issue cannot be links, so the links are below them.")),
    (r"links of the source are missing in this issue; add them: (?P<a>.*)", "words",
     _("Links of the document are missing in this issue. Add them: %(a)s")),
    (r"cells of this table have several lines; .*", "table",
     _("Cells of this table have several lines. They are on one line now, with “/” between them.")),
    (r"the document has another body, .*", "box",
     _("Here begins a second text of the document, which Word may not show. Does it belong to the issue?")),
    (r"a block of code: .*", "code", _("This was a block of code. It is a paragraph now.")),
    (r"a line with the number or the date also has other words .*", "left-out",
     _("A line with the number or the date also has other words. It is in the list of what was left out.")),
    (r"is the first row of this table its heading\?", "table", _("Is the first row of this table its heading?")),
    (r"this is in italics, so it was taken as a quotation: is that right\?", "quotation",
     _("This is in italics, so it was taken as a quotation. Is that right?")),
    (r"this picture is not in the page but at (?P<a>.{0,300}), and an import downloads nothing: .*", "file",
     _("This picture is not in the document but at %(a)s. Choose its file.")),
    (r"this picture should be next to the page as (?P<a>.{0,300}), but is missing: .*", "file",
     _("The file %(a)s of this picture was not uploaded. Choose it.")),
    (r"the picture is not in the document but linked from (?P<a>.{0,300}): .*", "file",
     _("The document only links this picture (%(a)s). Choose its file.")),
    (r"there was a drawing here that cannot be imported: .*", "file",
     _("Here was a drawing that cannot be imported. Choose a picture of it.")),
    (r"(?:this picture|decoding this picture|this animation|a picture of the PDF|the document has more pictures) .*", "file",
     _("A picture of the document could not be used: it is damaged, too large, or in a format that mails do not show. Choose "
       "another file.")),
    (r"the picture was a link to (?P<a>.{0,300}); a picture in an issue cannot be a link", "link",
     _("The picture was a link to %(a)s. Pictures in an issue cannot be links.")),
    (r'"(?P<a>[^"]{0,300})" was a link to (?P<b>.{0,300}), which a mail cannot open', "link",
     _("“%(a)s” was a link to %(b)s, which a mail cannot open. The words were kept.")),
    (r"title: .*", "head", _("No title was recognised in the document. Write the title.")),
    (r"organisation: .*", "head", _(
        "The organisation is not known. Write its full name into “Title, number, date and subject”."
    )),
    (r"date and number: .*", "head", _("Check the date and the number of the issue in “Title, number, date and subject”.")),
    (r"subject and preheader: .*", "head", _(
        "Subject and preview text are not written yet. Write them into “Title, number, date and subject”."
    )),
    (r"footer: the text says nothing about the publisher; .*", "footer",
     _("The document does not say who sends it. Write it into the footer.")),
    (r"footer: the postal address is missing; .*", "footer", _("The postal address is missing. It is required before sending.")),
    (r'highlights: no article was found for "(?P<a>.*)"', "highlights", _("No article was found for the highlight “%(a)s”.")),
    (r'highlights: is "(?P<a>[^"]*)" the article for "(?P<b>[^"]*)"\?', "highlights",
     _("Is “%(a)s” the article for the highlight “%(b)s”?")),
    (r"words of the source are missing in this issue; add them: (?P<a>.*)", "words",
     _("Words of the document are missing in this issue. Add them: %(a)s")),
    (r"these words are not in the source; delete them: (?P<a>.*)", "words",
     _("These words are not in the document. Delete them: %(a)s")),
    (r"(?P<a>[\d,]{1,12}) characters? of the source could not be read: .*", "limit",
     _("Characters that could not be read: %(a)s. They are shown as \ufffd or as empty boxes. Compare them.")),
    (r'(?P<a>[\d,]{1,12}) lines? ha(?:s|ve) more symbols than letters, .{0,200} the first is "(?P<b>.*)"', "limit",
     _("Lines with more symbols than letters: %(a)s. The first is “%(b)s”. Compare them with the document.")),
    (r'(?P<a>[\d,]{1,12}) words? ha(?:s|ve) each letter twice, .{0,200} the first is "(?P<b>.*)"', "limit",
     _("Words that have each letter twice: %(a)s. The first is “%(b)s”. Compare them with the document.")),
    (r'(?P<a>[\d,]{1,12}) endings? of ordinal numbers, such as "(?P<b>[a-z]{2})", .*', "limit",
     _("Endings of ordinal numbers, such as “%(b)s”, that are not behind their number: %(a)s. Compare the dates.")),
    (r"the text seems to be mirrored or reversed: .*", "limit",
     _("The text seems to be mirrored or reversed. Compare it with the document before you use it.")),
    (r"(?P<a>[\d,]{1,12}) letters? (?:is|are) of a script that is written from right to left, .*", "limit",
     _("The document has text that is written from right to left, and a PDF does not say its order. Compare it.")),
    (r"page (?P<a>\d{1,4}) has lines side by side that came apart, .*", "limit",
     _("Lines side by side on page %(a)s came apart, such as names and telephone numbers. Compare their order.")),
    (r'page (?P<a>\d{1,4}) has a large first letter: is "(?P<b>.{1,200})" one word or two', "limit",
     _("A paragraph on page %(a)s begins with a large letter. Is “%(b)s” one word, or two?")),
    (r"(?P<a>.{1,300}) is embedded in the document(?::| and) .*", "limit",
     _("%(a)s is embedded in the document. What it shows may not be in the issue.")),
    (r"the file does not say its encoding, so it was read as (?P<a>\S+): .*", "limit",
     _("The document does not say its encoding, so it was read as %(a)s. If letters look wrong, save it in UTF-8.")),
    (r"page (?P<a>\d{1,4}) (?:has no text layer|is a picture with little text): .*", "limit",
     _("Page %(a)s is a picture with little or no text. If it is a scan, its words are not in the issue.")),
    (r"page (?P<a>\d{1,4}) has .{1,80} drawn shapes and .*", "limit",
     _("Page %(a)s has many drawn shapes. If these are words, they are not in the issue.")),
    (r"page (?P<a>\d{1,4}) has .{1,80} that were not read: their text is not in the issue", "limit",
     _("Page %(a)s has form fields, notes or stamps. Their text is not in the issue.")),
    (r"(?P<a>[\d,]{1,12}) letters? of the PDF (?:is|are) drawn mirrored .*", "limit",
     _("Letters of the document that are mirrored or upside down: %(a)s. Compare the text with the document.")),
    (r"(?P<a>[\d,]{1,12}) words? of drawings, formulas or frames of the page (?:was|were) not read: .*", "limit",
     _("Words of drawings, formulas or frames that were not read: %(a)s. Add the text.")),
    (r"(?P<a>[\d,]{1,12}) frames?, embedded files? or form fields? of the page could not be read: .*", "limit",
     _("Frames, embedded files or form fields that could not be read: %(a)s. If there is text inside, add it.")),
    (r"(?P<a>[\d,]{1,12}) characters? of (?:a symbol font|symbol fonts) (?:was|were) left out: .*", "limit",
     _("Characters of symbol fonts that were left out: %(a)s. The document does not say what they mean.")),
    (r"(?P<a>.{1,300}) in the document could not be read", "limit", _("%(a)s in the document could not be read.")),
    (r"letters were lost before the import: look for \ufffd", "letters",
     _("Letters were lost before the import. Look for \ufffd.")),
)  # fmt: skip

REASONS = _patterns(
    (r"a page number", "", _("a page number")),
    (r"a header or footer of the pages", "", _("a running header or footer of the page")),
    (r"the text of a (?:chart or diagram|drawing)", "", _("the text of a chart or drawing")),
    (r"a building block of the template|another part of the document, .*|text outside any paragraph", "",
     _("outside the text of the document")),
    (r"a comment by (?P<a>.{1,200}?) on \"(?P<b>.{1,101})\"", "", _("a comment by %(a)s on “%(b)s”")),
    (r"a comment by (?P<a>.*)", "", _("a comment by %(a)s")),
    (r"an ornament", "", _("an ornament")),
    (r"above the highlights", "", _("above the highlights")),
    (r"a highlight; the head names its article", "", _("a highlight; the list of contents names its article")),
    (r"a running header or footer.*", "", _("a running header or footer of the page")),
    (r"number and date; the head has fields for them", "", _("number and date; the issue already has them")),
    (r"a table of contents", "", _("a table of contents")),
    (r"hidden in the (?:document|page)", "", _("hidden in the document")),
    (r"the navigation of the page", "", _("the navigation of the page")),
    (r"the title of the page", "", _("the title of the page")),
    (r"a control of the page", "", _("a control of the page")),
    (r"the name of a section without articles", "", _("the name of a section without articles")),
    (r"a picture of a header or footer of the pages", "", _("a picture of a running header or footer")),
    (r"a file of another program that is embedded in the document", "", _("a file of another program in the document")),
    (r"text that runs in another direction than the page", "", _("text in another direction than the page")),
    (r"a link of the footer, .*|the link of the tagline, .*|a link in a block of code, .*|the link of a picture; .*", "",
     _("a link that cannot be where it was")),
    (r"a link on a picture or an empty place of the page", "", _("a link on a picture or an empty place")),
    (r"a comment", "", _("a comment")),
    (r"a (?:footnote|endnote) that the text does not refer to", "", _("a footnote that the text does not refer to")),
    (r"a heading above the footer|next to a picture at the end", "", _("next to the footer")),
    (r"a table row in a tracked change that was .*", "", _("a table row in a tracked change")),
    (r"the text of .{0,300}, which is embedded in the document", "", _("in a file that is embedded in the document")),
    (r"the text of a drawing for older programs", "", _("the text of a drawing for older programs")),
    (r"from the head of the file", "", _("from the head of the file")),
    (r"the definition of a link that is not used|the title of a link, which mails do not show", "",
     _("part of a link that mails do not show")),
)  # fmt: skip

_CHANGES: Mapping[str, str | Promise] = {"insertion": _("added"), "deletion": _("deleted"), "move": _("moved")}
_UNITS: Mapping[str, str | Promise] = {"line": _("line %(at)s"), "paragraph": _("paragraph %(at)s"), "page": _("page %(at)s")}


class LeftOutRow(NamedTuple):
    """A piece of the document that is not in the issue."""

    position: str
    text: str
    reason: str


class QuestionRow(NamedTuple):
    """A question that the import asks later."""

    position: str
    text: str


class ChangeRow(NamedTuple):
    """A tracked change: what kind in words and as a code, by whom, its text."""

    kind: str
    kind_code: str
    author: str
    text: str


def refusal(code: str, name: str) -> str:
    return str(REFUSALS.get(code, REFUSALS["other"])) % {"name": name}


def step(run: DocumentImport, ahead: int) -> str:
    """What happens to an import that waits for the worker or is being read."""
    if run.state == DocumentImport.State.READING:
        return str(_("Mailroom is reading the document: headings, articles, pictures, sources."))
    if ahead:
        if ahead == 1:
            return str(_("One other document is read first."))
        return str(_("%(count)s other documents are read first.") % {"count": ahead})
    return str(_("The document is next. Reading it takes a few seconds."))


def describe_position(unit: str, at: int) -> str:
    """Name a position in the original document: “line 21”; empty for the whole document."""
    return str(_UNITS.get(unit, "%(at)s")) % {"at": at} if at else ""


def question_text(written: str) -> str:
    """The text of a question as it is shown. A question that the importer did not write is shown as it is."""
    return _text(QUESTION_FORMS, written.removeprefix("check: "))


QUESTION = "question"  # the severity of a finding that only says that a question is open
_QUESTION = _("question of the import")


def is_question(finding: Finding) -> bool:
    """Whether a finding is a question of an import, which is answered on the page of questions."""
    return finding.code == "editor-mark" and str(finding.params.get("text", "")).startswith("check: ")


def as_question(finding: Finding, shown: ShownFinding, part: str) -> ShownFinding:
    """The finding as the question that it is about, in a part. It stops sending, but it is no error of the text."""
    asked = question_text(str(finding.params["text"]))
    return replace(shown, severity=QUESTION, level=str(_QUESTION), location=part, message=asked, hint="")


def kind_of(question: Question) -> str:
    """Questions with the same kind ask the same."""
    kinds = dict.fromkeys(_kind(text.removeprefix("check: ")) for text in question.texts)
    return "+".join(kinds)


def _kind(text: str) -> str:
    return next((kind for form, kind, _shown in QUESTION_FORMS if form.fullmatch(text)), "other")


def _text(patterns: tuple[_Pattern, ...], written: str) -> str:
    for form, _kind, text in patterns:
        if match := form.fullmatch(written):
            return str(text) % match.groupdict()
    return written


def left_out(result: Mapping[str, Any]) -> list[LeftOutRow]:
    return [
        LeftOutRow(describe_position(str(result.get("unit", "")), int(first)), str(text), _text(REASONS, str(reason)))
        for first, _last, text, reason in sorted(result.get("left_out", ()), key=lambda row: (row[0], row[1]))
    ]


def question_rows(asked: Sequence[Question], places: Mapping[str, SourcePlace]) -> list[QuestionRow]:
    """Questions as the page of an import lists them, with their places in the document."""
    known = [places.get(question.seen, SourcePlace("", 0, "")) for question in asked]
    texts = [" ".join(map(question_text, question.texts)) for question in asked]
    return [QuestionRow(describe_position(where.unit, where.number), text) for where, text in zip(known, texts, strict=True)]


def count_contents(run: DocumentImport, asked: Sequence[Question]) -> dict[str, int]:
    """Count what an import read, for the sentence about it. `asked`: the questions that are left."""
    result = run.result or {}
    lines = str(result.get("issue", "")).splitlines()
    return {
        "sections": sum(line.startswith("# ") for line in lines), "articles": sum(line.startswith("## ") for line in lines),
        "pictures": len(result.get("pictures", ())), "left_out": len(result.get("left_out", ())),
        "questions": len(asked), "missing": len(result.get("missing", ())),
    }  # fmt: skip


def tracked_changes(changes: Mapping[str, Any]) -> dict[str, Any]:
    """The tracked changes of a Word document: how many, by whom, and samples."""
    counts: Mapping[str, int] = changes.get("counts", {})
    authors = {name or str(_("an unknown author")): count for name, count in changes.get("authors", {}).items()}
    rows = [ChangeRow(str(_CHANGES.get(kind, kind)), kind, author or str(_("an unknown author")), text)
            for kind, author, text in changes.get("samples", ())]  # fmt: skip
    return {"total": sum(counts.values()), "authors": str(_(", ")).join(authors), "rows": rows}
