"""The article of an issue for a WeChat official account: of its current version, or of its newest source if it has none."""

from dataclasses import dataclass
from functools import lru_cache
from pathlib import Path

from django.conf import settings

from composer.composition import load_issues, load_themes
from composer.errors import ComposeError
from composer.images.picture_encoder import Picture
from composer.issue.document import Figure, Issue
from composer.issue.parsing.issue_file import ISSUE_FILE, parse_issue
from composer.pipeline import encode_pictures
from composer.themes.theme_loading import load_theme
from composer.wechat.article import WechatArticle
from composer.wechat.export import CheckedArticle, checked_article, choose_issue
from editorial import issue_versions, media_store, stored_pictures
from editorial.media_store import StoreError
from editorial.models import IssueRecord, IssueVersion
from editorial.previewing import issue_preview
from editorial.public_pages import PLAIN_THEME
from editorial.sources import issue_state
from editorial.sources.issue_state import IssueState


class NoArticleError(Exception):
    """There is no text yet, or a picture cannot be read. The message is the path of that picture; empty without a text."""


@dataclass(frozen=True, slots=True)
class IssueArticle:
    """`version`: the version whose article it is; None if it is that of `state`, the newest source."""

    checked: CheckedArticle
    languages: tuple[str, ...]
    version: IssueVersion | None = None
    state: IssueState = issue_state.EMPTY

    @property
    def article(self) -> WechatArticle:
        return self.checked.article


def article_of(issue: IssueRecord, language: str = "") -> IssueArticle:
    """Returns the article in a language, in Chinese if it is not given. Raises ComposeError and NoArticleError."""
    version = issue.current
    if version is not None:
        return _of_version(version.pk, language, settings.EMAIL_THEMES)
    state = issue_state.head(issue.pk)
    if not state.files:
        raise NoArticleError
    try:
        folder = issue_preview.folder_of(state)
        return _of_state(state, folder, language)
    except issue_preview.UnreadablePictureError as problem:
        raise NoArticleError(str(problem)) from problem
    except ComposeError as error:  # their files are in the folder of the pictures
        raise ComposeError([issue_versions.of_file(finding) for finding in error.findings]) from error


def _of_state(state: IssueState, folder: Path, language: str) -> IssueArticle:
    issues = load_issues(folder, state.sources)
    if faults := issue_versions.condition_faults(issues):
        raise ComposeError(faults)
    issue = choose_issue(issues, language)
    theme = load_themes(issues, settings.EMAIL_THEMES)[issue.theme]
    checked = checked_article(issue, theme, encode_pictures(issue, folder))
    findings = tuple(map(issue_versions.of_file, checked.findings))
    return IssueArticle(CheckedArticle(checked.article, findings), tuple(issue.language for issue in issues), state=state)


# A stored version never changes, and its page, its frame and its files are requested one after the other.
@lru_cache(maxsize=4)
def _of_version(version_id: int, language: str, themes: Path) -> IssueArticle:
    version = IssueVersion.objects.get(pk=version_id)
    sources = sorted(version.sources.items(), key=lambda file: (file[0] != ISSUE_FILE, file[0]))
    issues = [parse_issue(text, file=name) for name, text in sources]
    issue = choose_issue(issues, language)
    try:
        theme = load_theme(issue.theme, themes)
    except ComposeError:  # the theme is gone; the text is the same in every other
        theme = load_theme(PLAIN_THEME, themes)
    checked = checked_article(issue, theme, _stored_pictures(version, issue))
    return IssueArticle(checked, tuple(issue.language for issue in issues), version)


def _stored_pictures(version: IssueVersion, issue: Issue) -> dict[str, Picture]:
    """Returns src -> picture of a version's figures, from the store. Raises NoArticleError."""
    used = {block.src for block in issue.blocks() if isinstance(block, Figure) and not block.missing}
    names = {src: name for src, name in version.pictures if src in used}
    media = stored_pictures.by_name(version)
    pictures: dict[str, Picture] = {}
    for src, name in names.items():
        try:
            row = media[name]
            with media_store.opened(name) as file:
                data = file.read()
        except (KeyError, StoreError) as problem:
            raise NoArticleError(src) from problem
        pictures[src] = Picture(name, row.content_type, data, row.width, row.height, row.digest)
    return pictures
