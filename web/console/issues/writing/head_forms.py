"""Forms for the head of an issue, its highlights, its credits and its footer, instead of their lines as text.

Without a script, a button that moves or removes a row saves the form like any other.
"""

import re
from collections.abc import Iterator
from dataclasses import dataclass, field, replace
from typing import Any

from django.conf import settings
from django.http import HttpRequest
from django.utils.functional import Promise
from django.utils.translation import gettext as _

from composer.errors import ContentError
from composer.issue import merge_fields
from composer.issue.characters import FORBIDDEN
from composer.issue.days import read_day
from composer.issue.document import DIGEST, FULL, LAYOUTS, Field
from composer.issue.editing import head_values
from composer.issue.languages import LANGUAGE
from composer.issue.parsing.head import MOST_SOCIAL
from composer.issue.parsing.issue_file import ISSUE_FILE, unified
from composer.issue.parts import outline
from composer.issue.parts.splitting import Part
from composer.preflight.rules.subject_and_text import PREHEADER_COLUMNS, SUBJECT_COLUMNS
from composer.rendering.text_wrapping import columns
from composer.themes.page_design import NEUTRAL, page_design
from composer.themes.theme_loading import theme_names
from editorial.sources.issue_state import IssueState
from publication.installation import publication
from web.texts import state_labels
from web.texts.issues.field_texts import LABELS
from web.texts.language_names import language_choices
from web.whole_numbers import whole_number

KINDS = (head_values.HEAD, head_values.HIGHLIGHTS, head_values.CREDITS, head_values.FOOTER)
_COUNTED = {"subject": SUBJECT_COLUMNS, "preheader": PREHEADER_COLUMNS}
_SPARE = ("", "")  # an empty row, in which somebody can write without a script
_MOST_ROWS = 300
_SCHEME = re.compile(r"[A-Za-z][A-Za-z0-9+.-]*:")
_BARE_ADDRESS = re.compile(r"[\w-]+(?:\.[\w-]+)+(?:[:/?#]\S*)?\Z")


class InvalidFieldError(ValueError):
    """A value cannot be stored. The exception's text says why, in the language of the request."""


@dataclass(frozen=True, slots=True)
class FormField:
    """A field of the form. `widget`: line, lines, date, language, theme, picture or choice, whose `choices` are pairs of value
    and label. `count`: columns now, at least, at most."""

    name: str
    label: str | Promise
    hint: str | Promise
    value: str
    widget: str
    count: tuple[int, int, int] | None = None
    choices: list[Any] = field(default_factory=list)


@dataclass(frozen=True, slots=True)
class FormRow:
    """A row of the credits or of the accounts, or an article that may be a highlight. `is_known`: the article is in the issue."""

    first: str
    second: str = ""
    title: str = ""
    chosen: bool = False
    is_known: bool = True


@dataclass(frozen=True, slots=True)
class HeadForm:
    """What a page shows of a part. With a `problem`, the part can only be edited as text. `most`: rows at most; 0: any number."""

    kind: str
    fields: tuple[FormField, ...] = ()
    rows: tuple[FormRow, ...] = ()
    problem: str = ""
    merge_field: str = ""  # that becomes the name of the reader
    most: int = 0

    @property
    def is_full(self) -> bool:
        return 0 < self.most <= len(self.rows)

    @property
    def lacks_articles(self) -> bool:
        """Whether the list of highlights was written, and articles are not in it: perhaps they came later."""
        return (
            self.kind == head_values.HIGHLIGHTS
            and any(row.chosen for row in self.rows)
            and not all(row.chosen for row in self.rows)
        )


def is_form(request: HttpRequest) -> bool:
    """Whether a request sent one of these forms, and not a text."""
    return request.POST.get("form") in KINDS


# ------------------------------------------------------------------------------------------------------------- reading
def typed_text(request: HttpRequest, before: str) -> str:
    """Return the part's text that a form describes. `before` is the text that its author began with. Raises InvalidFieldError."""
    kind = request.POST["form"]
    try:
        began = head_values.values_of(kind, before)
        entered = _entered_values(request, kind, began)
        for label, value in _changed(kind, entered, began):
            if FORBIDDEN.search(value):
                text = _("“%(field)s” contains a control character or a mark that changes the direction of writing. Delete it.")
                raise InvalidFieldError(text % {"field": label})
        return head_values.text_of(kind, entered, before)
    except head_values.UnreadableHeadError as unreadable:
        raise InvalidFieldError(_problem(unreadable)) from unreadable


def _entered_values(request: HttpRequest, kind: str, began: head_values.HeadValues) -> head_values.HeadValues:
    if kind in head_values.FIELDS:
        texts = {name: _field_value(request, name, began.texts[name]) for name in head_values.FIELDS[kind]}
        if texts.get("layout") == FULL and not began.texts["layout"]:
            texts["layout"] = ""  # which says the same
        _check(texts, began)
        return head_values.HeadValues(texts, _accounts(request, began) if kind == head_values.FOOTER else ())
    rows = [row for row in _sent_rows(request, kind) if any(row)]
    if kind == head_values.HIGHLIGHTS:
        chosen = set(request.POST.getlist("chosen"))
        rows = [row for row in rows if row[0] in chosen]
    if len(rows) > _MOST_ROWS:
        raise InvalidFieldError(_("There are too many rows. Use at most %(most)s.") % {"most": _MOST_ROWS})
    return head_values.HeadValues(rows=tuple(rows))


def _accounts(request: HttpRequest, began: head_values.HeadValues) -> tuple[tuple[str, str], ...]:
    """Return the typed accounts. Raises InvalidFieldError for a new one that cannot be a link, and if there are too many.

    People often leave out https://.
    """
    if "account" not in request.POST:
        return began.rows
    rows = [(name, _with_scheme(address)) for name, address in _sent_rows(request, head_values.FOOTER) if name or address]
    for name, address in rows:
        if address and (name, address) not in began.rows and not address.lower().startswith(("https://", "http://")):
            text = _("“%(text)s” is not the address of a page. Write it like this: https://weibo.com/example.")
            raise InvalidFieldError(text % {"text": address[:80]})
    if len(rows) > max(MOST_SOCIAL, len(began.rows)):
        raise InvalidFieldError(_("There are too many rows. Use at most %(most)s.") % {"most": MOST_SOCIAL})
    return tuple(rows)


def _with_scheme(address: str) -> str:
    is_bare = _BARE_ADDRESS.match(address) and not _SCHEME.match(address)
    return f"https://{address}" if is_bare else address


def _field_value(request: HttpRequest, name: str, otherwise: str) -> str:
    """Return the value of a field. A field that the form lacks keeps its value."""
    value = unified(request.POST.get(f"field-{name}", otherwise)).strip()
    return value if name in head_values.SEVERAL_LINES else " ".join(value.split("\n"))


def _sent_rows(request: HttpRequest, kind: str) -> list[tuple[str, str]]:
    """Return the rows that a form sent, in their new order."""
    sent = request.POST.getlist
    if kind == head_values.HIGHLIGHTS:
        rows = [(name.strip(), "") for name in dict.fromkeys(sent("order"))]
    else:
        first, second = ("account", "url") if kind == head_values.FOOTER else ("role", "name")
        pairs = zip(sent(first), sent(second), strict=False)
        rows = [(" ".join(role.split()), " ".join(name.split())) for role, name in pairs]
    step, _colon, at = request.POST.get("step", "").partition(":")
    position = whole_number(at, 4)
    if position is None or position >= len(rows):
        return rows
    row = rows.pop(position)
    if step != "remove":
        rows.insert(max(0, position + {"up": -1, "down": 1}.get(step, 0)), row)
    return rows


def _check(texts: dict[str, str], began: head_values.HeadValues) -> None:
    """Raise InvalidFieldError for a changed value that would make the part worse.

    Mailroom's checks report what is only missing.
    """
    day, language, theme = (texts.get(name, "") for name in ("date", "language", "theme"))
    if day and day != began.texts.get("date") and read_day(day) is None:
        raise InvalidFieldError(_("“%(text)s” is not a day. Write it like this: 2027-01-05.") % {"text": day[:80]})
    if language != began.texts.get("language", "") and not LANGUAGE.match(language):
        raise InvalidFieldError(_("“%(text)s” is not a language. Choose one from the list.") % {"text": language[:80]})
    if theme and theme != began.texts.get("theme") and theme not in theme_names(settings.EMAIL_THEMES):
        raise InvalidFieldError(_("There is no design “%(text)s”. Choose one from the list.") % {"text": theme[:80]})
    if texts.get("layout", "") not in ("", began.texts.get("layout"), *LAYOUTS):
        raise InvalidFieldError(_("“%(text)s” is not a length. Choose one from the list.") % {"text": texts["layout"][:80]})


def _changed(kind: str, entered: head_values.HeadValues, began: head_values.HeadValues) -> Iterator[tuple[str, str]]:
    """Yield the label and the value of each field that is new."""
    labels = LABELS.get(kind, {})
    for name, value in entered.texts.items():
        if value != began.texts[name]:
            yield str(labels[name].label), value
    for row in entered.rows:
        if row not in began.rows:
            yield row[0][:80], " ".join(row)


# ------------------------------------------------------------------------------------------------------------- showing
def form_of(request: HttpRequest, state: IssueState, file: str, part: Part) -> HeadForm | None:
    """The form for a part, with what was typed if it could not be saved; None for other parts, and for the view as text."""
    kind = outline.kind_of(part)
    is_typed = is_form(request)
    if kind not in KINDS or request.GET.get("view") == "source" or (request.method == "POST" and not is_typed):
        return None
    try:
        values = head_values.values_of(kind, part.text)
    except head_values.UnreadableHeadError as unreadable:
        return HeadForm(kind, problem=_problem(unreadable))
    if kind in head_values.FIELDS:
        texts = {name: _field_value(request, name, value) for name, value in values.texts.items()}
        shown = tuple(_field(kind, name, texts[name], state, file) for name in LABELS[kind])
        if kind == head_values.FOOTER:
            sent = _sent_rows(request, kind) if "account" in request.POST else values.rows
            kept = [row for row in sent if any(row)]
            spare = [_SPARE] if len(kept) < MOST_SOCIAL else []
            return HeadForm(kind, shown, tuple(FormRow(*row) for row in [*kept, *spare]), most=MOST_SOCIAL)
        return HeadForm(kind, shown, merge_field=_merge_field(outline.language_of(state.files.get(file, ()))))
    if is_typed:
        sent = _sent_rows(request, kind)
        rows = tuple(row for row in sent if kind == head_values.CREDITS or row[0] in request.POST.getlist("chosen"))
    else:
        rows = values.rows
    if kind == head_values.CREDITS:
        kept = [row for row in rows if any(row)]
        return HeadForm(kind, rows=tuple(FormRow(*row) for row in [*kept, _SPARE]))
    return HeadForm(kind, rows=tuple(_articles(state, file, [name for name, _ in rows])))


def _merge_field(language: str) -> str:
    """The merge field for the name of the reader, with a word in the language of the mail for readers without one."""
    return merge_fields.write_field(Field("name", "读者" if language.split("-")[0].lower() == "zh" else "reader"))


def _field(kind: str, name: str, value: str, state: IssueState, file: str) -> FormField:
    label, hint = LABELS[kind][name]
    made = FormField(name, label, hint, value, "lines" if name in head_values.SEVERAL_LINES else "line")
    if name in _COUNTED:
        return replace(made, count=(columns(_as_usual(value)), *_COUNTED[name]))
    if name == "date" and (not value or read_day(value) is not None):
        return replace(made, widget="date")
    if name == "language":
        others = [outline.language_of(parts) for other, parts in state.files.items() if other != file]
        fixed = file != ISSUE_FILE and file == f"issue.{value}.md"  # the name of the file says the language
        return made if fixed else replace(made, widget="language", choices=language_choices(besides=others, current=value))
    if name == "theme":
        return replace(made, widget="theme", choices=_themes(value))
    if name == "layout":
        return replace(
            made, widget="choice", value=value or FULL, choices=[(FULL, _("the whole texts")), (DIGEST, _("a digest"))]
        )
    if name == "wechat":
        return replace(made, widget="picture", choices=_pictures(value, state))
    if name == "lead":
        return replace(made, widget="choice", choices=_leads(value, state, file))
    return made


def _pictures(current: str, state: IssueState) -> list[dict[str, Any]]:
    """The pictures of the issue. One that is not in the issue is shown if it is chosen."""
    extra = [current] if current and current not in state.pictures else []
    return [
        {"path": path, "name": path.removeprefix("images/"), "digest": state.pictures.get(path, ""), "chosen": path == current}
        for path in [*extra, *sorted(state.pictures)]
    ]


def _leads(current: str, state: IssueState, file: str) -> list[tuple[str, str]]:
    """The articles of a language. One that is not in the issue is shown if it is chosen."""
    titles = _titles(state, file)
    extra = [(current, current)] if current and current not in titles else []
    automatic = _("none; in a digest, the first story with a picture")
    return [("", automatic), *((name, title or name) for name, title in titles.items()), *extra]


def _as_usual(text: str) -> str:
    """The text with the words that readers see whose name is not known."""
    try:
        return merge_fields.replaced(text, lambda _written, inside: merge_fields.read_field(inside).default)
    except ContentError:
        return text


def _themes(current: str) -> list[dict[str, Any]]:
    """The installed designs with their colours. A design that is not installed is shown if it is chosen."""
    names = list(theme_names(settings.EMAIL_THEMES))
    extra = [current] if current not in names else []
    about = publication()
    designs = ((name, page_design(name, settings.EMAIL_THEMES, about.colours_of(name))) for name in [*extra, *names])
    return [
        {"name": name, "colours": (design or NEUTRAL).light, "is_installed": name in names or not name, "chosen": name == current}
        for name, design in designs
    ]


def _articles(state: IssueState, file: str, chosen: list[str]) -> Iterator[FormRow]:
    """The chosen articles in their order, then the others in the order of the issue."""
    titles = _titles(state, file)
    for name in chosen:
        yield FormRow(name, title=titles.get(name) or name, chosen=True, is_known=name in titles)
    for name, title in titles.items():
        if name not in chosen:
            yield FormRow(name, title=title or name)


def _titles(state: IssueState, file: str) -> dict[str, str]:
    parts = state.files.get(file, ())
    return {part.id: outline.title_of(part) for part in parts if outline.kind_of(part) == outline.ARTICLE}


def _problem(unreadable: head_values.UnreadableHeadError) -> str:
    [shown] = state_labels.findings([unreadable.finding], as_source=True)
    reason = f"{shown.message}. {shown.hint}" if shown.hint else f"{shown.message}."
    line = unreadable.finding.line
    if line is None:
        return reason
    return _("Line %(line)s: %(reason)s") % {"line": line, "reason": reason}
