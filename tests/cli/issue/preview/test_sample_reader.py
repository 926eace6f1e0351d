"""Imagined readers: which variant they get, and what is filled in for them."""

from __future__ import annotations

import pytest

from cli.issue.preview.folder_watch import FolderWatcher
from editorial.previewing.sample_reader import SAMPLES, Reader, asked
from tests.cli.issue.preview.conftest import ISSUE


@pytest.fixture
def composition(folder):
    (folder / "issue.zh-Hans.md").write_text(ISSUE.replace("language: en", "language: zh-Hans"), encoding="utf-8")
    return FolderWatcher(folder).look().composition


def test_what_the_conditions_ask_for(composition):
    assert asked(composition) == {"country": ("CN",), "interests": ("chemistry",)}


@pytest.mark.parametrize(
    ("query", "language", "holds"),
    [
        ({}, "en", 'country != "CN" and interests != "chemistry"'),
        ({"f.country": "CN"}, "en", 'country = "CN" and interests != "chemistry"'),
        ({"f.interests": "physics, chemistry"}, "en", 'country != "CN" and interests = "chemistry"'),
        ({"language": "zh-CN", "f.country": " CN "}, "zh-Hans", 'country = "CN" and interests != "chemistry"'),
        ({"language": "tlh"}, "en", 'country != "CN" and interests != "chemistry"'),
        ({"f.nonsense": "CN"}, "en", 'country != "CN" and interests != "chemistry"'),
    ],
)
def test_a_reader_gets_their_variant(composition, query, language, holds):
    variant = Reader.of(query).own(composition)
    assert (variant.language, variant.holds) == (language, (holds,))


def test_a_variant_picked_by_hand_is_shown_if_it_is_there(composition):
    assert Reader.of({"variant": "3"}).shown(composition).number == 3
    assert Reader.of({"variant": "99"}).shown(composition).number == 0


def test_yes_no_and_numbers_are_what_conditions_write(folder):
    text = ISSUE.replace('country = "CN"', "member = True and level in (1, 2)")
    (folder / "issue.md").write_text(text, encoding="utf-8")
    composition = FolderWatcher(folder).look().composition
    own = Reader.of({"f.member": "true", "f.level": "2"}).own(composition)
    assert own.holds == ('member = True and level in (1, 2) and interests != "chemistry"',)
    assert Reader.of({"f.member": "false", "f.level": "2"}).own(composition).number != own.number


@pytest.mark.parametrize("sample", SAMPLES, ids=lambda sample: sample.key)
def test_every_sample_is_filled_in_harmlessly(composition, sample):
    reader = Reader.of({"name": sample.name, "language": sample.language, "f.country": sample.country})
    mail = reader.own(composition).mail
    for filled in (
        reader.fill_page(mail.html, mail.fields),
        reader.fill(mail.text, mail.fields),
        reader.fill(mail.subject, mail.fields),
    ):
        assert "-mr_" not in filled
        assert "<x>" not in filled or filled != reader.fill_page(mail.html, mail.fields)
    assert (sample.name or "reader") in reader.fill(mail.text, mail.fields)


def test_pages_lead_nowhere_in_the_frame_and_are_told_in_the_text(composition):
    reader, mail = Reader(), composition.variants[0].mail
    assert 'href="#"' in reader.fill_page(mail.html, mail.fields)
    assert "https://newsletter.example.org/u/TOKEN-OF-THIS-RECIPIENT" in reader.fill(mail.text, mail.fields)
