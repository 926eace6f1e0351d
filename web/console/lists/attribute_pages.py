"""The attributes of people: declaring them, their labels, their allowed values, and whether readers see them."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from django.contrib import messages
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect
from django.utils.translation import gettext as _

from campaigns import removing
from config.env import INTERFACE_LANGUAGES
from publication.installation import publication
from subscribers import attribute_declarations, attributes
from subscribers.attributes import Declared, Type
from subscribers.errors import InputError
from subscribers.importing import column_choices, csv_columns
from web.console.console_page import actor_of, show
from web.console.lists import shown_values
from web.texts.people import input_faults
from web.texts.people.list_texts import TYPES, reader_language

WITH_VALUES = (Type.TEXT, Type.WORDS)
_FIELDS = ("email", "name", "language", "country")  # of every person
_EQUALS = "=\uff1d"
LONGEST_LIST = 20_000  # characters of the field of values


@dataclass(frozen=True)
class AttributeForm:
    """Settings of an attribute as its form has them. `values`: a line for each; `value_labels`: lines `value = label`."""

    label: str = ""
    is_open: bool = False
    labels: Mapping[str, str] = field(default_factory=dict)
    values: str = ""
    value_labels: Mapping[str, str] = field(default_factory=dict)
    in_table: bool = False

    @classmethod
    def of(cls, declared: Declared, *, in_table: bool) -> "AttributeForm":
        languages = _languages(declared)
        lines = {
            language: "\n".join(
                f"{value} = {labels[language]}" for value, labels in declared.values.items() if language in labels
            )
            for language in languages
        }
        labels = {language: declared.labels.get(language, "") for language in languages}
        return cls(declared.label, declared.open, labels, "\n".join(declared.values), lines, in_table)

    @classmethod
    def typed(cls, given: Mapping[str, str], declared: Declared) -> "AttributeForm":
        def text(name: str) -> str:
            return given.get(name, "").replace("\r\n", "\n").strip()[:LONGEST_LIST]

        languages = _languages(declared)
        return cls(
            text("label"), given.get("open") == "1", {language: text(f"label-{language}") for language in languages},
            text("values"), {language: text(f"values-{language}") for language in languages}, given.get("in_table") == "1",
        )  # fmt: skip

    def posted(self) -> dict[str, str]:
        """The inputs of the form with their values."""
        labels = {f"label-{language}": label for language, label in self.labels.items()}
        lines = {f"values-{language}": text for language, text in self.value_labels.items()}
        ticks = {"open": "1" if self.is_open else "", "in_table": "1" if self.in_table else ""}
        return {"label": self.label, **ticks, "values": self.values, **labels, **lines}

    def changes(self, seen: "AttributeForm | None", *, has_values: bool) -> dict[str, Any]:
        """What differs from the form as its page showed it; everything if that is not known. Raises InputError."""
        labels = {language: label for language, label in self.labels.items() if not seen or label != seen.labels.get(language)}
        changed: dict[str, Any] = {"labels": labels} if labels else {}
        if seen is None or self.is_open != seen.is_open:
            changed["is_open"] = self.is_open
        if seen is None or self.in_table != seen.in_table:
            changed["in_table"] = self.in_table
        if seen is None or self.label != seen.label:
            changed["label"] = self.label
        if has_values and (seen is None or (self.values, self.value_labels) != (seen.values, seen.value_labels)):
            changed["values"] = self.allowed()
        return changed

    def allowed(self) -> dict[str, dict[str, str]]:
        """The values with their labels by language. Raises InputError."""
        values: dict[str, dict[str, str]] = {}
        for line in filter(None, map(str.strip, self.values.splitlines())):
            if line in values:
                raise InputError("value_twice", f"“{line}” is there twice", "give each value once", value=line[:40])
            values[line] = {}
        for language, lines in self.value_labels.items():
            for number, line in enumerate(map(str.strip, lines.splitlines()), 1):
                if not line:
                    continue
                # The longest, because a value may have the sign in it. The second one is that of Chinese keyboards.
                ends = [at for at, character in enumerate(line) if character in _EQUALS and line[:at].strip() in values]
                if not ends:
                    raise _label_fault(language, number, line)
                values[line[: ends[-1]].strip()][language] = line[ends[-1] + 1 :].strip()
        return values


def _label_fault(language: str, number: int, line: str) -> InputError:
    """The fault of a line of labels: without a sign, or with another value in front of it."""
    signs = [at for at, character in enumerate(line) if character in _EQUALS]
    value = line[: signs[0]].strip() if signs else line
    return InputError(
        "value_labels" if signs else "value_labels_sign", f"line {number} ({language}): “{line[:40]}” belongs to no value",
        "write value = label", language=language, line=number, text=line[:40], value=value[:40],
    )  # fmt: skip


def _languages(declared: Declared) -> list[str]:
    about = publication()
    stored = [language for labels in declared.values.values() for language in labels]
    return [
        tag for tag in dict.fromkeys([about.language, *about.languages, *INTERFACE_LANGUAGES, *declared.labels, *stored]) if tag
    ]


def listing(request: HttpRequest) -> HttpResponse:
    language = reader_language()
    rows = [
        {
            "name": name, "facts": facts, "label": facts.label_in(language), "type": TYPES[facts.type],
            "values": [facts.value_in(language, value) for value in facts.values],
        }
        for name, facts in attributes.declarations().items()
    ]  # fmt: skip
    return show(request, "console/lists/attributes.html", rows=rows)


def new(request: HttpRequest) -> HttpResponse:
    """Declare an attribute; its other labels and values come on its own page, which follows."""
    label, kind = request.POST.get("name", "").strip(), request.POST.get("type", "")
    problem = ""
    if request.method == "POST":
        name, problem = _declare(request, label, kind)
        if not problem:
            messages.success(request, _("The attribute is created. Look at its labels, and choose who sees it."))
            return redirect("people-attribute", attribute=name)
    return show(
        request, "console/lists/attribute_new.html", 422 if problem else 200, name=label, kind=kind, problem=problem,
        types=TYPES.items(), longest=attribute_declarations.LONGEST_LABEL,
    )  # fmt: skip


def _declare(request: HttpRequest, label: str, kind: str) -> tuple[str, str]:
    """Declare an attribute; returns its name, and what is wrong with it."""
    if kind not in TYPES:
        return "", _("Choose what its values are.")
    if csv_columns.field_meant(label) in _FIELDS:
        return "", _("This is already a field of each person. Choose another name.")
    try:
        return attribute_declarations.declare_labelled(actor_of(request), label, kind, column_choices.new_name), ""
    except InputError as fault:
        return "", input_faults.text(fault)


def edit(request: HttpRequest, attribute: str) -> HttpResponse:
    declared = attributes.declarations().get(attribute)
    if declared is None:
        raise Http404
    if request.method != "POST":
        return _form(request, attribute, declared, AttributeForm.of(declared, in_table=attribute in attributes.in_table()))
    form, stored = AttributeForm.typed(request.POST, declared), shown_values.of_post(request.POST)
    seen = AttributeForm.typed(stored, declared) if stored else None
    try:
        changes = form.changes(seen, has_values=declared.type in WITH_VALUES)
        attribute_declarations.configure(actor_of(request), attribute, **changes)
    except InputError as fault:
        return _form(request, attribute, declared, form, input_faults.text(fault))
    messages.success(request, _("The attribute is stored."))
    return redirect("people-attributes")


def delete(request: HttpRequest, attribute: str) -> HttpResponse:
    """GET says whether the attribute can be deleted, else what prevents it; POST deletes it."""
    declared = attributes.declarations().get(attribute)
    if declared is None:
        if request.method == "POST":  # a doubled click
            return redirect("people-attributes")
        raise Http404
    label = declared.label_in(reader_language())
    if request.method == "POST":
        used = removing.delete_attribute(actor_of(request), attribute)
        if not used.prevent:
            messages.success(request, _("The attribute “%(name)s” is deleted.") % {"name": label})
            return redirect("people-attributes")
    else:
        used = removing.uses_of_attribute(attribute, declared)
    return show(
        request, "console/lists/attribute_delete.html", 422 if request.method == "POST" else 200, name=attribute, label=label,
        used=used,
    )  # fmt: skip


def _form(request: HttpRequest, name: str, declared: Declared, form: AttributeForm, problem: str = "") -> HttpResponse:
    rows = [(language, form.labels[language], form.value_labels[language]) for language in form.labels]
    return show(
        request, "console/lists/attribute.html", 422 if problem else 200, name=name, declared=declared, form=form, rows=rows,
        problem=problem, title=declared.label_in(reader_language()), type=TYPES[declared.type],
        has_values=declared.type in WITH_VALUES, longest=attribute_declarations.LONGEST_LABEL,
        shown=shown_values.inputs(request, form.posted()),
    )  # fmt: skip
