"""The attributes of people: declaring them, their labels, their allowed values, and whether readers see them."""

from collections.abc import Mapping
from dataclasses import dataclass, field

from django.contrib import messages
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect
from django.utils.translation import gettext as _

from config.env import INTERFACE_LANGUAGES
from publication import audit
from publication.installation import publication
from subscribers import attribute_declarations, attributes
from subscribers.attributes import Declared, Type
from subscribers.errors import InputError
from web.console.console_page import show
from web.texts.people import input_faults
from web.texts.people.list_texts import TYPES, reader_language

WITH_VALUES = (Type.TEXT, Type.WORDS)
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
    def typed(cls, request: HttpRequest, declared: Declared) -> "AttributeForm":
        given = request.POST

        def text(name: str) -> str:
            return given.get(name, "").replace("\r\n", "\n").strip()[:LONGEST_LIST]

        languages = _languages(declared)
        return cls(
            text("label"), given.get("open") == "1", {language: text(f"label-{language}") for language in languages},
            text("values"), {language: text(f"values-{language}") for language in languages}, given.get("in_table") == "1",
        )  # fmt: skip

    def allowed(self) -> dict[str, dict[str, str]]:
        """The values with their labels by language. Raises InputError."""
        values: dict[str, dict[str, str]] = {}
        for line in filter(None, map(str.strip, self.values.splitlines())):
            if line in values:
                raise InputError("value_twice", f"“{line}” is there twice", "give each value once")
            values[line] = {}
        for language, lines in self.value_labels.items():
            for line in filter(None, map(str.strip, lines.splitlines())):
                value, sign, label = (part.strip() for part in line.replace("\uff1d", "=").partition("="))
                if not sign or value not in values:
                    raise InputError("value_labels", f"“{line[:40]}” belongs to no value", "write value = label")
                values[value][language] = label
        return values


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
        for name, facts in sorted(attributes.declarations().items())
    ]  # fmt: skip
    return show(request, "console/lists/attributes.html", rows=rows)


def new(request: HttpRequest) -> HttpResponse:
    """Declare an attribute; its labels and values come on its own page, which follows."""
    name, kind = request.POST.get("name", "").strip()[:100], request.POST.get("type", "")
    problem = ""
    if request.method == "POST":
        problem = _declare(request, name, kind)
        if not problem:
            messages.success(request, _("The attribute is created. Give it a label, and choose who sees it."))
            return redirect("people-attribute", attribute=name)
    return show(
        request, "console/lists/attribute_new.html", 422 if problem else 200, name=name, kind=kind, problem=problem,
        types=TYPES.items(),
    )  # fmt: skip


def _declare(request: HttpRequest, name: str, kind: str) -> str:
    """Declare an attribute; returns what is wrong with it."""
    if kind not in TYPES:
        return _("Choose what its values are.")
    if name in attributes.schema():
        return _("There is already an attribute with this name. Choose another name.")
    try:
        attribute_declarations.declare(audit.staff(request.user), name, kind)  # type: ignore[arg-type]
    except InputError as fault:
        return input_faults.text(fault)
    return ""


def edit(request: HttpRequest, attribute: str) -> HttpResponse:
    declared = attributes.declarations().get(attribute)
    if declared is None:
        raise Http404
    if request.method != "POST":
        return _form(request, attribute, declared, AttributeForm.of(declared, in_table=attribute in attributes.in_table()))
    form = AttributeForm.typed(request, declared)
    try:
        attribute_declarations.configure(
            audit.staff(request.user),  # type: ignore[arg-type]
            attribute,
            is_open=form.is_open,
            in_table=None if form.in_table == (attribute in attributes.in_table()) else form.in_table,
            label=form.label,
            labels=form.labels,
            values=form.allowed() if declared.type in WITH_VALUES else None,
        )
    except InputError as fault:
        return _form(request, attribute, declared, form, input_faults.text(fault))
    messages.success(request, _("The attribute is stored."))
    return redirect("people-attributes")


def _form(request: HttpRequest, name: str, declared: Declared, form: AttributeForm, problem: str = "") -> HttpResponse:
    rows = [(language, form.labels[language], form.value_labels[language]) for language in form.labels]
    return show(
        request, "console/lists/attribute.html", 422 if problem else 200, name=name, declared=declared, form=form, rows=rows,
        problem=problem, type=TYPES[declared.type], has_values=declared.type in WITH_VALUES,
        longest=attribute_declarations.LONGEST_LABEL,
    )  # fmt: skip
