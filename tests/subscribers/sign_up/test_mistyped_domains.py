"""Which domains look mistyped. Providers that exist, and domains of organisations, never do."""

import pytest

from subscribers.sign_up.mistyped_domains import KNOWN, suggestion

MISTYPED = {
    "gmial.com": "gmail.com", "gamil.com": "gmail.com", "gmai.com": "gmail.com", "gmail.con": "gmail.com", "gmail.co": "gmail.com",
    "GMIAL.com": "gmail.com", "hotmial.com": "hotmail.com", "outlok.com": "outlook.com", "yaho.com": "yahoo.com", "qqq.com": "qq.com",
    "qq.con": "qq.com", "qq.cmo": "qq.com", "163.con": "163.com", "1633.com": "163.com", "136.com": "163.com", "162.com": "126.com",
    "126.co": "126.com", "sian.com": "sina.com", "sina.con": "sina.com", "foxmial.com": "foxmail.com",
    "qq": "qq.com", "gmail": "gmail.com", "zju.edu.con": "zju.edu.cn", "iop.ac.con": "iop.ac.cn", "lab.con": "lab.com", "lab.cmo": "lab.com",
    "gmial.con": "gmail.com", "love.con": "love.com", "siina.com": "sina.com", "sna.com": "sina.com",
}  # fmt: skip
OWN = [
    *KNOWN, "mail.com", "ymail.com", "gmx.at", "example.org", "cast.org.cn", "hq.com", "qz.com", "aon.com", "t.co", "gmx", "zju", "sina.com.cn",
    "yahoo.co.jp", "vip.163.com", "sina.cn", "live.cn", "188.com", "gmx.com", "web.com",
    "love.com", "line.com", "soho.com", "atom.com", "olive.com", "mtom.com", "gmx.be", "ms.com", "164.com", "",
]  # fmt: skip


@pytest.mark.parametrize(("typed", "meant"), MISTYPED.items())
def test_a_slip_in_a_well_known_domain_gets_a_suggestion(typed: str, meant: str) -> None:
    assert suggestion(f"Anna.B@{typed}") == f"Anna.B@{meant}"


@pytest.mark.parametrize("domain", OWN)
def test_a_domain_that_may_be_meant_gets_none(domain: str) -> None:
    assert suggestion(f"anna@{domain}") == ""


def test_a_text_that_is_no_address_gets_none() -> None:
    assert [suggestion(text) for text in ("", "gmial.com", "@gmial.com")] == ["", "", ""]
