"""`mailroom issue check`: the findings of the issue's source or, with --mail, of every composed variant."""

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import asdict, dataclass
from pathlib import Path

from composer import composition, preflight
from composer.composition import Composition
from composer.errors import ComposeError, Finding
from composer.issue import variants
from composer.issue.digest import has_stories
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
    findings = [finding for issue in issues for finding in (*issue.findings, *_left_to_do(issue))]
    try:
        findings += [finding for look in composition.load_themes(issues, EMAIL_THEMES).values() for finding in look.findings]
    except ComposeError as error:
        findings += error.findings
    try:
        variants.variants_of(issues)
    except ComposeError as error:
        findings += error.findings
    return tuple(_once(findings))


def _once(findings: Iterable[Finding]) -> Iterable[Finding]:
    """Remove repetitions: each language reports a fault that belongs to all of them."""
    return {
        (finding.code, finding.file, finding.line, finding.column, str(finding.params)): finding for finding in findings
    }.values()


def _left_to_do(issue: Issue) -> list[Finding]:
    """Errors that forbid sending although the issue can be read: marks for the editor, a missing picture, a missing address.
    The pre-send checks of the mail find the same."""
    findings: list[Finding] = []
    for block in issue.blocks():
        if isinstance(block, EditorMark):
            findings.append(Finding("editor-mark", "error", {"text": block.text}, issue.file, block.line))
        elif isinstance(block, Figure) and block.missing:
            findings.append(Finding("image-missing", "error", {}, issue.file, block.line))
    if not issue.footer.address.strip():
        line = issue.lines.get("footer.address", issue.lines.get("footer"))
        findings.append(Finding("postal-address", "error", {"where": phrase("the issue")}, issue.file, line))
    return findings


@dataclass(frozen=True)
class MailCheck:
    """The result of checking the mails of an issue. `composition` is None where the issue could not be composed."""

    findings: tuple[Finding, ...]
    composition: Composition | None = None
    spam: dict[str, object] | None = None


def check_mail(
    folder: Path, *, levels: Mapping[str, str] | None = None, conditions: ConditionCheck | None = None, advertising: bool = False,
    without_archive: tuple[str, str] | None = None, online: bool = False, loopback: bool = False, spam: bool = False,
) -> MailCheck:  # fmt: skip
    """Run all pre-send checks on every variant. `levels` are the publication's own; `conditions` finds conditions on fields that
    the publication does not know; `advertising`: for a list that advertises in China; `without_archive`: name and slug of a
    list that has no archive. `online` requests every link, `spam` asks this machine's spam filter."""
    try:
        made = composition.compose_folder(
            folder, theme_root=EMAIL_THEMES, picture_url=lambda picture: f"{UNSTORED_MEDIA_URL}{picture.name}"
        )
    except ComposeError as error:
        return MailCheck((*error.findings, *_asked_in_vain(folder, conditions)))
    findings = [*made.findings, *(conditions(made.issues) if conditions else ())]
    if advertising:
        for issue in made.issues:
            findings += preflight.inspect_subject(issue.subject, issue.file, issue.lines.get("subject"))
    if without_archive and any(map(has_stories, made.issues)):
        findings += preflight.inspect_digest(*without_archive)
    if online:
        from cli.issue import link_check

        urls = [link.url for variant in made.variants for link in ParsedHtml(variant.mail.html).links]
        places = _places(made.issues)  # with the links of articles of which a digest only has the summary
        findings += link_check.findings(link_check.try_links(dict.fromkeys([*urls, *places]), loopback=loopback), places)
    scored = _score(made) if spam else None
    spam_facts: dict[str, object] | None = {"skipped": scored} if isinstance(scored, str) else None
    if isinstance(scored, Finding):
        findings.append(scored)
        spam_facts = scored.params
    return MailCheck(preflight.levelled(findings, levels or {}), made, spam_facts)


def _asked_in_vain(folder: Path, conditions: ConditionCheck | None) -> tuple[Finding, ...]:
    """The findings of `conditions` for an issue that can be read but not composed, so that all errors are reported together."""
    try:
        return conditions(composition.load_issues(folder)) if conditions else ()
    except ComposeError:
        return ()


def _places(issues: Iterable[Issue]) -> dict[str, list[tuple[str, int]]]:
    """URL -> (file, line) of each place where it is written."""
    positions: dict[str, list[tuple[str, int]]] = {}
    for issue in issues:
        for url, places in source_lines.SourceLines(issue, {}).links.items():
            positions.setdefault(url, []).extend((issue.file, line) for line, _ in places if line)
    return positions


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
    worst: Finding = spamassassin.finding(max(scores, key=lambda score: score.points))
    return worst


def budgets(made: Composition) -> list[dict[str, object]]:
    """The size of each variant: bytes of its HTML, the limit, bytes of each article, and how long it is on a phone."""
    return [
        {
            "variant": variant.name, "html_bytes": budget.html, "quoted_printable_bytes": budget.encoded, "limit": budget.limit,
            "left": budget.limit - budget.html, "rest": budget.rest, "phone": asdict(phone),
            "articles": [
                {"id": article.id, "title": article.title, "line": article.line, "bytes": article.size}
                for article in budget.articles
            ],
        }
        for variant in made.variants
        if (budget := variant.mail.budget) is not None and (phone := variant.mail.phone) is not None
    ]  # fmt: skip
