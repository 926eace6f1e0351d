"""What staff type into the forms of the section of people, at random: mostly well, at times badly, and at times out of place."""

from __future__ import annotations

import random
from datetime import timedelta

from django.utils import timezone

from subscribers.models import Subscriber
from tests.support.staff_tabs import Form, Input


class Typists:
    """Fills in forms. `personal` has every address, name and text about a person that was ever typed."""

    def __init__(self, chance: random.Random) -> None:
        self.chance, self.number = chance, 0
        self.personal: set[str] = set()

    def typed(self, kind: str) -> str:
        """A text that nobody has typed before."""
        self.number += 1
        text = f"{kind}{self.number:06}"
        self.personal.add(text)
        return text

    def new_address(self) -> str:
        return f"{self.typed('post')}@mail{self.chance.randrange(4)}.example"

    def someone(self) -> Subscriber | None:
        people = list(Subscriber.objects.filter(address__isnull=False).order_by("id"))
        return self.chance.choice(people) if people else None

    def fill(self, form: Form) -> dict[str, list[str]]:
        """The form as somebody fills it: mostly well, at times badly."""
        values: dict[str, list[str]] = {}
        for known in form.inputs:
            filled = self._filled(form, known, values)
            if filled:
                values[known.name] = filled
        if form.buttons and (button := self.chance.choice(form.buttons))[0]:
            values[button[0]] = [button[1]]
        if form.name == "people-import-columns" and values.get("column"):
            values["column"] = ["email", *[target or "-" for target in values["column"][1:]]]
        return values

    def _filled(self, form: Form, known: Input, so_far: dict[str, list[str]]) -> list[str]:
        chance, name = self.chance, known.name
        if known.kind in ("hidden", "file") or name == "csrfmiddlewaretoken":
            return [] if known.kind == "file" else list(known.values)
        if known.kind == "select":
            is_multiple = len(known.values) > 1
            return list(known.values) if is_multiple or chance.random() < 0.4 else [chance.choice(known.options or ("",))]
        if known.kind == "radio":
            return list(known.values) if known.values and chance.random() < 0.4 else [chance.choice(known.options)]
        if known.kind == "checkbox":
            if name in ("person", "request"):
                return chance.sample(known.options, min(len(known.options), chance.randrange(1, 4)))
            return [option for option in known.options if chance.random() < 0.6 or option in known.values]
        if chance.random() < 0.06:
            return [chance.choice(("", " ", "a\x07b", "x" * 5000, "<script>x</script>", "\u202e"))]
        return [self._text(form, known, so_far)]

    def _text(self, form: Form, known: Input, so_far: dict[str, list[str]]) -> str:
        chance, name, people = self.chance, known.name, form.name.startswith(("people-person", "people-action"))
        person = Subscriber.objects.filter(pk=form.arguments.get("person_id")).first() or self.someone()
        own = (person.address or "") if person else ""
        if name == "address":
            if form.name in ("people-person-erase", "people-suppression-lift"):
                return own.upper() if form.name.endswith("erase") else known.values[0]
            other = self.someone()
            return chance.choice((self.new_address(), self.new_address(), other.address if other else "", "no address"))
        if name == "text":
            return chance.choice((own.partition("@")[0], person.name if person else "", "post", "nobody"))
        if name == "typed":
            return chance.choice((form.value("confirmed"), form.value("confirmed"), "7"))
        if name in ("until", "since", "day") or known.kind == "date":
            days = chance.choice((-400, -30, -1, 20, 200, 400) if name == "until" else (-400, -30, -1, -1, 3))
            return (timezone.now() + timedelta(days=days)).date().isoformat()
        if name == "zone":
            return chance.choice(("", "Europe/Berlin", "Asia/Shanghai", "Atlantis"))
        if name == "value":
            return {"language": "de", "country": "CN", "zone": "Asia/Tokyo", "since": "2026-02-03"}.get(
                (so_far.get("field") or [""])[0], self.typed("Wert")
            )
        if name == "pasted":
            return "email,name,unit\n" + "\n".join(self._line() for _ in range(chance.randrange(1, 6)))
        if name in ("name", "slug") and form.name == "people-attribute-new":
            return f"extra{chance.randrange(6)}"
        if name in ("slug", "new_slug"):
            return chance.choice(("", "", f"list-{chance.randrange(50)}"))
        if name == "new_list" or form.name.startswith(("people-list-new", "people-list-edit", "people-attribute")):
            return f"Titulus {chance.randrange(1000)}"
        if name == "domain":
            return f"mail{chance.randrange(6)}.example"
        if people and name == "name":
            return self.typed("Nomen")
        text = self.typed("Grund")
        # Staff quote a person in what they write about that person; elsewhere only addresses.
        quoted = [own, person.name] if person and "person_id" in form.arguments else [own]
        return f"{text} {chance.choice(quoted)}" if chance.random() < 0.3 and "detail" not in name else text

    def _line(self) -> str:
        known = self.someone()
        address = known.address if known and self.chance.random() < 0.5 else self.new_address()
        return f"{self.chance.choice((address, address, address, 'nobody'))},{self.typed('Nomen')},{self.typed('Wert')}"
