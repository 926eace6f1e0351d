"""`mailroom issue check`: the findings of the issue's source or, with --mail, of every composed variant."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

from composer import composition, preflight
from composer.composition import Composition
from composer.errors import ComposeError, Finding
from composer.issue import variants
from composer.issue.document import EditorMark, Figure, Issue
from composer.messages.phrases import phrase
from composer.preflight import source_lines
from composer.preflight.parsed_html import ParsedHtml
from config.env import EMAIL_THEMES, UNSTORED_MEDIA_URL

MOST_SCORED = 4  # variants; the filter needs seconds for each
ConditionCheck = Callable[[Sequence[Issue]], tuple[Finding, ...]]


def check_source(folder: Path) -> tuple[Finding, ...]:
    """The errors in the issue in each of its languages, in its themes and its conditions, and the marks left in it.

    Checks that pictures exist, but does not open them.
    """
    try:
        issues = composition.load_issues(folder)
    except ComposeError as error:
        return error.findings
    found = [finding for one in issues for finding in (*one.findings, *_left_to_do(one))]
    try:
        found += [finding for look in composition.load_themes(issues, EMAIL_THEMES).values() for finding in look.findings]
    except ComposeError as error:
        found += error.findings
    try:
        variants.variants_of(issues)
    except ComposeError as error:
        found += error.findings
    return tuple(_once(found))


def _once(findings: Iterable[Finding]) -> Iterable[Finding]:
    """Remove repetitions: each language reports a fault that belongs to all of them."""
    return {(each.code, each.file, each.line, each.column, str(each.params)): each for each in findings}.values()


def _left_to_do(one: Issue) -> list[Finding]:
    """Errors that forbid sending although the issue can be read: marks for the editor, a missing picture, a missing address.
    The pre-send checks of the mail find the same."""
    found: list[Finding] = []
    for block in one.blocks():
        if isinstance(block, EditorMark):
            found.append(Finding("editor-mark", "error", {"text": block.text}, one.file, block.line))
        elif isinstance(block, Figure) and block.missing:
            found.append(Finding("image-missing", "error", {}, one.file, block.line))
    if not one.footer.address.strip():
        line = one.lines.get("footer.address", one.lines.get("footer"))
        found.append(Finding("postal-address", "error", {"where": phrase("the issue")}, one.file, line))
    return found


@dataclass(frozen=True)
class MailCheck:
    """The result of checking the mails of an issue. `composition` is None where the issue could not be composed."""

    findings: tuple[Finding, ...]
    composition: Composition | None = None
    spam: dict[str, object] | None = None


def check_mail(
    folder: Path, *, levels: Mapping[str, str] | None = None, conditions: ConditionCheck | None = None, advertising: bool = False,
    online: bool = False, loopback: bool = False, spam: bool = False,
) -> MailCheck:  # fmt: skip
    """Run all pre-send checks on every variant. `levels` are the publication's own; `conditions` finds conditions on fields that
    the publication does not know; `advertising`: for a list that advertises in China. `online` requests every link, `spam`
    asks this machine's spam filter."""
    try:
        made = composition.compose_folder(
            folder, theme_root=EMAIL_THEMES, picture_url=lambda picture: f"{UNSTORED_MEDIA_URL}{picture.name}"
        )
    except ComposeError as error:
        return MailCheck((*error.findings, *_asked_in_vain(folder, conditions)))
    found = [*made.findings, *(conditions(made.issues) if conditions else ())]
    if advertising:
        for one in made.issues:
            found += preflight.inspect_subject(one.subject, one.file, one.lines.get("subject"))
    if online:
        from cli.issue import link_check

        urls = (link.url for variant in made.variants for link in ParsedHtml(variant.mail.html).links)
        found += link_check.findings(link_check.try_links(urls, loopback=loopback), _places(made.issues))
    scored = _score(made) if spam else None
    told: dict[str, object] | None = {"skipped": scored} if isinstance(scored, str) else None
    if isinstance(scored, Finding):
        found.append(scored)
        told = scored.params
    return MailCheck(preflight.levelled(found, levels or {}), made, told)


def _asked_in_vain(folder: Path, conditions: ConditionCheck | None) -> tuple[Finding, ...]:
    """The findings of `conditions` for an issue that can be read but not composed, so that all errors are reported together."""
    try:
        return conditions(composition.load_issues(folder)) if conditions else ()
    except ComposeError:
        return ()


def _places(issues: Iterable[Issue]) -> dict[str, list[tuple[str, int]]]:
    """URL -> (file, line) of each place where it is written."""
    found: dict[str, list[tuple[str, int]]] = {}
    for one in issues:
        for url, places in source_lines.SourceLines(one, {}).links.items():
            found.setdefault(url, []).extend((one.file, line) for line, _ in places if line)
    return found


def _score(made: Composition) -> Finding | str:
    """The finding of the worst variant, or why there is no score."""
    from composer import spamassassin

    scores = []
    try:
        for variant in made.variants[:MOST_SCORED]:
            mail = variant.mail
            scores.append(spamassassin.score(spamassassin.message_of(mail.subject, mail.html, mail.text, mail.fields)))
    except spamassassin.NotScoredError as reason:
        return str(reason)
    worst: Finding = spamassassin.finding(max(scores, key=lambda each: each.points))
    return worst


def budgets(made: Composition) -> list[dict[str, object]]:
    """For each variant: the bytes of its HTML, the limit, and how many bytes each article takes."""
    return [
        {
            "variant": variant.name, "html_bytes": budget.html, "quoted_printable_bytes": budget.encoded, "limit": budget.limit,
            "left": budget.limit - budget.html, "rest": budget.rest,
            "articles": [{"id": each.id, "title": each.title, "line": each.line, "bytes": each.size} for each in budget.articles],
        }
        for variant in made.variants
        if (budget := variant.mail.budget) is not None
    ]  # fmt: skip
