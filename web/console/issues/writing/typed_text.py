"""The text of a part that a page sent, plain or of the rich text editor; and what a page begins that editor with."""

import json
from collections.abc import Sequence
from typing import Any

from django.contrib.auth.models import User
from django.http import HttpRequest
from django.utils.translation import gettext as _

from composer.errors import Finding
from composer.issue.blocks import NAMES
from composer.issue.document import DIGEST
from composer.issue.editing import head_values, part_document
from composer.issue.inlines.node_reading import EditorDocumentError
from composer.issue.parts import outline
from composer.issue.parts.part_texts import PartText, body_line, opened
from composer.issue.parts.splitting import Part
from editorial.models import IssueRecord
from editorial.sources.issue_state import IssueState
from publication.staff import editor_tours
from subscribers import attributes
from subscribers.models import MailingList
from subscribers.people.attribute_samples import common_values
from web.console.issues.issue_page import resolve_thumbnail
from web.console.issues.writing import head_forms
from web.texts import state_labels
from web.texts.issues import editor_texts, issue_texts
from web.texts.issues.editor_texts import texts
from web.texts.people.list_texts import reader_language


def reader_fields() -> list[dict[str, Any]]:
    """Return name, label, type and suggested values (each with its label) of every field, the usual fields first.

    Fields with moments are left out: a condition compares only for equality.
    """
    declared = attributes.declarations()
    values = common_values({name: facts.type for name, facts in declared.items() if not facts.values})
    language = reader_language()
    lists = [(slug, name) for slug, name in MailingList.objects.order_by("name").values_list("slug", "name")]
    system = {"country": "country", "language": "language", "list": "list", "domain": "text", "email": "text", "name": "text"}
    standard = [
        _field(name, editor_texts.FIELD_LABELS[name], field_type, lists if field_type == "list" else ())
        for name, field_type in system.items()
        if field_type != "list" or lists
    ]
    own = [
        _field(
            name,
            facts.label_in(language),
            str(facts.type),
            [(value, facts.value_in(language, value)) for value in facts.values or values.get(name, ())],
        )
        for name, facts in declared.items()
        if name not in system
    ]
    return standard[:2] + own + standard[2:]


def _field(name: str, label: object, field_type: str, values: Any) -> dict[str, Any]:
    return {"name": name, "label": str(label), "type": field_type, "values": [list(pair) for pair in values]}


RICH_KINDS = ("opening", outline.ARTICLE, outline.SECTION)
LARGEST_DOCUMENT = 2_000_000  # characters of JSON


class UnreadableDocumentError(ValueError):
    """The browser sent something that cannot be stored. The exception's text, if it has one, says why to the person."""


def can_be_rich(kind: str, body: str) -> bool:
    """Whether the page can show a part as it looks. Text of a section that is in no article can only be edited as source."""
    if kind != outline.SECTION:
        return kind in RICH_KINDS
    return all(node["type"] == "editorMark" for node in part_document.document_of(body).nodes)


def lines_of(text: str) -> str:
    """The lines of a part on which its blocks begin, for the page that leads findings to them."""
    first = body_line(text)
    return " ".join(str(first - 1 + line) for line in part_document.block_lines(opened(text).body))


def read_typed(request: HttpRequest, before: str) -> PartText:
    """What a form sent. `before`: the text of the part that its author began with, which lines that stay are taken from.

    Raises UnreadableDocumentError.
    """
    title = request.POST.get("title")
    document = request.POST.get("document")
    if head_forms.is_form(request):
        try:
            return PartText(None, opened(head_forms.typed_text(request, before)).body)
        except head_forms.InvalidFieldError as refused:
            raise UnreadableDocumentError(str(refused)) from refused
    if document is None:
        return PartText(title, request.POST.get("text", "").replace("\r\n", "\n").replace("\r", "\n"))
    if len(document) > LARGEST_DOCUMENT:
        raise UnreadableDocumentError
    try:
        return PartText(title, part_document.source_of(json.loads(document), opened(before).body))
    except (EditorDocumentError, ValueError, RecursionError) as fault:
        raise UnreadableDocumentError from fault


def editor_of(
    account: User, issue: IssueRecord, state: IssueState, file: str, part: Part, shown: PartText, typed: str | None = None
) -> dict[str, Any]:
    """The values with which a page begins the rich text editor. `typed`: a document that could not be saved."""
    document: Any = None
    if typed is not None:
        try:
            document = json.loads(typed)
        except (ValueError, RecursionError):
            document = None
    return {
        "document": document or part_document.document_of(shown.body, _problem).json(),
        "texts": texts(),
        "block_scripts": [f"editor/blocks/{name}.js" for name in NAMES],
        "pictures": {path: resolve_thumbnail(issue, digest) for path, digest in sorted(state.pictures.items())},
        "articles": articles_of(state.files.get(file, ())),
        "tour_offered": editor_tours.is_offered(account),
        "lines": lines_of(part.text),
        "proposed": part_document.proposed_summary(shown.body) if _is_in_digest(state, file, part) else "",
        "fields": reader_fields(),
    }


def _is_in_digest(state: IssueState, file: str, part: Part) -> bool:
    """Whether a mail has a summary of this part instead of its text, as far as the head says."""
    head, *_ = state.files.get(file, ())
    try:
        layout = head_values.values_of(head_values.HEAD, head.text).texts["layout"]
    except head_values.UnreadableHeadError:
        return False
    return layout == DIGEST and outline.kind_of(part) == outline.ARTICLE


def articles_of(parts: Sequence[Part]) -> list[dict[str, str]]:
    """Return the articles of a file to which a link can lead, each with its section."""
    articles, section = [], ""
    for part in parts:
        kind = outline.kind_of(part)
        if kind == outline.SECTION:
            section = issue_texts.part_name(part)
        elif kind == outline.ARTICLE:
            articles.append({"id": part.id, "title": issue_texts.part_name(part), "section": section})
    return articles


def _problem(finding: Finding) -> str:
    [shown] = state_labels.findings([finding], as_source=True)
    reason = f"{shown.message}. {shown.hint}" if shown.hint else f"{shown.message}."
    return _("These lines cannot be shown as a card: %(reason)s") % {"reason": reason}
