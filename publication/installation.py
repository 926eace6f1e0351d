"""The one Publication row of this installation."""

from publication.models import Publication


def publication() -> Publication:
    """The row; created with its defaults if the database has none."""
    return Publication.objects.get_or_create(pk=1)[0]
