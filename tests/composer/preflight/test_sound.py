"""Mails in which no rule finds anything: short and long, in several languages, in every theme, with every block."""

from dataclasses import replace
from pathlib import Path

import pytest

from composer import preflight
from composer.issue.languages import parts_of
from composer.preflight.mail import GMAIL_CLIPS, LONGEST_NAME
from composer.themes.theme_loading import DEFAULT_ROOT, theme_names
from tests.composer.preflight.mails import BODY, RICH, SOUND, mail_of, write_issue
from tests.support.variations import first


@pytest.mark.parametrize("name", first(SOUND, 4))
def test_a_sound_mail_has_no_findings(name: str, tmp_path: Path, root: Path) -> None:
    mail = mail_of(write_issue(tmp_path, *SOUND[name]), root)
    meant = {"phone-length"} if name == "long" else set()
    assert {finding.code for finding in preflight.inspect(mail)} == meant


@pytest.mark.parametrize("theme", sorted(path.name for path in DEFAULT_ROOT.iterdir() if (path / "theme.yaml").is_file()))
def test_every_included_theme_has_no_findings(theme: str, tmp_path: Path, root: Path) -> None:
    mail = mail_of(write_issue(tmp_path, {"theme": theme}, BODY + RICH), root)
    assert [str(finding) for finding in preflight.inspect(mail)] == []


@pytest.mark.parametrize("theme", theme_names())
def test_chinese_in_the_head_of_an_english_issue_is_marked_by_the_mail_itself(theme: str, tmp_path: Path, root: Path) -> None:
    head = {
        "theme": theme, "title": "科技通讯", "organisation": "中国科协", "about": "中国科协主办。", "address": "北京市海淀区复兴路3号",
    }  # fmt: skip
    folder = write_issue(tmp_path, head, BODY)
    file = folder / "issue.md"
    text = file.read_text(encoding="utf-8").replace("number: 2023-03", "number: 第三期，2023年3月\ntagline: 科技新闻")
    text = text.replace("https://english.cast.org.cn/", "https://科协.中国/")
    file.write_text(text.replace("footer:", "credits:\n  - 编辑: 王明\nfooter:", 1), encoding="utf-8")
    mail = mail_of(folder, root)
    assert [str(finding) for finding in preflight.inspect(mail) if finding.code == "lang-part"] == []
    for words in ("第三期，2023年3月", "科技通讯", "科技新闻", "王明", "科协.中国"):
        for part, language in parts_of(words, "en"):
            assert f'lang="{language}">{part}</span>' in mail.html if language else part in mail.html


def test_the_longest_name_is_not_a_fault_but_counts_for_the_size(sound: preflight.Mail) -> None:
    assert len(LONGEST_NAME) == 320
    for each in ("محمد", "施一公", "देव", "Å", "&", "<", "_", "😀"):
        assert each in LONGEST_NAME
    assert len(sound.longest_html.encode()) > len(sound.html.encode()) + 400
    assert sound.budget.html == len(sound.longest_html.encode())


def test_a_mail_that_only_a_long_name_makes_too_big_is_too_big(sound: preflight.Mail) -> None:
    just = replace(sound, html=sound.html + " " * (GMAIL_CLIPS - 10 - len(sound.html.encode())))
    assert len(just.html.encode()) < GMAIL_CLIPS
    assert [(each.code, each.level) for each in preflight.inspect(just)] == [("size-gmail", "error")]
