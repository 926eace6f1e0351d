"""Rules about subject, preheader and text: lengths, leftover placeholders, invisible characters, and a complete text part."""

import re
from collections.abc import Iterator
from functools import lru_cache

from composer.errors import Finding
from composer.issue import starter
from composer.issue.document import EditorMark, plain
from composer.issue.parsing.issue_file import load_issue
from composer.messages.phrases import phrase
from composer.preflight.mail import Mail
from composer.preflight.parsed_html import single_spaces, squeezed
from composer.preflight.rule_registry import fault, rule
from composer.rendering.text_wrapping import columns

# Columns, at least and at most. The console and docs/issue-format.md have the same numbers.
SUBJECT_COLUMNS = (10, 90)
PREHEADER_COLUMNS = (70, 130)  # after a shorter one, inboxes also show the first words of the mail
PREHEADER_SHORTEST = 40  # columns; a shorter one is a warning whatever follows it
SUBJECT_LONGEST = 255  # characters that headers can carry everywhere
LEAST_TEXT = 0.2  # of the text of the HTML

CONTROL = re.compile("[\x00-\x08\x0b\x0c\x0e-\x1f\x7f-\x9f\u202a-\u202e\u2066-\u2069]")
_LINE_END = re.compile("[\r\n\u2028\u2029]")
_MARKS = re.compile("[\u200e\u200f\u061c\u200b\u2060\ufeff]")
_ESCAPE = re.compile(r"\\u\{[0-9a-fA-F]+\}|\\[nrt]")
_SHOUTING = re.compile(r"[!！?？]\s*[!！?？]|\${2,}|€{2,}|¥{2,}|[*★☆]{2,}")
_FILLER = re.compile("[\u200c\u034f\u00ad\ufeff\u2007]")
_LOREM_IPSUM = re.compile(r"lorem ipsum", re.IGNORECASE)
_NOTES = re.compile(r"\b(?:TODO|FIXME|TBD|XXX+)\b")
_PARTS = (phrase("the HTML"), phrase("the plain-text part"))


@rule("subject", "error", "warning", origin="issue")
def _subject(mail: Mail) -> Iterator[Finding]:
    """Checks the subject with an ordinary name, because a long name is not the editor's fault."""
    line, shown = mail.issue.lines.get("subject"), mail.as_usual(mail.subject)
    wide, (least, most) = columns(shown), SUBJECT_COLUMNS
    limits = {"least": least, "most": most}
    if len(shown) > SUBJECT_LONGEST:
        too_long = phrase("the subject has {size} characters; only {limit} are safe", size=len(shown), limit=SUBJECT_LONGEST)
        yield fault("error", line, problem=too_long, **limits)
    elif wide > most:
        cut = phrase("the subject is too long (width {wide}); inboxes cut it off", wide=wide)
        yield fault("warning", line, problem=cut, **limits)
    elif wide < least:
        too_short = phrase("the subject is too short (width {wide}): “{shown}”", wide=wide, shown=shown)
        yield fault("warning", line, problem=too_short, **limits)


@rule("subject-capitals", "warning", origin="issue")
def _capitals(mail: Mail) -> Iterator[Finding]:
    cased = [letter for letter in mail.as_usual(mail.subject) if letter.lower() != letter.upper()]
    if len(cased) >= 8 and all(letter == letter.upper() for letter in cased):
        yield fault("warning", mail.issue.lines.get("subject"))


@rule("subject-signs", "warning", origin="issue")
def _exclamation_marks(mail: Mail) -> Iterator[Finding]:
    match = _SHOUTING.search(mail.issue.subject)
    if match or len(re.findall("[!！]", mail.issue.subject)) > 1:
        yield fault("warning", mail.issue.lines.get("subject"), found=match[0] if match else "!")


@rule("subject-characters", "error", origin="issue")
def _subject_characters(mail: Mail) -> Iterator[Finding]:
    for key, text in (("subject", mail.subject), ("preheader", mail.preheader)):
        for character in sorted({*CONTROL.findall(text), *_LINE_END.findall(text), *_MARKS.findall(text)}):
            yield fault("error", mail.issue.lines.get(key), key=key, character=f"U+{ord(character):04X}")


@rule("preheader", "error", origin="issue.mjml.j2")
def _preheader(mail: Mail) -> Iterator[Finding]:
    preheader = " ".join(mail.issue.preheader.split())
    begin = _until_field(preheader)
    if not preheader or begin not in mail.parsed.body_text:
        absent = phrase("the preview text is not in the mail")
        yield fault("error", mail.issue.lines.get("preheader") if not preheader else None, problem=absent)
    elif begin in mail.parsed.seen and not any(begin in single_spaces(element.itertext()) for element in mail.parsed.hidden):
        yield fault("error", problem=phrase("the preview text is not hidden, so it appears a second time as text"))


def _until_field(text: str) -> str:
    """Returns the beginning of the text up to a merge field."""
    return text.split("{{")[0][:30].strip() or text.split("}}")[-1][:30].strip()


@rule("preheader-length", "warning", origin="issue")
def _preheader_length(mail: Mail) -> Iterator[Finding]:
    wide, (least, most) = columns(mail.as_usual(mail.preheader)), PREHEADER_COLUMNS
    if wide and not PREHEADER_SHORTEST <= wide <= most:
        yield fault("warning", mail.issue.lines.get("preheader"), wide=wide, least=least, most=most)


@rule("preheader-subject", "warning", origin="issue")
def _preheader_subject(mail: Mail) -> Iterator[Finding]:
    if mail.issue.preheader and mail.issue.preheader.strip().casefold() == mail.issue.subject.strip().casefold():
        yield fault("warning", mail.issue.lines.get("preheader"))


@rule("preheader-filler", "info", origin="issue")
def _filler(mail: Mail) -> Iterator[Finding]:
    """After a short preheader, an inbox shows the next text of the mail, unless invisible filler follows."""
    wide, least = columns(mail.as_usual(mail.preheader)), PREHEADER_COLUMNS[0]
    if not PREHEADER_SHORTEST <= wide < least:
        return
    begin = _until_field(" ".join(mail.issue.preheader.split()))
    rest = "".join(text for _, text in mail.parsed.texts).partition(begin)[2]
    if len(_FILLER.findall(rest[: 10 * least])) < least - wide:
        yield fault("info", mail.issue.lines.get("preheader"), wide=wide, least=least)


@rule("control-chars", "error", origin="issue.mjml.j2")
def _controls(mail: Mail) -> Iterator[Finding]:
    for name, part in zip(_PARTS, (mail.html, mail.text), strict=True):
        for match in {match[0]: match for match in CONTROL.finditer(part)}.values():
            before = re.split(r"[<>\n]", part[max(0, match.start() - 30) : match.start()])[-1].strip()
            line = mail.sources.line_of_words(match[0]) or (mail.sources.line_of_words(before) if len(before) > 5 else None)
            yield fault("error", line, part=name, character=f"U+{ord(match[0]):04X}")


@rule("literal-escape", "error", origin="issue.mjml.j2")
def _escapes(mail: Mail) -> Iterator[Finding]:
    """The MJML engine writes some characters in attributes as literal escapes."""
    for element in mail.parsed.elements:
        for name in ("alt", "title", "href", "content"):
            value = element.get(name) or ""
            match = _ESCAPE.search(value)
            if match:
                yield fault("error", mail.sources.line_of_words(value), found=match[0], attribute=name, words=value[:60])


@rule("placeholder", "error", "warning", origin="issue")
def _placeholders(mail: Mail) -> Iterator[Finding]:
    """Finds placeholders that nobody replaced, in the texts of the issue and of the theme."""
    seen: set[str] = set()
    placeholders = starter_texts()
    for line, source_text in mail.sources.texts:
        for text in [source_text] if source_text in placeholders else _LOREM_IPSUM.findall(source_text):
            seen.add(text)
            yield fault("error", line, text=text[:60])
        for text in _NOTES.findall(source_text):
            seen.add(text)
            yield fault("warning", line, text=text)
    for text in dict.fromkeys(_LOREM_IPSUM.findall(f"{mail.parsed.body_text} {mail.text}")):
        if text not in seen:
            yield fault("error", text=text)


@lru_cache(maxsize=1)
def starter_texts() -> frozenset[str]:
    """Returns the texts of the starter issue, which an editor must replace."""
    issue = load_issue(starter.FOLDER)
    heads = [issue.organisation, issue.subject, issue.preheader, issue.footer.about, issue.footer.address]
    titles = [article.title for article in issue.articles()]
    blocks = [" ".join(plain(content).split()) for block in issue.blocks() for content in block.contents()]
    credits_ = [credit.name for credit in issue.credits]
    # Only texts of three or more words: “Coming up” may be intended.
    return frozenset(text for text in (*heads, *titles, *blocks, *credits_) if text.count(" ") >= 2)


@rule("text-missing", "error", origin="text.txt.j2")
def _text_missing(mail: Mail) -> Iterator[Finding]:
    if not mail.squeezed_text:
        yield fault()


@rule("text-parity", "error", origin="text.txt.j2")
def _parity(mail: Mail) -> Iterator[Finding]:
    bare = mail.squeezed_text
    if not bare:
        return
    for article in mail.issue.articles():
        if squeezed(article.title) not in bare:
            yield fault(what=phrase("the title “{title}”", title=article.title))
    seen: set[str] = set()
    for link in mail.parsed.links:
        target = link.url.removeprefix("mailto:").removeprefix("tel:")
        if not target.startswith(("#", "-mr_")) and squeezed(target) not in bare and target not in seen:
            seen.add(target)
            yield fault(what=phrase("the link {url}", url=link.url))
    if len(bare) < LEAST_TEXT * len(mail.parsed.squeezed):
        yield fault(what=phrase("most of the text of the HTML"))


@rule("postal-address", "error", origin="issue")
def _address(mail: Mail) -> Iterator[Finding]:
    address = squeezed(mail.issue.footer.address)
    line = mail.issue.lines.get("footer.address", mail.issue.lines.get("footer"))
    if not address:
        yield fault("error", line, where=phrase("the issue"))
        return
    for where, text in zip(_PARTS, (mail.parsed.squeezed, mail.squeezed_text), strict=True):
        if text and address not in text:
            yield fault(where=where)


@rule("editor-mark", "error", origin="issue")
def _marks(mail: Mail) -> Iterator[Finding]:
    for block in mail.sources.blocks:
        if isinstance(block, EditorMark):
            yield fault("error", block.line, text=block.text)
