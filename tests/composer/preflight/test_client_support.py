"""Support by mail clients: the table, how it is made, which features a mail uses, and which of them the theme always uses."""

import json
import re
import subprocess
import sys
from pathlib import Path

import pytest

from composer.preflight import Mail
from composer.preflight.parsed_html import ParsedHtml
from composer.preflight.rules.client_support import TABLE, baseline, features_of, table

ROOT = Path(__file__).resolve().parents[3]


def used(head: str = "", body: str = "") -> frozenset[str]:
    return features_of(ParsedHtml(f"<html><head><style>{head}</style></head><body>{body}</body></html>"), table()["features"])


def test_the_support_table_is_small_and_has_a_date_and_its_licence() -> None:
    assert TABLE.stat().st_size < 20_000
    facts = table()
    assert re.fullmatch(r"20\d\d-\d\d-\d\d", facts["date"])
    assert facts["licence"][0] == "MIT License"
    assert any("Permission is hereby granted" in line for line in facts["licence"])
    assert len(facts["clients"]) == 10
    assert {len(letters) for _, letters in facts["features"].values()} == {10}
    assert all("n" in letters for _, letters in facts["features"].values())
    assert facts["features"]["css-display-grid"][1][3] == "n", "Outlook on Windows knows no grid"


def test_the_script_uses_the_latest_value_of_each_mail_client(tmp_path: Path) -> None:
    source = tmp_path / "package" / "data" / "caniemail.json"
    source.parent.mkdir(parents=True)
    (tmp_path / "package" / "LICENSE").write_text("MIT License\n\nsomebody\n", encoding="utf-8")
    stats = {"gmail": {"ios": {"2019-01": "n", "2024-01": "a #1"}}, "outlook": {"windows": {"2019": "y", "2021": "n #3"}}}
    features = [
        {"slug": "css-b", "title": "B", "stats": stats},
        {"slug": "css-a", "title": "A", "stats": {"gmail": {"ios": {"1": "y"}}}},
        {"slug": "amp", "title": "AMP", "stats": stats},
    ]
    source.write_text(json.dumps({"last_update_date": "2025-09-09 18:08:06", "data": features}), encoding="utf-8")
    to = tmp_path / "support.json"
    code = f"from composer.preflight.rules.make_support_table import write; from pathlib import Path; write(Path({str(source)!r}), Path({str(to)!r}))"
    subprocess.run([sys.executable, "-c", code], check=True, cwd=ROOT)
    made = json.loads(to.read_text(encoding="utf-8"))
    assert made["features"] == {"css-b": ["B", "uaunuuuuuu"]}
    assert made["date"] == "2025-09-09"
    assert made["licence"] == ["MIT License", "somebody"]


@pytest.mark.parametrize(
    ("head", "body", "name"),
    [
        ("p{display:flex}", "", "css-display-flex"),
        ("p{border-radius:3px}", "", "css-border-radius"),
        ("", '<p style="box-shadow:0 0 1px #000000">x</p>', "css-box-shadow"),
        ("p{width:10vw}", "", "css-unit-vw"),
        ("p{width:calc(1px + 2px)}", "", "css-unit-calc"),
        ("p{color:var(--x)}", "", "css-variables"),
        ("@supports (display:grid){p{color:#000000}}", "", "css-at-supports"),
        ("@media (prefers-reduced-motion: reduce){p{color:#000000}}", "", "css-at-media-prefers-reduced-motion"),
        ("p:first-child{color:#000000}", "", "css-pseudo-class-first-child"),
        ("p::before{content:''}", "", "css-pseudo-element-before"),
        ("p ~ a{color:#000000}", "", "css-selector-general-sibling"),
        ("", '<a href="#x">x</a>', "html-anchor-links"),
        ("", '<img src="https://e.org/a.avif" alt="">', "image-avif"),
        ("", '<img src="a.png" srcset="b.png 2x" alt="">', "html-srcset"),
        ("", "<video></video>", "html-video"),
    ],
)
def test_a_feature_is_found_only_where_it_is_used(head: str, body: str, name: str) -> None:
    assert name in used(head, body)
    assert name not in used("p{color:#000000}", "<p>x</p>")


def test_features_that_the_theme_always_uses_are_not_reported(sound: Mail) -> None:
    own = baseline(sound.plainest_html)
    assert len(own) > 5
    assert features_of(sound.parsed, table()["features"]) & own, "the mail uses a feature that no finding reports"
