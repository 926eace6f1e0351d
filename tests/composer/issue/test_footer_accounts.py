"""The accounts and the WeChat QR code in the footer of an issue file: reading, faults with their lines, printing."""

from pathlib import Path

import pytest

from composer.errors import ComposeError
from composer.issue.document import Footer, SocialLink
from composer.issue.parsing.issue_file import load_issue, parse_issue
from composer.issue.parsing.structure import read_structure
from composer.issue.printing.issue_printer import print_issue
from tests.composer.making import BODY, HEAD, picture_bytes

SOCIAL = """  social:
    - 微博: https://weibo.com/example
    - "LinkedIn": 'https://www.linkedin.com/company/example?a=1&b=2'
    - X: http://x.com/example # not https
  wechat: images/code.png
"""
LINE = HEAD.split("\n").index("---", 1) + 1  # of the first line after `address`


def source(more: str) -> str:
    return HEAD.removesuffix("---\n") + more + "---\n" + BODY


def test_accounts_keep_their_order_and_know_their_lines():
    footer = parse_issue(source(SOCIAL)).footer
    assert [(account.name, account.url, account.line - LINE) for account in footer.social] == [
        ("微博", "https://weibo.com/example", 1),
        ("LinkedIn", "https://www.linkedin.com/company/example?a=1&b=2", 2),
        ("X", "http://x.com/example", 3),
    ]
    assert footer.wechat == "images/code.png"


def test_a_printed_footer_is_read_back_the_same():
    issue = parse_issue(source(SOCIAL))
    printed = print_issue(issue)
    assert parse_issue(printed) == issue
    assert printed.index("  social:\n  - 微博: https://weibo.com/example\n") < printed.index("  wechat: images/code.png\n")
    assert "social" not in print_issue(parse_issue(source("")))


def test_a_footer_without_them_has_none():
    assert parse_issue(source("")).footer == Footer("CAST is large.", "3 Fuxing Road, Beijing")


@pytest.mark.parametrize(
    ("more", "code", "line"),
    [
        ("  social: https://weibo.com/x\n", "key-shape", 0),
        ("  social:\n    weibo: https://weibo.com/x\n", "key-shape", 0),
        ("  social:\n    - https://weibo.com/x\n", "key-shape", 1),
        ("  social:\n    - X: https://x.com/x\n    - Y: [a]\n", "key-shape", 2),
        ("  social:\n    - X: https://x.com/x\n    - Weibo:\n", "key-empty", 2),
        ("  social:\n    - '': https://x.com/x\n", "key-empty", 1),
        ("  social:\n    - X: x.com/example\n", "social-link", 1),
        ("  social:\n    - Mail: mailto:a@example.org\n", "social-link", 1),
        ("  social:\n    - X: javascript:alert(1)\n", "social-link", 1),
        ("  social:\n    - X: '#one'\n", "social-link", 1),
        ("  social:\n    - X: '{{ view_url }}'\n", "social-link", 1),
        ("  social:\n    - X: https://\n", "link-host", 1),
        ("  social:\n" + "    - X: https://x.com/x\n" * 9, "social-many", 0),
        ('  social:\n    - "a\\nb": https://x.com/x\n', "one-line", 1),
        ("  wechat: [a]\n", "key-shape", 0),
        ("  wehcat: a\n", "key-unknown", 0),
    ],
)
def test_each_fault_of_the_accounts_is_reported_at_its_line(more: str, code: str, line: int):
    with pytest.raises(ComposeError) as caught:
        parse_issue(source(more))
    assert (code, LINE + line) in [(finding.code, finding.line) for finding in caught.value.findings]


def test_eight_accounts_are_allowed_and_http_is_only_a_note():
    issue = parse_issue(source("  social:\n" + "    - X: http://x.com/x\n" * 8))
    assert issue.footer.social == (SocialLink("X", "http://x.com/x"),) * 8
    assert {(finding.code, finding.level) for finding in issue.findings} == {("link-http", "info")}


def test_a_missing_qr_code_is_reported_like_any_picture(tmp_path: Path):
    (tmp_path / "images").mkdir()
    (tmp_path / "images" / "codes.png").write_bytes(picture_bytes(300, 300))
    for src, code in (("images/code.png", "image-file"), ("../code.png", "image-path"), ("https://e.org/a.png", "image-remote")):
        (tmp_path / "issue.md").write_text(source(f"  wechat: {src}\n"), encoding="utf-8")
        with pytest.raises(ComposeError) as caught:
            load_issue(tmp_path)
        assert [(finding.code, finding.line) for finding in caught.value.findings] == [(code, LINE)]
    (tmp_path / "issue.md").write_text(source("  wechat: images/codes.png\n"), encoding="utf-8")
    assert load_issue(tmp_path).footer.wechat == "images/codes.png"


def test_the_structure_of_a_file_names_the_qr_code_among_its_pictures():
    structure = read_structure(source(SOCIAL) + "\n![x](images/a.jpg)\n")
    assert structure is not None
    assert structure.pictures == ("images/a.jpg", "images/code.png")
