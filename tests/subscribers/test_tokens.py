import random
from datetime import timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from subscribers import tokens
from subscribers.tokens import Purpose

IDS = st.integers(0, 2**48 - 1)


@given(st.integers(0, 2**32 - 1), IDS)
def test_a_token_says_what_it_was_made_of_and_fits_a_link(campaign, subscriber):
    token = tokens.unsubscribe_token(subscriber, campaign)
    assert tokens.read(Purpose.UNSUBSCRIBE, token) == (Purpose.UNSUBSCRIBE, campaign, subscriber)
    assert len(token) == 36
    assert token.replace("-", "").replace("_", "").isalnum()


def test_a_token_is_good_for_one_purpose_only():
    token = tokens.view_token(7, 3)
    assert [p for p in Purpose if tokens.read(p, token)] == [Purpose.VIEW]


def test_a_million_broken_tokens_are_all_invalid():
    """A sample of the million, by seed: one to three flipped bits, swapped characters, cuts and additions."""
    chance = random.Random(8058)
    alphabet = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_"
    good = tokens.unsubscribe_token(123456, 78)
    for _ in range(20_000):
        broken = list(good)
        for _ in range(chance.randint(1, 3)):
            at = chance.randrange(len(broken))
            broken[at] = alphabet[alphabet.index(broken[at]) ^ (1 << chance.randrange(6))]
        if "".join(broken) != good:
            assert tokens.read(Purpose.UNSUBSCRIBE, "".join(broken)) is None


@pytest.mark.parametrize(
    "change",
    [
        str.lower,
        lambda token: token[:-1],
        lambda token: token + "A",
        lambda token: token + "=",
        lambda token: token + "\n",
        lambda token: f" {token}",
        lambda token: token[:5] + "!" + token[5:],
        lambda token: "",
        lambda token: "é" * 36,
    ],
)
def test_a_token_has_one_spelling(change):
    assert tokens.read(Purpose.UNSUBSCRIBE, change(tokens.unsubscribe_token(1234, 5))) is None


@given(st.text(max_size=60))
def test_any_text_is_just_invalid(text):
    assert tokens.read(Purpose.VIEW, text) is None


def test_links_in_old_mails_work_while_their_key_is_kept(settings, time):
    settings.LINK_KEYS = ["old"]
    token = tokens.unsubscribe_token(9, 4)
    time.passes(days=4000)
    settings.LINK_KEYS = ["new", "old"]
    assert tokens.read(Purpose.UNSUBSCRIBE, token).subject == 9
    assert tokens.unsubscribe_token(9, 4) == tokens.TokenMaker(Purpose.UNSUBSCRIBE, key="new").make(4, 9)
    settings.LINK_KEYS = ["new"]
    assert tokens.read(Purpose.UNSUBSCRIBE, token) is None


def test_a_confirmation_is_good_for_seven_days_and_says_when_it_was_asked(time):
    token = tokens.confirm_token(44)
    claims = tokens.read(Purpose.CONFIRM, token)
    assert (claims.subject, claims.asked_at) == (44, time.at)
    time.passes(days=7)
    assert tokens.read(Purpose.CONFIRM, token)
    time.passes(seconds=1)
    assert tokens.read(Purpose.CONFIRM, token) is None
    time.at -= timedelta(days=30)
    assert tokens.read(Purpose.CONFIRM, token) is None


def test_the_maker_of_the_hot_path_makes_the_same_tokens():
    maker = tokens.TokenMaker("unsubscribe")
    assert [maker.make(3, n) for n in range(5)] == [tokens.unsubscribe_token(n, 3) for n in range(5)]
