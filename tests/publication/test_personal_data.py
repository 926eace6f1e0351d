"""The declarations of personal data are complete."""

import re
from pathlib import Path
from typing import NamedTuple

import pytest
from django.apps import apps
from django.core.exceptions import ImproperlyConfigured

from campaigns.models import Campaign
from publication import personal_data
from publication.personal_data import DECLARED, PersonalField
from subscribers.models import FormerAddress, Segment, Subscriber
from subscribers.segments import segment_fields

ROOT = Path(__file__).resolve().parents[2]
DOCS = ROOT / "docs"


class PersonalRows(NamedTuple):
    """What becomes of the rows of a model about subscribers: the module that does it, or why nothing is done."""

    export: str
    erasure: str
    merge: str
    move: str


EXPORT, DELIVERIES = "campaigns/reporting/person_export.py", "campaigns/reporting/person_export_sql.py"
ERASURE, TEXTS = "subscribers/consent/erasing.py", "subscribers/consent/text_erasure.py"
OF_CAMPAIGNS = "campaigns/data_protection_sql.py"
MERGE, FORMER = "subscribers/records/merging.py", "subscribers/consent/former_addresses_sql.py"
MOVE = "subscribers/moving/moving_sql.py"
STAYS = "they stay with the record that they were made for; its export and its erasure include merged records"
LEFT = "campaigns and unfinished requests stay with the old installation (docs/moving.md)"
NUMBERS = "rows are numbers and codes that say nothing about the person; they end by themselves"
ROWS = {
    "subscribers.Subscriber": PersonalRows(EXPORT, ERASURE, MERGE, MOVE),
    "subscribers.Subscription": PersonalRows(EXPORT, TEXTS, MERGE, MOVE),
    "subscribers.ConsentRecord": PersonalRows(
        "subscribers/consent/ledger.py", "rows cannot be changed, and are stored without personal data", STAYS, MOVE
    ),
    "subscribers.AddressChange": PersonalRows(EXPORT, TEXTS, MERGE, LEFT),
    "subscribers.FormerAddress": PersonalRows(
        "a keyed hash means nothing to anybody", FORMER, FORMER, "a keyed hash has no other key"
    ),
    "subscribers.Notice": PersonalRows(EXPORT, TEXTS, "subscribers/consent/confirmations.py", LEFT),
    "subscribers.ImportedPerson": PersonalRows(
        "the source of the subscription names the import", "subscribers/importing/undo_sql.py", STAYS, LEFT
    ),
    "subscribers.PeopleActionMember": PersonalRows(NUMBERS, NUMBERS, STAYS, LEFT),
    "campaigns.Delivery": PersonalRows(DELIVERIES, OF_CAMPAIGNS, STAYS, LEFT),
    "campaigns.FollowUpRecipient": PersonalRows(
        "the delivery of the follow-up says the same", "the delivery stays, too, under the same number", STAYS, LEFT
    ),
    "campaigns.Event": PersonalRows(EXPORT, OF_CAMPAIGNS, STAYS, LEFT),
    "campaigns.Click": PersonalRows(EXPORT, "campaigns/measuring/click_storing_sql.py", STAYS, LEFT),
    "campaigns.NamedAnswer": PersonalRows(EXPORT, "campaigns/questions/answers_sql.py", STAYS, LEFT),
    "campaigns.DeliveryLog": PersonalRows(
        "the export has the outcome of each delivery", "rows cannot be changed, and are stored without addresses", STAYS, LEFT
    ),
}


def test_the_rows_of_every_model_about_subscribers_are_exported_erased_merged_and_moved_or_there_is_a_reason():
    models = {model._meta.label: model for model in apps.get_models() if personal_data.is_about_subscribers(model)}
    assert models.keys() == ROWS.keys(), "say in ROWS what becomes of the rows"
    for label, rows in ROWS.items():
        for module in (text for text in rows if text.endswith(".py")):
            code = (ROOT / module).read_text("utf-8")
            names = rf"\b({models[label].__name__}|{models[label]._meta.db_table})\b"
            assert re.search(names, code), f"{module} has no query of {label}"


def test_mailroom_does_not_start_while_a_field_has_no_declaration(monkeypatch):
    personal_data.load()
    monkeypatch.setitem(
        DECLARED, Subscriber, {name: PersonalField("x") for name in DECLARED[Subscriber] if name != "soft_bounces"}
    )
    monkeypatch.setitem(DECLARED, Campaign, {**DECLARED[Campaign], "nickname": PersonalField()})
    monkeypatch.delitem(DECLARED, Segment)
    monkeypatch.delitem(DECLARED, FormerAddress)
    with pytest.raises(ImproperlyConfigured) as raised:
        personal_data.load()
    fields = str(raised.value).rpartition(": ")[2]
    assert fields == (
        "Segment.description, Segment.name, Segment.slug, Segment.text, Subscriber.soft_bounces, FormerAddress.address_key, "
        "FormerAddress.id, FormerAddress.subscriber, Campaign.nickname"
    )


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
    assert set(rows) == segment_fields.fixed("UTC").keys() | {"list"} | segment_fields.NEWER
