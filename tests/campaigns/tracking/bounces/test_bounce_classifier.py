"""Real bounce texts of many providers, each with the one cause that it means, and what follows from it."""

import json
import re
from itertools import groupby
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from campaigns.tracking.bounces import bounce_texts
from campaigns.tracking.bounces.bounce_classifier import DEFAULT_REMEDIES, EFFECTS, BounceCause, BounceDiagnosis, Effect, cause_of
from campaigns.tracking.bounces.classifier_rules import REJECTED_ADDRESS, RULES
from tests.campaigns.tracking.bounces import bounces_page
from tests.support.effort import at_most

# Every text was published; `source` says where. "(pattern)" means that only the fixed words of the text are published there.
# Addresses and IP addresses are replaced. SendGrid's classification is given if known; the kind is derived from it.
TEXTS = json.loads((Path(__file__).parent / "bounce_texts.json").read_text(encoding="utf-8"))
PROVIDERS = {
    name: list(rows) for name, rows in groupby(sorted(TEXTS, key=lambda row: row["provider"]), lambda row: row["provider"])
}
CLASSIFICATIONS = [
    "", "Invalid Address", "Technical", "Content", "Reputation", "Frequency/Volume", "Mailbox Unavailable", "Unclassified",
]  # fmt: skip
BY_CODES = {"status", "classification", "temporary", "none"}


def diagnosis(row: dict[str, str], **other: str) -> BounceDiagnosis:
    names = ("kind", "status", "text", "classification", "domain")
    return cause_of(**({name: row[name] for name in names} | other))


def bounce(text: str, status: str = "", classification: str = "", domain: str = "", kind: str = "bounced_hard") -> BounceCause:
    return cause_of(kind=kind, status=status, text=text, classification=classification, domain=domain).cause


# -- the texts


@pytest.mark.parametrize("provider", PROVIDERS)
def test_every_real_bounce_text_gets_its_cause(provider):
    wrong = [
        (row["text"], row["cause"], diagnosed.cause.value, diagnosed.rule)
        for row in PROVIDERS[provider]
        if (diagnosed := diagnosis(row)).cause != row["cause"]
    ]
    assert not wrong


@pytest.mark.soak
def test_sender_fault_suppresses_nobody_whatever_its_classification():
    sender = [row for row in TEXTS if EFFECTS[BounceCause(row["cause"])] is Effect.ALARM]
    assert len(sender) > 100
    for row in sender:
        for classification in CLASSIFICATIONS:
            diagnosed = diagnosis(row, kind="bounced_hard", classification=classification)
            if diagnosed.rule not in BY_CODES:
                assert (diagnosed.cause, diagnosed.effect) == (row["cause"], Effect.ALARM), (row["text"], classification)
            assert diagnosed.effect is not Effect.SUPPRESS, (row["text"], classification)


@pytest.mark.soak
def test_a_specific_text_outranks_every_classification():
    for row in TEXTS:
        if row["kind"] != "dropped" and diagnosis(row).rule not in BY_CODES:
            assert {diagnosis(row, classification=classification).cause for classification in CLASSIFICATIONS} == {
                row["cause"]
            }, row["text"]


def test_sample_texts_are_many_and_exercise_every_rule():
    assert len(TEXTS) >= 300
    assert {row["cause"] for row in TEXTS} == {cause.value for cause in BounceCause}
    used = {diagnosis(row).rule for row in TEXTS}
    assert not {rule.id for rule in (*RULES, REJECTED_ADDRESS)} - used


def test_sample_texts_contain_no_real_address():
    addresses = {address for row in TEXTS for address in re.findall(r"[\w.+]+@[\w.-]+\w", row["text"])}
    published = {"abuse@corp.mail.ru", "delist@microsoft.com", "tosa@rx.t-online.de", "abuse_rbl@abuse-att.net"}
    assert {address for address in addresses - published if not address.startswith(("ann@", "news@", ".@"))} == set()


# -- what misleads


@pytest.mark.parametrize(
    ("text", "cause"),
    [
        ("550 5.1.1 <ann@example.org>: Recipient address rejected by policy", "reputation"),
        ("550 5.7.1 Requested action not taken: mailbox unavailable", "reputation"),
        ("550 5.5.0 Requested action not taken: mailbox unavailable", "invalid_address"),
        ("450 Requested mail action not taken: mailbox unavailable", "technical"),
        ("550 5.2.2 user is over quota", "mailbox_full"),
        ("550 5.2.1 account disabled", "mailbox_inactive"),
        ("550 5.1.1 User unknown. To reduce spam we reject mail to unknown users.", "invalid_address"),
        ("550 5.1.1 <spam.blocked@example.org>: user unknown, see https://example.org/spam-policy/spf", "invalid_address"),
        ("550 5.1.1 user unknown (mx.spam.blocklist.example.org)", "invalid_address"),
        ("550 <full.mailbox.quota@example.org> no such user", "invalid_address"),
        ("550 5.7.26.1 version string 4.7.26.5, user unknown", "invalid_address"),
        ("550-5.7.26 Unauthenticated email from example.com is not\n550-5.7.26 accepted due to domain's DMARC\n550 5.7.26 policy.", "reputation"),
        ("550 5.1.1 User unknown; rejected because the sender fails DMARC", "reputation"),
        ("554 5.7.1 Your message was rejected. " + "See our terms for details. " * 60 + "Reason: user unknown", "invalid_address"),
        ("451 4.3.0 Please try again later", "technical"),
        ("421 4.7.0 Try again later", "technical"),
        ("Unable to deliver: retried for 72 hours", "technical"),
        ("Message expired, unable to deliver in 72 hours; last answer: 421 4.7.0 very low reputation of the sending domain", "reputation"),
        ("450 4.1.1 user unknown", "mailbox_inactive"),
        ("host mx.example.org[192.0.2.7] said: 450 user unknown (in reply to RCPT TO command)", "mailbox_inactive"),
        ("550 Sender address news@example.com does not exist", "reputation"),
        ("554 sender address invalid", "reputation"),
        ("550 This server does not accept mail from 192.0.2.7", "reputation"),
        ("550 5.7.1 IP 192.0.2.7 is not listed in the SPF record of example.com", "reputation"),
        ("554 5.7.1 <ann@example.org>: Recipient address rejected: Access denied", "reputation"),
        ("550 5.4.1 [ann@example.org]: Recipient address rejected: Access denied", "invalid_address"),
        ("450 4.7.1 <ann@example.org>: Recipient address rejected: Service is unavailable", "technical"),
        ("550 5.7.1 Unauthenticated email is not accepted from this domain", "reputation"),
        ("550 rejected, high number of invalid recipients from your network", "reputation"),
        ("550 Your account has been suspended for sending spam", "reputation"),
        ("5.1.0 - Unknown address error 550-'5.7.1 rejected by policy'", "reputation"),
    ],
)  # fmt: skip
def test_misleading_text_gets_the_right_cause(text, cause):
    assert bounce(text) == cause


@pytest.mark.parametrize(
    ("status", "classification", "cause"),
    [
        ("", "", "unclassified"),
        ("5.0.0", "", "unclassified"),
        ("5.5.0", "Unclassified", "unclassified"),
        ("", "Invalid Address", "invalid_address"),
        ("5.1.1", "", "invalid_address"),
        ("5.1.1", "Invalid Address", "invalid_address"),
        # if the two disagree, nobody is suppressed
        ("5.1.1", "Reputation", "reputation"),
        ("5.7.1", "Invalid Address", "reputation"),
        ("5.2.2", "Invalid Address", "mailbox_full"),
        ("4.1.1", "Invalid Address", "mailbox_inactive"),
        ("5.2.1", "Mailbox Unavailable", "mailbox_inactive"),
        ("", "Mailbox Unavailable", "mailbox_inactive"),
        ("", "Technical Failure", "technical"),
        ("", "Frequency or Volume Too High", "volume"),
        ("", "something new", "unclassified"),
        ("5.1.2", "", "technical"),
        ("5.1.10", "", "invalid_address"),
        ("4.4.7", "", "technical"),
        ("5.7.515", "Invalid Address", "reputation"),
        ("5.6.0", "", "content"),
        ("not a status", "", "unclassified"),
    ],
)
@pytest.mark.parametrize("text", ["", "The message was returned."])
def test_without_a_specific_text_status_and_classification_decide(text, status, classification, cause):
    assert bounce(text, status, classification) == cause


def test_drop_of_a_listed_address_has_no_cause_of_its_own():
    for text, rule in (("Bounced Address", "listed-bounced"), ("Unsubscribed Address", "listed-unsubscribed")):
        diagnosed = cause_of(kind="dropped", status="", text=text, classification="", domain="example.org")
        assert (diagnosed.cause, diagnosed.rule) == (BounceCause.UNCLASSIFIED, rule)
    assert bounce("Bounced Address") == BounceCause.UNCLASSIFIED


def test_family_comes_from_the_domain_or_from_text_that_only_one_provider_writes():
    def family(domain: str, text: str = "550 no") -> str:
        return cause_of(kind="bounced_hard", status="", text=text, classification="", domain=domain).family

    assert family("hotmail.co.uk") == family("Outlook.com.") == "microsoft"
    assert (
        family("vip.qq.com")
        == family("firm.example", "550 Ip frequency limited https://service.mail.qq.com/detail/122/172")
        == "tencent"
    )
    assert family("firm.example", "550 5.1.1 no - gsmtp") == "google"
    assert family("yahoo.example.org") == family("", "") == ""
    # a code that means authentication at Yahoo gets Yahoo's fix
    yahoo = cause_of(kind="bounced_soft", status="5.7.9", text="554 5.7.9 no", classification="", domain="yahoo.de")
    assert (yahoo.cause, yahoo.remedy) == (BounceCause.REPUTATION, "authentication_yahoo")


# -- any text


WORDS = st.sampled_from([phrase.replace("*", " and ") for rule in RULES for phrase in rule.phrases])
ANY_TEXT = st.one_of(st.text(max_size=400), st.lists(st.one_of(WORDS, st.text(max_size=8)), max_size=12).map(" ".join))


@given(
    text=ANY_TEXT, status=st.one_of(st.sampled_from(["", "5.1.1", "4.7.1"]), st.text(max_size=9)),
    classification=st.sampled_from(CLASSIFICATIONS), domain=st.one_of(st.just("qq.com"), st.text(max_size=20)),
    kind=st.sampled_from(["bounced_hard", "bounced_soft", "deferred", "dropped"]),
)  # fmt: skip
def test_any_text_has_exactly_one_cause_and_an_alarm_names_its_fix(text, status, classification, domain, kind):
    diagnosed = cause_of(kind=kind, status=status, text=text, classification=classification, domain=domain)
    assert diagnosed == cause_of(kind=kind, status=status, text=text, classification=classification, domain=domain)
    assert diagnosed.cause in EFFECTS
    assert bool(diagnosed.remedy) == (diagnosed.effect is Effect.ALARM)


@pytest.mark.parametrize(
    "unit", ["a.", "@", "a@", "<", "5.7.", "550 5.1.1 ", "http://", "spam ", "rejected due to ", "空间", " ", "\x00", "a"]
)
def test_text_of_ten_thousand_characters_is_classified_quickly(unit):
    text = (unit * 10_000)[:10_000]
    with at_most(5):  # normally a few milliseconds; a backtracking pattern would take minutes
        cause_of(kind="bounced_hard", status="", text=text, classification="", domain="example.org")


# -- the table


def test_every_rule_about_the_sender_has_a_fix_with_a_text():
    for rule in RULES:
        assert bool(rule.remedy) == (EFFECTS[rule.cause] is Effect.ALARM), rule.id
    named = {rule.remedy for rule in RULES if rule.remedy} | set(DEFAULT_REMEDIES.values())
    assert named == set(bounce_texts.REMEDIES)
    assert set(bounce_texts.CAUSES) == set(BounceCause) == set(EFFECTS)
    ids = [rule.id for rule in (*RULES, REJECTED_ADDRESS)]
    assert len(ids) == len(set(ids))


def test_phrases_are_in_the_normalised_form_of_texts():
    for rule in (*RULES, REJECTED_ADDRESS):
        for phrase in rule.phrases:
            assert re.fullmatch(r"[0-9a-z\u3400-\u9fff]+(?:[ *][0-9a-z]+)*", phrase), (rule.id, phrase)


def test_the_page_for_operators_is_up_to_date():
    assert bounces_page.PAGE.read_text(encoding="utf-8") == bounces_page.page(), (
        "write it again: python -m tests.campaigns.tracking.bounces.bounces_page --write"
    )
