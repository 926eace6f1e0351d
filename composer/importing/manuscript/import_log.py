"""The log of an import: text left out, words changed, questions. The report and the word audit read it."""

from collections.abc import Iterable
from dataclasses import dataclass, field

from composer.issue.characters import FORBIDDEN
from composer.issue.document import EditorMark


@dataclass(frozen=True, slots=True)
class LeftOut:
    """Text of the source that is not in the issue. Line numbers start at 1, and both ends are included. With an `href` it is a
    link that is not in the issue; its text is elsewhere, or in another entry."""

    line_from: int
    line_to: int
    text: str
    reason: str
    href: str = ""


@dataclass(frozen=True, slots=True)
class RecordedChange:
    """Words of the source that are in the issue in another form, for example a word joined over two lines."""

    line_from: int
    line_to: int
    before: str
    after: str
    reason: str


@dataclass(frozen=True, slots=True)
class LoggedQuestion:
    """What an editor has to decide about a place; `line` is the line in the source, or 0 if there is no such line."""

    line: int
    text: str


def written_question(text: str) -> str:
    return f"check: {FORBIDDEN.sub(' ', text).replace('--', '–')}"  # a document may have any character in an address


@dataclass(slots=True)
class ImportLog:
    """Every step of an import adds to it. `unit` says what its line numbers count: line, paragraph or page."""

    left_out: list[LeftOut] = field(default_factory=list)
    changes: list[RecordedChange] = field(default_factory=list)
    questions: list[LoggedQuestion] = field(default_factory=list)
    notes: dict[str, None] = field(default_factory=dict)  # shown only in the report; each once, in order
    limits: dict[str, None] = field(default_factory=dict)  # why the report cannot promise every word; each once, in order
    unit: str = "line"

    def leave_out(self, line_from: int, line_to: int, text: str, reason: str) -> None:
        self.left_out.append(LeftOut(line_from, line_to, text, reason))

    def leave_links(self, position: int, written: Iterable[tuple[str, str]], reason: str) -> None:
        """Logs links, each as text and address, that the issue cannot contain where they were."""
        self.left_out += [LeftOut(position, position, text, reason, href) for text, href in written]

    def change(self, line_from: int, line_to: int, before: str, after: str, reason: str) -> None:
        self.changes.append(RecordedChange(line_from, line_to, before, after, reason))

    def note(self, text: str) -> None:
        self.notes[text] = None

    def limit(self, text: str) -> None:
        """Records what the import cannot know about this source, as a sentence without its full stop."""
        self.limits[text] = None

    def limit_encoding(self, guess: str) -> None:
        if guess:
            self.limit(f"the file does not say its encoding, so it was read as {guess}: if letters look wrong, save it in UTF-8")

    def ask(self, line: int, texts: Iterable[str]) -> tuple[EditorMark, ...]:
        """Logs questions for the report, each text once, and returns them as blocks for the issue file."""
        asked = [LoggedQuestion(line, text) for text in dict.fromkeys(texts)]
        self.questions += asked
        return tuple(EditorMark(written_question(question.text)) for question in asked)
