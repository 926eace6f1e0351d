"""Checks of a campaign's headers and subject, and the score of SpamAssassin on this machine."""

import shutil
import stat
from email import message_from_bytes, policy
from pathlib import Path

import pytest

from composer import spamassassin
from composer.preflight import Mail, inspect_headers, inspect_subject

SOUND = {
    "Precedence": "bulk",
    "List-Id": "News <news.example.org>",
    "List-Unsubscribe": "<https://news.example.org/u/abc>",
    "List-Unsubscribe-Post": "List-Unsubscribe=One-Click",
}


def test_valid_headers_have_no_findings() -> None:
    assert inspect_headers(SOUND) == ()
    assert inspect_headers(SOUND | {"List-Unsubscribe": "<mailto:u@example.org>, <https://news.example.org/u/abc>"}) == ()
    assert (
        inspect_headers(SOUND | {"List-Unsubscribe": "<http://localhost:8000/u/abc>", "List-Id": "新闻 <news.localhost>"}) == ()
    )


@pytest.mark.parametrize(
    ("name", "value", "words"),
    [
        ("List-Unsubscribe", "", "List-Unsubscribe is missing"),
        ("List-Unsubscribe", "<mailto:u@example.org>", "exactly one web address (found: 0)"),
        ("List-Unsubscribe", "https://news.example.org/u/abc", "exactly one web address (found: 0)"),
        ("List-Unsubscribe", "<https://a.example/1>, <https://a.example/2>", "(found: 2)"),
        ("List-Unsubscribe", "<http://news.example.org/u/abc>", "must begin with https://"),
        ("List-Unsubscribe-Post", "", "One-Click"),
        ("List-Unsubscribe-Post", "one-click", "One-Click"),
        ("List-Id", "", "List-Id is missing"),
        ("List-Id", "news", "not a name in angle brackets"),
        ("List-Id", "<news>", "not a name in angle brackets"),
        ("List-Id", f"{'x' * 250} <news.example.org>", "bytes, more than 255"),
    ],
)
def test_a_fault_of_the_headers_is_reported(name: str, value: str, words: str) -> None:
    (found,) = inspect_headers(SOUND | {name: value})
    assert (found.code, found.level) == ("list-headers", "error")
    assert words in str(found)


@pytest.mark.parametrize(
    "subject", ["广告 Engineers in Madrid", "AD: Engineers in Madrid", "广告：马德里的工程师们", "AD 马德里"]
)
def test_a_subject_marked_as_an_advertisement_is_accepted(subject: str) -> None:
    assert inspect_subject(subject) == ()


@pytest.mark.parametrize("subject", ["Engineers", "Adventures", "ADVENTURE", "Engineers, AD", "-mr_name_text-, 广告", ""])
def test_a_subject_not_marked_as_an_advertisement_is_reported(subject: str) -> None:
    (found,) = inspect_subject(subject, "issue.md", 6)
    assert (found.code, found.location) == ("subject-advertisement", "issue.md:6")


def test_the_spam_filter_gets_a_complete_message(sound: Mail) -> None:
    parsed = message_from_bytes(
        spamassassin.message_of(sound.subject, sound.html, sound.text, sound.fields), policy=policy.default
    )
    assert parsed["Subject"] == sound.subject
    assert parsed["List-Unsubscribe-Post"] == "List-Unsubscribe=One-Click"
    text, html = parsed.iter_parts()
    assert (text.get_content_type(), html.get_content_type()) == ("text/plain", "text/html")
    assert "Dear Maria Garcia" in text.get_content()
    assert "-mr_" not in text.get_content() + html.get_content()


def test_without_the_spam_filter_there_is_a_reason_instead_of_a_score(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.setenv("PATH", str(tmp_path))
    with pytest.raises(spamassassin.NotScoredError, match="not installed"):
        spamassassin.score(b"Subject: x\n\nx\n")


def test_a_spam_filter_that_hangs_or_gives_no_score_is_stopped(tmp_path: Path) -> None:
    for words, said in (("sleep 20", "longer than 0.3 seconds"), ("echo no; exit 1", "gave no score")):
        program = tmp_path / "filter"
        program.write_text(f"#!/bin/sh\n{words}\n", encoding="utf-8")
        program.chmod(program.stat().st_mode | stat.S_IXUSR)
        with pytest.raises(spamassassin.NotScoredError, match=said):
            spamassassin.score(b"Subject: x\n\nx\n", program=str(program), seconds=0.3)


@pytest.mark.soak
@pytest.mark.skipif(shutil.which("spamassassin") is None, reason="SpamAssassin is not installed: its score is not asked")
def test_an_ordinary_mail_is_not_spam_and_gtube_is(sound: Mail) -> None:
    scored = spamassassin.score(spamassassin.message_of(sound.subject, sound.html, sound.text, sound.fields))
    assert scored.points < scored.limit
    assert spamassassin.finding(scored).level == "info"
    sign = "XJS*C4JDBQADN1.NSBN3*2IDNEN*GTUBE-STANDARD-ANTI-UBE-TEST-EMAIL*C.34X"
    worst = spamassassin.score(spamassassin.message_of("hello", f"<p>{sign}</p>", sign, ()))
    assert worst.reasons[0][1] == "GTUBE"
    assert (spamassassin.finding(worst).level, spamassassin.finding(worst).code) == ("error", "spam-score")
