"""Comments on an issue: at a part and a quotation from it, with answers, resolved and reopened. Nobody edits or deletes one."""

import re
from collections import defaultdict
from collections.abc import Collection, Mapping
from dataclasses import dataclass
from functools import lru_cache

from django.db import transaction
from django.db.models import Count

from composer.issue.parts.splitting import Part, Parts, split, texts_of
from editorial.models import Comment, IssueRecord, IssueVersion, ReviewLink
from editorial.review import open_reviews, written_text
from editorial.sources import issue_state
from publication import audit, clock
from publication.domain_errors import DomainError
from publication.models import Actor

_DROPPED = re.compile(r"<!--.*?(?:-->|\Z)|^[ ]{0,3}:::[^\n]*$|(?<![ \t])[ \t]*\{[#.][^{}\n]*\}[ \t]*$", re.DOTALL | re.MULTILINE)
_HEADING = re.compile(r"^[ ]{0,3}#{1,6}[ \t]+", re.MULTILINE)
_LINK = re.compile(r"!?\[((?:[^\[\]\\]|\\.)*)\]\([^()\n]*(?:\([^()\n]*\)[^()\n]*)*\)")
_MARK = re.compile(r"(?<!\\)(?:\*{1,3}|`+|(?<!\w)_{1,3}(?=\w)|(?<=\w)_{1,3}(?!\w))")
_ESCAPE = re.compile(r"\\([!-/:-@\[-`{-~])")
_SPACES = re.compile(r"\n[ \t]*\n\s*")
_WORD = re.compile(r"[^\W_]+")


def readable(source: str) -> str:
    """The text of a part without the marks of its source."""
    text = _HEADING.sub("", _DROPPED.sub("", source))
    text = _ESCAPE.sub(r"\1", _MARK.sub("", _LINK.sub(r"\1", text)))
    return _SPACES.sub("\n\n", text).strip()


def is_in(quotation: str, source: str) -> bool:
    """Whether the words of a quotation follow each other in a part: spaces, marks and punctuation between them may differ."""
    passage = " ".join(quotation.split())
    if not passage:
        return False
    if passage in " ".join(source.split()):
        return True
    terms = _WORD.findall(passage)
    return bool(terms) and _pattern(tuple(terms)).search(readable(source)) is not None


@lru_cache(maxsize=256)
def _pattern(terms: tuple[str, ...]) -> re.Pattern[str]:
    """The words with something between them. Each gap is followed by a letter, so that the search never goes back."""
    return re.compile(r"[\W_]+".join(map(re.escape, terms)))


LONGEST_TEXT = 5000
LONGEST_QUOTATION = 1000
MOST_THREADS = 200
Texts = Mapping[str, Mapping[str, str]]  # file -> part -> text


class CommentError(DomainError):
    """A comment that cannot be stored."""


@dataclass(frozen=True, slots=True)
class Thread:
    """A comment with its answers. `location`: issue, part; found or gone: whether its quotation is in the newest source.

    `part`: its part as it is now, or without a text if that is gone.
    """

    comment: Comment
    replies: tuple[Comment, ...]
    location: str
    part: Part


def add(
    actor: Actor,
    issue: IssueRecord,
    text: str,
    *,
    version: IssueVersion | None = None,
    file: str = "",
    part: str = "",
    quotation: str = "",
    is_selected: bool = False,
    link: ReviewLink | None = None,
    name: str = "",
) -> Comment:
    """Comment on a version, or on the newest source if `version` is None. Raises CommentError.

    A quotation without a part is looked up. `is_selected`: it was selected on a page, where the mail has words that are in no
    part, such as the name in the greeting. Then it need not be found, and the part is only where to look first.
    `link` and `name`: of a guest, whose link the caller has checked.
    """
    _require_person(actor, issue, link)
    text = written_text.checked(text, LONGEST_TEXT, CommentError)
    quotation = " ".join(written_text.checked(quotation, LONGEST_QUOTATION, CommentError, may_be_empty=True).split())
    if file or part or quotation:
        texts = texts_of_version(version) if version is not None else texts_of_head(issue)
        file, part = (_nearest_place if is_selected else _place)(texts, file, part, quotation)
    return _keep(actor, issue, text, version, link, name, file=file, part=part, quotation=quotation)


def reply(actor: Actor, comment: Comment, text: str, *, link: ReviewLink | None = None, name: str = "") -> Comment:
    """Answer a comment, or another answer to it. Raises CommentError."""
    _require_person(actor, comment.issue, link)
    text = written_text.checked(text, LONGEST_TEXT, CommentError)
    first = comment.parent or comment
    return _keep(actor, comment.issue, text, first.version, link, name, parent=first)


def _keep(
    actor: Actor, issue: IssueRecord, text: str, version: IssueVersion | None, link: ReviewLink | None, name: str, **where: object
) -> Comment:
    called = name or (link.name if link else actor.name)
    with transaction.atomic():
        made = Comment.objects.create(
            issue=issue, version=version, text=text, actor=actor, link=link, name=called, created_at=clock.now(), **where
        )
        audit.record(actor, "comment", made, issue=issue.slug)
    return made


def resolve(actor: Actor, comment_id: int) -> Comment:
    """Mark a comment and its answers as done; once more changes nothing. Raises CommentError."""
    return _settle(actor, comment_id, done=True)


def reopen(actor: Actor, comment_id: int) -> Comment:
    return _settle(actor, comment_id, done=False)


def _settle(actor: Actor, comment_id: int, *, done: bool) -> Comment:
    with transaction.atomic():
        comment = Comment.objects.select_for_update(of=("self",), no_key=True).filter(pk=comment_id, parent=None).first()
        if comment is None:
            raise CommentError("unknown")
        if (comment.resolved_at is not None) != done:
            comment.resolved_at, comment.resolved_by = (clock.now(), actor) if done else (None, None)
            comment.save(update_fields=["resolved_at", "resolved_by"])
            audit.record(actor, "resolve_comment" if done else "reopen_comment", comment)
    return comment


def threads(issue: IssueRecord, texts: Texts | None = None) -> list[Thread]:
    """The newest comments of an issue with their answers, the oldest first. `texts`: of the newest source, if known already."""
    texts = texts_of_head(issue) if texts is None else texts
    comments = Comment.objects.filter(issue=issue, parent=None).select_related("actor", "version", "link", "resolved_by")
    newest = sorted(comments.order_by("-id")[:MOST_THREADS], key=lambda comment: comment.pk)
    replies: dict[int | None, list[Comment]] = defaultdict(list)
    for answer in Comment.objects.filter(parent__in=newest).select_related("actor", "link").order_by("id"):
        replies[answer.parent_id].append(answer)
    return [
        Thread(comment, tuple(replies[comment.pk]), location_of(comment, texts), _part_of(comment, texts)) for comment in newest
    ]


def open_in_part(issue: IssueRecord, file: str, part: str) -> list[Comment]:
    """The comments on a part that nobody has resolved, the oldest first."""
    comments = Comment.objects.filter(issue=issue, parent=None, resolved_at=None, file=file, part=part)
    return list(comments.order_by("id")[:MOST_THREADS])


def open_by_part(issue: IssueRecord) -> dict[tuple[str, str], int]:
    """(file, part) -> how many comments on it nobody has resolved."""
    counts = Comment.objects.filter(issue=issue, parent=None, resolved_at=None).exclude(part="")
    return {(file, part): count for file, part, count in counts.values_list("file", "part").annotate(count=Count("id"))}


def to_half(issue: IssueRecord, file: str, part: str, new: str, text: str, new_text: str) -> list[int]:
    """After a part was divided: the comments whose quotation is only in the new part go there. Returns their ids.

    `text` and `new_text`: those of the part and of the new one, as they are now.
    """
    quoting = Comment.objects.filter(issue=issue, file=file, part=part).exclude(quotation="")
    moved = [comment.pk for comment in quoting if is_in(comment.quotation, new_text) and not is_in(comment.quotation, text)]
    return to_part(issue, file, part, new, moved)


def to_part(issue: IssueRecord, file: str, part: str, new: str, ids: Collection[int] | None = None) -> list[int]:
    """After parts were divided or joined: the comments on a part, or those of them with these ids, go to another part.

    Returns their ids.
    """
    comments = Comment.objects.filter(issue=issue, file=file, part=part)
    moved = sorted((comments if ids is None else comments.filter(pk__in=ids)).values_list("pk", flat=True))
    Comment.objects.filter(pk__in=moved).update(part=new)
    return moved


def _part_of(comment: Comment, texts: Texts) -> Part:
    return Part(comment.part, texts.get(comment.file, {}).get(comment.part, ""))


def location_of(comment: Comment, texts: Texts) -> str:
    """Where a comment is in a source: issue, part, found, or gone if its part or its quotation is not there any more."""
    if not comment.part:
        return "issue"
    text = texts.get(comment.file, {}).get(comment.part)
    if text is None or (comment.quotation and not is_in(comment.quotation, text)):
        return "gone"
    return "found" if comment.quotation else "part"


def texts_of_head(issue: IssueRecord) -> Texts:
    """The texts of the newest source. An issue from before sources were kept has those of its current version."""
    state = issue_state.head(issue.pk)
    if not state.files and issue.current is not None:
        return texts_of_version(issue.current)
    return _texts(state.files)


def texts_of_version(version: IssueVersion) -> Texts:
    return _texts({file: split(text) for file, text in version.sources.items()})


def _texts(files: Mapping[str, Parts]) -> Texts:
    return {file: texts_of(parts) for file, parts in files.items()}


def _place(texts: Texts, file: str, part: str, quotation: str) -> tuple[str, str]:
    """The file and the part of a comment. Raises CommentError if they do not exist or the quotation is not in them."""
    if file or part:
        if part not in texts.get(file, {}):
            raise CommentError("part", part=part)
        if quotation and not is_in(quotation, texts[file][part]):
            raise CommentError("quotation")
        return file, part
    for name, parts in texts.items():
        for part_id, text in parts.items():
            if is_in(quotation, text):
                return name, part_id
    raise CommentError("quotation")


def _nearest_place(texts: Texts, file: str, part: str, quotation: str) -> tuple[str, str]:
    """The file and the part whose text has the quotation; first the given part, then the others of its file. Empty: no part."""
    every = [(name, part_id) for name, parts in texts.items() for part_id in parts]
    nearest = sorted(every, key=lambda location: (location != (file, part), location[0] != file))
    return next((location for location in nearest if is_in(quotation, texts[location[0]][location[1]])), ("", ""))


def _require_person(actor: Actor, issue: IssueRecord, link: ReviewLink | None) -> None:
    """Only people comment, as themselves: an account, or a guest by a link to a version of this issue."""
    if link is not None:
        if actor.kind == Actor.Kind.GUEST and link.version.issue_id == issue.pk:
            return
    elif actor.user is not None and actor.user.is_active and actor.user.has_perm(open_reviews.MAY_COMMENT):
        return
    raise CommentError("permission", name=actor.name)
