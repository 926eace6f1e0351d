"""The editor's texts for a picture."""

from django.utils.translation import gettext_lazy as _

TEXTS = {
    "card-figure": _("Picture"),
    "help-figure": _("A picture with caption and credit. It is as wide as the text of the mail."),
    "no-picture": _("No picture yet. Upload one, drop it here, or paste it into the text."),
    "lost-picture": _("The picture {path} is not among the pictures of this issue."),
    "upload-picture": _("Upload a picture"),
    "upload-again": _("Try again"),
    "uploading": _("The picture is being uploaded …"),
    "stop-upload": _("Stop"),
    "library": _("From the library"),
    "crop-picture": _("Crop"),
    "alt": _("Alternative text"),
    "alt-hint": _("Say what the picture shows, for readers who cannot see it. Leave it empty only if the picture decorates."),
    "caption-here": _("Caption: what the picture cannot say"),
    "credit-here": _("Credit: who made the picture"),
}
