"""Finds for each question the passage of the original document."""

from collections import Counter, defaultdict, deque
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from operator import attrgetter

from composer.issue.parsing.issue_file import ISSUE_FILE
from editorial.importing.questions import Question, find
from editorial.models import DocumentImport
from editorial.sources import issue_state

_Key = tuple[object, ...]


@dataclass(frozen=True, slots=True)
class SourcePlace:
    """A passage of a document. `number` counts `unit` (line, paragraph or page); 0: the whole document."""

    unit: str
    number: int
    text: str


def of_questions(questions: Sequence[Question], runs: Iterable[DocumentImport]) -> dict[str, SourcePlace]:
    """The passage of each question, by its `seen`. A question whose place is not certain has none: a wrong one is worse.

    Several places may have the same question, so it is compared with those that the import left: by its part, its texts and its
    passage; if somebody edited that passage, by its part and its texts; if its article was divided or joined, without its part.
    """
    known = [pair for run in runs if run.result for pair in _of_run(run)]
    places: dict[str, SourcePlace] = {}
    for names in (
        ("file", "part", "texts", "passage"),
        ("file", "part", "texts"),
        ("file", "texts", "passage"),
        ("file", "texts"),
    ):
        key_of = attrgetter(*names)
        originals: dict[_Key, list[SourcePlace]] = defaultdict(list)
        for question, source_place in known:
            originals[key_of(question)].append(source_place)
        alike, times = Counter(map(key_of, questions)), Counter[_Key]()
        for question in questions:
            key = key_of(question)
            at, candidates = times[key], originals[key]
            times[key] += 1
            # Of several alike places, all must be left: else nobody knows which of them are.
            if len(candidates) == alike[key]:
                places.setdefault(question.seen, candidates[at])
    return places


def _of_run(run: DocumentImport) -> Iterator[tuple[Question, SourcePlace]]:
    """The questions that an import left in its issue, with their places.

    The import logged questions with the same text in the order of the issue.
    """
    result = run.result or {}
    logged: dict[str, deque[SourcePlace]] = defaultdict(deque)
    for number, text, passage in result["marks"]:
        logged[" ".join(str(text).split())].append(SourcePlace(str(result["unit"]), int(number), str(passage)))
    for question in find(issue_state.of_sources({ISSUE_FILE: str(result["issue"])}, {})):
        passages = [logged[text].popleft() for text in question.texts if logged[text]]
        if passages:
            yield question, next((passage for passage in passages if passage.number), passages[0])
