"""What somebody chose to see in a preview: the view, the width, the variant, and as which reader. All of it is in the URL."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace

from django.contrib.auth.models import AnonymousUser, User
from django.utils.http import urlencode

from composer.composition import Composition
from editorial.previewing import subscriber_reader
from editorial.previewing.sample_reader import SAMPLES, Reader
from subscribers.consent.text_erasure import mask_address
from subscribers.models import Subscriber
from subscribers.segments.grammar import SegmentError
from web.texts.issues import preview_texts
from web.texts.people.shown_people import SEE_ADDRESSES
from web.whole_numbers import whole_number

SEES_PEOPLE = "subscribers.view_subscriber"
_LONGEST_NUMBER = 15


@dataclass(frozen=True, slots=True)
class PreviewChoice:
    """`variant`: chosen by hand; None: the one that the reader gets. `sample`: a position in SAMPLES.

    `file` and `part`: what is being edited, and is marked in the mail. `person` is a subscriber whom this account may see;
    without `sees_names` their mail is shown as that of somebody without a name, with a masked address.
    """

    view: str = "designed"
    width: str = "desktop"
    variant: int | None = None
    sample: int | None = None
    person: Subscriber | None = None
    sees_names: bool = False
    file: str = ""
    part: str = ""

    @classmethod
    def of(cls, user: User | AnonymousUser, given: Mapping[str, str]) -> PreviewChoice:
        """Read it from a query or a form; whatever is not valid, or not for this user, is ignored."""
        view, width = given.get("view", ""), given.get("width", "")
        sample, number = (whole_number(given.get(name, ""), _LONGEST_NUMBER) for name in ("sample", "person"))
        person = None
        if number is not None and user.has_perm(SEES_PEOPLE):
            person = Subscriber.objects.filter(pk=number, erased_at=None).first()
        return cls(
            view if view in preview_texts.VIEWS else "designed",
            width if width in preview_texts.WIDTHS else "desktop",
            whole_number(given.get("variant", ""), _LONGEST_NUMBER),
            sample if sample is not None and sample < len(SAMPLES) else None,
            person, user.has_perm(SEE_ADDRESSES), given.get("file", "")[:200], given.get("part", "")[:200],
        )  # fmt: skip

    def query(self, **more: str) -> str:
        """The choice as a query string. It names a person by number: an address would be in logs and in the history."""
        chosen = {
            "view": self.view, "width": self.width, "variant": self.variant, "sample": self.sample,
            "person": self.person.pk if self.person else None, "file": self.file or None, "part": self.part or None, **more,
        }  # fmt: skip
        return urlencode({name: value for name, value in chosen.items() if value is not None})

    def without_reader(self) -> PreviewChoice:
        return replace(self, sample=None, person=None)

    def reader(self, composition: Composition) -> Reader:
        """Return the reader for whom the variant and the values are chosen."""
        variant = self.variant
        if variant is None and self.file and self.sample is None and self.person is None:
            variant = _of_file(composition, self.file)
        if self.person is not None:
            reader = self._subscriber(self.person, composition, variant)
            return reader if self.sees_names else replace(reader, name="", email=mask_address(reader.email))
        if self.sample is not None:
            sample = SAMPLES[self.sample]
            return Reader(sample.name, sample.language, {"country": sample.country}, variant)
        return Reader(variant=variant)

    @staticmethod
    def _subscriber(person: Subscriber, composition: Composition, variant: int | None) -> Reader:
        try:
            return subscriber_reader.reader_of(person, composition, variant)
        except SegmentError:  # a list or attribute was deleted a moment ago; the findings say so soon
            return Reader(person.name, person.language, {}, variant, person.address or "")


def _of_file(composition: Composition, file: str) -> int | None:
    """Return the number of the first variant in the language of a file that is being edited."""
    languages = [issue.language for issue in composition.issues if issue.file == file]
    return next((variant.number for variant in composition.variants if variant.language in languages), None)
