"""The declarations of personal data are complete."""

import re
from pathlib import Path

import pytest
from django.core.exceptions import ImproperlyConfigured

from campaigns.models import Campaign
from publication import personal_data
from publication.personal_data import DECLARED, PersonalField
from subscribers.models import Segment, Subscriber
from subscribers.segments import segment_fields

DOCS = Path(__file__).resolve().parents[2] / "docs"


def test_mailroom_does_not_start_while_a_field_has_no_declaration(monkeypatch):
    personal_data.load()
    monkeypatch.setitem(
        DECLARED, Subscriber, {name: PersonalField("x") for name in DECLARED[Subscriber] if name != "soft_bounces"}
    )
    monkeypatch.setitem(DECLARED, Campaign, {**DECLARED[Campaign], "nickname": PersonalField()})
    monkeypatch.delitem(DECLARED, Segment)
    with pytest.raises(ImproperlyConfigured) as raised:
        personal_data.load()
    fields = str(raised.value).rpartition(": ")[2]
    assert fields == "Campaign.nickname, Subscriber.soft_bounces, Segment.description, Segment.slug, Segment.text"


def test_the_page_about_a_persons_export_names_every_key():
    keys = {
        key
        for fields in DECLARED.values()
        for field in fields.values()
        for key in ([field.export] if isinstance(field.export, str) else field.export)
    }
    assert keys - {"", *re.findall(r"`(\w+)`", (DOCS / "person-export.md").read_text("utf-8"))} == set()


def test_the_page_about_segments_names_every_field():
    rows = re.findall(r"^\| `(\w+)` \|", (DOCS / "segments.md").read_text("utf-8"), re.MULTILINE)
    assert set(rows) == {name for name, field in segment_fields.fixed("UTC").items() if field.is_measured} | {"list"}
