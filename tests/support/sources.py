"""Issues whose texts are stored as edits; nothing is composed."""

from collections.abc import Mapping

from editorial.models import IssueRecord
from editorial.sources import edits, issue_state
from publication import audit
from publication.models import Actor


def import_source(files: Mapping[str, str], slug: str = "news-1", title: str = "News", actor: Actor | None = None) -> IssueRecord:
    """Create an issue with these files (name -> text)."""
    record = IssueRecord.objects.create(slug=slug, title=title)
    edits.replace_source(actor or audit.system(), record, None, issue_state.of_sources(files, {}), reason="import")
    return record


def text_of(issue: IssueRecord, part: str, file: str = "issue.md") -> str:
    """The newest text of a part; empty if there is no such part."""
    return next((source_part.text for source_part in issue_state.head(issue.pk).files[file] if source_part.id == part), "")
