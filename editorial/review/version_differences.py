"""What differs between two contents of an issue: by part, with the changed words, and pictures, subjects and preheaders."""

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass

from composer.issue.parts.outline import kind_of, title_of
from composer.issue.parts.splitting import Part, Parts, texts_of
from editorial import text_differences
from editorial.models import Decision, IssueRecord, IssueSource, IssueVersion, Review
from editorial.sources import issue_state
from editorial.text_differences import ComparisonBudget, DifferenceRow

_CONTEXT = 2  # equal lines that are shown around a change
Shown = Callable[[Part, Parts], str]  # a part and all parts of its file -> the text that is compared


@dataclass(frozen=True, slots=True)
class Content:
    """One content of an issue: a version, or the newest source (`version` is None).

    `digests`: path of a picture -> SHA-256 of the file, if known. `stored`: path -> its name in mails; only of versions.
    """

    version: IssueVersion | None
    files: Mapping[str, Parts]
    digests: Mapping[str, str] | None
    stored: Mapping[str, str]


@dataclass(frozen=True, slots=True)
class PartDifference:
    """`change`: added, removed or changed; moved: only the order of the file's parts changed; unseen: the source changed, but
    not what is compared of it, such as bold letters or a note for editors."""

    file: str
    kind: str
    title: str
    change: str
    rows: tuple[DifferenceRow, ...] = ()


@dataclass(frozen=True, slots=True)
class PictureDifference:
    """`before` and `after`: names of the stored pictures; empty where there is none."""

    path: str
    change: str
    before: str
    after: str


@dataclass(frozen=True, slots=True)
class MailDifference:
    """The subject and the preheader of one variant before and after; None: there is no such variant."""

    number: int
    language: str
    subject: tuple[DifferenceRow, ...]
    preheader: tuple[DifferenceRow, ...]


@dataclass(frozen=True, slots=True)
class Differences:
    parts: tuple[PartDifference, ...]
    pictures: tuple[PictureDifference, ...]
    mails: tuple[MailDifference, ...]

    def __bool__(self) -> bool:
        return bool(self.parts or self.pictures or self.mails)


def of_version(version: IssueVersion) -> Content:
    digests = None
    if version.revision is not None:
        digests = issue_state.at_edit(version.issue_id, version.revision.edit).pictures
    stored = {str(path): str(name) for path, name in version.pictures}
    return Content(version, parts_of(version), digests, stored)


def parts_of(version: IssueVersion) -> Mapping[str, Parts]:
    return issue_state.of_sources(version.sources, {}).files


def of_head(issue: IssueRecord) -> Content:
    state = issue_state.head(issue.pk)
    return Content(None, state.files, state.pictures, {})


def is_changed(version: IssueVersion) -> bool:
    """Whether the newest source is not the content of a version any more."""
    number = IssueSource.objects.filter(issue=version.issue_id).values_list("head", flat=True).first() or 0
    if version.revision is not None and version.revision.edit == number:
        return False
    state = issue_state.at_edit(version.issue_id, number)
    if not state.files:
        return False
    before = of_version(version)
    return before.files != state.files or (before.digests is not None and before.digests != state.pictures)


def _source(part: Part, _parts: Parts) -> str:
    return part.text.rstrip("\n")


def compare(before: Content, after: Content, shown: Shown = _source) -> Differences:
    """Everything that differs, in the order of the newer content. `shown`: what is compared of a part; else its source."""
    budget = ComparisonBudget()
    mails = tuple(_mails(before.version, after.version, budget))  # first: they are short
    parts = [
        difference
        for file in dict.fromkeys((*after.files, *before.files))
        for difference in _parts(file, before.files.get(file, ()), after.files.get(file, ()), shown, budget)
    ]
    return Differences(tuple(parts), tuple(_pictures(before, after)), mails)


def _parts(file: str, before: Parts, after: Parts, shown: Shown, budget: ComparisonBudget) -> Iterator[PartDifference]:
    old, new = texts_of(before), texts_of(after)
    for part in (*after, *(old_part for old_part in before if old_part.id not in new)):
        first, second = old.get(part.id), new.get(part.id)
        if first == second:
            continue
        change = "added" if first is None else "removed" if second is None else "changed"
        texts = ["" if text is None else shown(Part(part.id, text), parts) for text, parts in ((first, before), (second, after))]
        if change == "changed" and texts[0] == texts[1]:
            yield PartDifference(file, *_named(part), "unseen")
            continue
        rows = text_differences.compare(*texts, context=_CONTEXT, budget=budget)
        if change != "changed":
            rows = tuple(row for row in rows if row.text or row.kind == change)
        yield PartDifference(file, *_named(part), change, rows)
    kept = [name for name in new if name in old]
    if kept != [name for name in old if name in new]:
        yield PartDifference(file, "outline", "", "moved")


def _named(part: Part) -> tuple[str, str]:
    return kind_of(part), title_of(part)


def _pictures(before: Content, after: Content) -> Iterator[PictureDifference]:
    of_versions = before.version is not None and after.version is not None
    old, new = (before.stored, after.stored) if of_versions else (before.digests, after.digests)
    if old is None or new is None:  # only the paths are known
        paths = before.stored if old is None else old
        old, new = dict.fromkeys(paths, ""), dict.fromkeys(after.stored if new is None else new, "")
    for path in sorted({*old, *new}):
        if old.get(path) != new.get(path):
            change = "added" if path not in old else "removed" if path not in new else "changed"
            yield PictureDifference(path, change, before.stored.get(path, ""), after.stored.get(path, ""))


def _mails(before: IssueVersion | None, after: IssueVersion | None, budget: ComparisonBudget) -> Iterator[MailDifference]:
    if before is None or after is None:  # the mails of the newest source are not composed; its head is a part
        return
    old, new = ({variant.number: variant for variant in version.variants.defer("html", "text")} for version in (before, after))
    for number in sorted({*old, *new}):
        first, second = old.get(number), new.get(number)
        rows_of_texts = [
            text_differences.compare(getattr(first, name, ""), getattr(second, name, ""), budget=budget)
            for name in ("subject", "preheader")
        ]
        if any(row.kind != text_differences.EQUAL for rows in rows_of_texts for row in rows):
            shown = second or first
            yield MailDifference(number, shown.language if shown else "", *rows_of_texts)


def reviewed_before(review: Review) -> IssueVersion | None:
    """The version of the last review of the issue whose content was another one."""
    earlier = Review.objects.filter(version__issue=review.version.issue_id, pk__lt=review.pk)
    last = earlier.exclude(version__digest=review.version.digest).select_related("version__revision").order_by("-id").first()
    return last.version if last else None


def last_approval(issue: IssueRecord) -> Decision | None:
    approvals = Decision.objects.filter(version__issue=issue, kind=Decision.Kind.APPROVE)
    return approvals.select_related("version__revision").order_by("-id").first()
