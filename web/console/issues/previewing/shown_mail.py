"""What every preview shows of its mail, in the console and in `mailroom issue preview`: for the chosen reader, with its size."""

from collections.abc import Iterable
from typing import Any

from composer.composition import ComposedVariant
from composer.errors import Finding
from composer.issue.languages import direction_of
from composer.preflight.mail import GMAIL_CLIPS
from editorial.previewing.issue_preview import IssuePreview
from editorial.previewing.sample_reader import SAMPLES, Reader
from web.console.issues.previewing.preview_choice import PreviewChoice
from web.texts.issues import preview_texts

FRAMES = {"phone": 375, "desktop": 640}  # CSS pixels


def shared_values(
    preview: IssuePreview, good: IssuePreview | None, choice: PreviewChoice, page_url: str, mail_url: str
) -> dict[str, Any]:
    """The values of the template console/issues/_preview.html, except the findings.

    `good` is the preview whose mail is shown: an older one if `preview` has none.
    """
    values: dict[str, Any] = {
        "preview": preview,
        "choice": choice,
        "page_url": page_url,
        "trouble": preview_texts.TROUBLES[preview.trouble] if preview.trouble else "",
        "stale": good is not None and good is not preview,
        "views": [(name, label) for name, (label, _) in preview_texts.VIEWS.items()],
        "hint": preview_texts.VIEWS[choice.view][1],
        # Next to a text there is no room for both.
        "widths": [(name, label) for name, label in preview_texts.WIDTHS.items() if name != "both" or not choice.part],
        "samples": [(at, preview_texts.SAMPLES[sample.key]) for at, sample in enumerate(SAMPLES)],
        "mail": None,
    }
    if good is not None and good.composition is not None:
        values |= _mail(good, choice, mail_url)
    return values


def findings_of(preview: IssuePreview, checked: Iterable[Finding]) -> list[Finding]:
    """Return the errors of the text, and the findings of the checks in the shown mail (`checked`).

    With errors the mail has placeholders, or is an older one. Then what the checks call an error there, and what they say about
    the lines with errors, is left out.
    """
    wrong = {(fault.file, fault.line) for fault in preview.faults}
    kept = [
        finding for finding in checked if not wrong or (finding.level != "error" and (finding.file, finding.line) not in wrong)
    ]
    return [*preview.faults, *kept]


def _mail(good: IssuePreview, choice: PreviewChoice, mail_url: str) -> dict[str, Any]:
    composition = good.composition
    if composition is None:
        raise ValueError("there is no mail")
    reader = choice.reader(composition)
    variant = reader.shown(composition)
    mail = variant.mail
    # Outlook on Windows does not run on phones.
    widths = ["desktop"] if choice.view == "outlook" else list(FRAMES) if choice.width == "both" else [choice.width]
    query = choice.query(key=good.key, variant=str(variant.number))
    return {
        "key": good.key,
        "mail": mail,
        "variant": variant,
        "variants": [_for_whom(composed) for composed in composition.variants],
        "own": reader.own(composition).number,
        "inbox": _inbox(reader, variant, composition.issue_in(variant.language).title),
        "text": reader.fill(mail.text, mail.fields) if choice.view == "text" else "",
        "direction": direction_of(variant.language),
        "frames": [] if choice.view == "text" else [(name, FRAMES[name]) for name in widths],
        "address": f"{mail_url}?{query}",
        **_sizes(variant, choice.part),
    }


def _for_whom(variant: ComposedVariant) -> dict[str, Any]:
    """The values of the template console/_for_whom.html."""
    return {"variant": variant.number, "language": variant.language, "holds": variant.holds}


def _inbox(reader: Reader, variant: ComposedVariant, title: str) -> dict[str, str]:
    mail = variant.mail
    texts = {"subject": mail.subject, "preheader": mail.preheader}
    return {"from": title, **{name: reader.fill(text, mail.fields) for name, text in texts.items()}}


def _sizes(variant: ComposedVariant, part: str) -> dict[str, Any]:
    """Return the sizes in KB of the mail with the longest values, as the size check counts it, and of its articles."""
    budget = variant.mail.budget
    size = budget.html if budget else len(variant.mail.html.encode())
    articles = budget.articles if budget else ()
    phone = variant.mail.phone
    return {
        "screens": f"{phone.screens:.0f}" if phone else "", "minutes": phone.minutes if phone else "",
        "size": _kilobytes(size), "limit": GMAIL_CLIPS // 1024, "bytes": size, "limit_bytes": GMAIL_CLIPS,
        "clipped": size > GMAIL_CLIPS, "article_sizes": [(article.title, _kilobytes(article.size)) for article in articles],
        "article_size": next((_kilobytes(article.size) for article in articles if article.id == part), ""),
    }  # fmt: skip


def _kilobytes(size: int) -> str:
    return f"{size / 1024:.1f}" if size < 10240 else f"{size / 1024:.0f}"
