"""Sample readers: which variant they get, and what is filled in for them."""

import pytest

from composer.composition import compose_folder
from config.env import EMAIL_THEMES
from editorial.previewing.sample_reader import SAMPLES, Reader
from tests.support.issues import FOR_SOME


@pytest.fixture
def composition(folder):
    (folder / "issue.zh-Hans.md").write_text(FOR_SOME.replace("language: en", "language: zh-Hans"), encoding="utf-8")
    return compose_folder(folder, theme_root=EMAIL_THEMES, picture_url=lambda picture: f"https://media.example/{picture.name}")


@pytest.mark.parametrize(
    ("language", "country", "served", "holds"),
    [
        ("", "", "en", 'country != "CN" and interests != "chemistry"'),
        ("", "CN", "en", 'country = "CN" and interests != "chemistry"'),
        ("zh-CN", "CN", "zh-Hans", 'country = "CN" and interests != "chemistry"'),
        ("tlh", "", "en", 'country != "CN" and interests != "chemistry"'),
    ],
)
def test_a_reader_gets_their_variant(composition, language, country, served, holds):
    variant = Reader(language=language, fields={"country": country}).own(composition)
    assert (variant.language, variant.holds) == (served, (holds,))


def test_a_variant_chosen_by_hand_is_shown_if_it_exists(composition):
    assert Reader(variant=3).shown(composition).number == 3
    assert Reader(variant=99).shown(composition).number == 0


@pytest.mark.parametrize("sample", SAMPLES, ids=lambda sample: sample.key)
def test_every_sample_is_filled_in_harmlessly(composition, sample):
    reader = Reader(sample.name, sample.language, {"country": sample.country})
    mail = reader.own(composition).mail
    page, text, subject = (
        reader.fill_page(mail.html, mail.fields), reader.fill(mail.text, mail.fields), reader.fill(mail.subject, mail.fields),
    )  # fmt: skip
    assert "-mr_" not in page + text + subject
    assert "<x>" not in page
    assert (sample.name or "reader") in text


def test_links_to_personal_pages_lead_nowhere_in_the_mail_and_are_shown_in_the_text(composition):
    reader, mail = Reader(), composition.variants[0].mail
    assert 'href="#"' in reader.fill_page(mail.html, mail.fields)
    assert "https://newsletter.example.org/u/TOKEN-OF-THIS-RECIPIENT" in reader.fill(mail.text, mail.fields)
