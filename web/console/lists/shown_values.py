"""The values that a form showed when its page was made. A field that still has its value is not written, so an old page undoes
nothing that somebody changed since.
"""

from collections.abc import Mapping, Sequence

from django.http import HttpRequest

PREFIX = "stored."


def of_post(given: Mapping[str, str]) -> dict[str, str]:
    """Input -> the value that the page showed; empty if the post does not say it."""
    return {name.removeprefix(PREFIX): given[name] for name in given if name.startswith(PREFIX)}


def inputs(request: HttpRequest, shown: Mapping[str, str]) -> Sequence[tuple[str, str]]:
    """The hidden inputs of a form that shows these values, or that is shown again with what was wrong."""
    return [(PREFIX + name, value) for name, value in ((of_post(request.POST) or shown).items())]
