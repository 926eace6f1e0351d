"""The texts of a part that are still those of the first language, for the page of the part."""

from dataclasses import dataclass

from composer.issue.parsing.issue_file import ISSUE_FILE
from composer.issue.parts import outline
from composer.issue.parts.splitting import Part
from editorial.sources import language_rows
from editorial.sources.issue_state import IssueState
from web.texts.issues.field_texts import untranslated_names
from web.texts.language_names import language_name


@dataclass(frozen=True, slots=True)
class CopiedTexts:
    """`language`: the name of the first language. `names`: what is copied, in words. `fields`: the names of the fields of a form,
    `roles`: the roles of the credits."""

    language: str
    names: tuple[str, ...]
    fields: frozenset[str]
    roles: frozenset[str]


def copied_texts(state: IssueState, file: str, part: Part) -> CopiedTexts | None:
    """Return the texts of a part that are not translated yet, or None if all are translated."""
    untranslated = language_rows.untranslated_in(state, ISSUE_FILE, file, part)
    if not untranslated:
        return None
    return CopiedTexts(
        language_name(outline.language_of(state.files.get(ISSUE_FILE, ()))),
        tuple(untranslated_names(untranslated, outline.kind_of(part))),
        frozenset(copied.field for copied in untranslated),
        frozenset(copied.text for copied in untranslated if copied.field == "role"),
    )
