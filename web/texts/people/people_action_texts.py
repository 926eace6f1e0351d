"""Actions on many people in words: what they do, why somebody was left out, and the fields that they set."""

from collections.abc import Mapping
from typing import Any

from django.utils.functional import Promise
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from subscribers import attributes
from subscribers.attributes import Declared
from subscribers.models import MailingList, PeopleAction, Subscription, Suppression
from subscribers.people import actions, exporting
from web.texts import language_names, state_labels
from web.texts.people import list_texts, person_words, place_names

KINDS: Mapping[str, str | Promise] = {
    "unsubscribe": gettext_lazy("Unsubscribe"),
    "set_field": gettext_lazy("Change details"),
    "add_to_list": gettext_lazy("Add to a list"),
    "export": gettext_lazy("Export"),
    "erase": gettext_lazy("Erase"),
}
REASONS: Mapping[str, str | Promise] = {
    "unchanged": gettext_lazy("nothing to change"),
    "gone": gettext_lazy("erased or merged meanwhile"),
    "left": gettext_lazy("left this list before: only the person can come back"),
    "left_all": gettext_lazy("left all lists before: only the person can come back"),
    "suppressed": gettext_lazy("suppressed: nothing may be sent to the address"),
    "forgotten": gettext_lazy("had their data erased: only the person can come back"),
    "erased": gettext_lazy("erased or merged meanwhile"),
    "merged": gettext_lazy("erased or merged meanwhile"),
    "list_gone": gettext_lazy("the list was deleted meanwhile"),
}


def fields(declared: Mapping[str, Declared]) -> list[tuple[str, str]]:
    """The fields that an action can set, with their labels: details first, then attributes."""
    details = [(name, str(label)) for name, label in person_words.FIELDS.items()]
    return details + [(name, own.label_in(list_texts.reader_language())) for name, own in declared.items()]


def failure(error: str) -> str:
    """Why an action was stopped, by its error's code."""
    if error == actions.STOPPED:
        return _(
            "The action was stopped because its worker ended several times. What is counted here was done. "
            "Tell the administrator."
        )
    if error == "too_many_rows":
        return _("There are too many people for a spreadsheet. Export them as CSV.")
    return _("A list, an attribute or a segment that the action needs was changed or deleted meanwhile. Begin again.")


def columns() -> dict[str, str]:
    """The columns of an export, by their codes, with their headings."""
    base = {name: str(label) for name, label in person_words.FIELDS.items()} | {
        "email": _("Address"), "added": _("Added"), "lists": _("Lists"), "suppression": _("Suppressed because of"),
        "suppressed_since": _("Suppressed since"),
    }  # fmt: skip
    endings = {"state": _(": state"), "joined": _(": since"), "left": _(": left")}
    lists = dict(MailingList.objects.values_list("slug", "name"))
    labels = {name: own.label_in(list_texts.reader_language()) for name, own in attributes.declarations().items()}
    named = {}
    for column in exporting.columns():
        match column.kind:
            case "base":
                named[column.code] = base[column.code]
            case "attribute":
                named[column.code] = labels[column.of]
            case kind:
                named[column.code] = f"{lists[column.of]}{endings[kind]}"
    return named


def terms() -> dict[str, str]:
    """The words that an export writes for states and reasons."""
    return {code: state_labels.word(code) for code in (*Subscription.State, *Suppression.Reason)} | {
        "domain": _("domain suppressed")
    }


def result(action: PeopleAction) -> str:
    """How many people it changed, or wrote into a file."""
    match action.kind:
        case PeopleAction.Kind.EXPORT:
            text = _("%(people)s exported")
        case PeopleAction.Kind.ADD_TO_LIST if _is_by_mail(action):
            text = _("%(people)s asked by mail")
        case PeopleAction.Kind.ADD_TO_LIST:
            text = _("%(people)s added")
        case PeopleAction.Kind.UNSUBSCRIBE:
            text = _("%(people)s unsubscribed")
        case PeopleAction.Kind.ERASE:
            text = _("%(people)s erased")
        case _:
            text = _("%(people)s changed")
    return text % {"people": f"{action.changed:,}"}


def done(action: PeopleAction) -> str:
    """What became of the people whom the action changed, as a heading of their number."""
    match PeopleAction.Kind(action.kind):
        case PeopleAction.Kind.EXPORT:
            return _("exported")
        case PeopleAction.Kind.ADD_TO_LIST:
            return _("asked by mail") if _is_by_mail(action) else _("added to the list")
        case PeopleAction.Kind.UNSUBSCRIBE:
            return _("unsubscribed")
        case PeopleAction.Kind.ERASE:
            return _("erased")
        case PeopleAction.Kind.SET_FIELD:
            return _("changed")


def _is_by_mail(action: PeopleAction) -> bool:
    return bool(action.parameters.get("by_mail", not action.parameters.get("consent")))


def reason(code: str) -> str:
    """Why people were left out."""
    return str(REASONS.get(code, code))


def still_quoted(action: PeopleAction) -> list[str]:
    """The texts of staff that quote people who were erased, and what to do with them."""
    texts = {
        "segment": _("The segment “%(name)s” still quotes people who were erased. Change it."),
        "campaign": _(
            "Campaign %(name)s still quotes people who were erased in its segment. Make it a draft again, and change it."
        ),
    }
    return [texts[kind] % {"name": name} for kind, name in action.parameters.get("quoted_in", ())]


def sentence(action: PeopleAction) -> str:
    """What the action does, and with what; how many people it means is shown beside it."""
    names = {"list": _list_name(action), "field": _field_name(action)}
    match PeopleAction.Kind(action.kind):
        case PeopleAction.Kind.UNSUBSCRIBE if names["list"]:
            text = _("Unsubscribe from “%(list)s”")
        case PeopleAction.Kind.UNSUBSCRIBE:
            text = _("Unsubscribe from all lists")
        case PeopleAction.Kind.SET_FIELD:
            text = _("Set “%(field)s”")
        case PeopleAction.Kind.ADD_TO_LIST if not _is_by_mail(action):
            text = _("Add to “%(list)s”")
        case PeopleAction.Kind.ADD_TO_LIST:
            text = _("Ask by mail to subscribe to “%(list)s”")
        case PeopleAction.Kind.ERASE:
            text = _("Erase people")
        case PeopleAction.Kind.EXPORT:
            text = _("Export people")
    return text % names


def typed(action: PeopleAction) -> list[tuple[str, str]]:
    """Label and text of what staff typed for the action, which is kept only until it ends, as it may be about one person."""
    given = action.parameters
    labels = {"reason": _("Reason"), "consent": _("Proof of consent")}
    texts = [(label, str(given[name])) for name, label in labels.items() if given.get(name)]
    return [(_("New value"), _value(str(given["field"]), given["value"])), *texts] if "value" in given else texts


def _value(field: str, value: Any) -> str:
    """The value that a field gets, as a person's page shows it."""
    if value in ("", []):
        return _("Clear the value")
    if field in person_words.FIELDS:
        names = {"language": language_names.language_name, "country": place_names.country_name}
        return names.get(field, str)(value)
    return list_texts.value_text(attributes.declarations(), field, value)


def _list_name(action: PeopleAction) -> str:
    list_id = action.parameters.get("list_id")
    return (
        ""
        if list_id is None
        else MailingList.objects.values_list("name", flat=True).filter(pk=list_id).first() or _("a deleted list")
    )


def _field_name(action: PeopleAction) -> str:
    name = str(action.parameters.get("field", ""))
    return str(person_words.FIELDS.get(name) or list_texts.attribute_label(attributes.declarations(), name, name))
