"""The editor's texts for a calendar."""

from django.utils.translation import gettext_lazy as _

TEXTS = {
    "card-calendar": _("Calendar"),
    "help-calendar": _("Dates with an event and a place. Readers see them as a list."),
    "card-calendarEvent": _("Event"),
    "add-event": _("Add an event"),
    "delete-event": _("Delete this event"),
    "event-start": _("Day"),
    "event-end": _("Last day, if it takes several"),
    "event-here": _("Event"),
    "place-here": _("Place, if it has one"),
}
