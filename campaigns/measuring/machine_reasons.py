"""Why a click may be a machine's: security scanners and link previews follow the links of mails, often before people do.

Reasons are bits. Those of ALONE are seen in one request; the others need the clicks of the same person, or when the mail was
delivered, so that only individual measuring knows them.
"""

import re
from collections.abc import Mapping
from enum import IntFlag
from ipaddress import ip_address, ip_network


class Reason(IntFlag):
    """One bit for each reason. Stored, so a number never changes its meaning."""

    HEAD = 1  # asked for headers only
    HEADERS = 2  # lacks what every browser sends
    AGENT = 4  # names itself as a scanner, a preview or a library
    NETWORK = 8  # comes from the network of a mail filter
    SOON = 16  # before a person could read the mail
    BURST = 32  # several links of one mail at once


ALONE = Reason.HEAD | Reason.HEADERS | Reason.AGENT | Reason.NETWORK

# Parts of User-Agent, in lower case: programs that name themselves. Mail filters that pretend to be a browser are
# recognised by the other reasons.
_AGENTS = (
    "crawl", "spider", "scan", "preview", "curl/", "wget", "python", "java/", "go-http-client", "okhttp", "libwww", "axios",
    "node-fetch", "headless", "phantomjs", "barracuda", "proofpoint", "mimecast", "symantec", "messagelabs", "trendmicro",
    "forcepoint", "fortinet", "sophos", "checkpoint", "ms-office", "microsoft office", "facebookexternalhit", "whatsapp",
    "google-safety", "safebrowsing", "urldefense", "linkcheck", "http-client", "httpclient",
)  # fmt: skip
_ROBOT = re.compile(r"(?<!cu)bot")  # Cubot makes phones
# Networks of the servers of mail filters. Each was found in at least two independent public sources: the vendor's list for the
# firewalls of customers as administrators copied it, SPF records, whois, Received lines of public mail archives. Networks from
# which people browse as well, such as those of web gateways (Zscaler, Forcepoint), must not be here.
_NETWORKS = tuple(
    ip_network(network)
    for network in (
        "67.231.144.0/20", "148.163.128.0/19", "205.220.160.0/19",  # Proofpoint
        "91.220.42.0/24", "185.58.84.0/22", "195.130.217.0/24", "207.211.30.0/23", "205.139.110.0/23",  # Mimecast
        "170.10.128.0/22", "170.10.132.0/23",  # Mimecast
        "64.235.144.0/20", "209.222.80.0/21",  # Barracuda
        "67.219.240.0/20", "85.158.136.0/21", "195.245.230.0/23", "216.82.240.0/20",  # Symantec
        "40.92.0.0/15", "40.107.0.0/16", "52.100.0.0/14", "104.47.0.0/17",  # Microsoft 365
        "68.232.128.0/19",  # Cisco
    )
)  # fmt: skip


def of_request(method: str, headers: Mapping[str, str], address: str, *, is_picture: bool = False) -> Reason:
    """The reasons that one request shows. `headers` have the names of HTTP; `address` is the client's, and is not kept.

    Pictures are also loaded by mail programs and their proxies, which send less than a browser does.
    """
    reasons = Reason(0)
    agent = headers.get("User-Agent", "").lower()
    if method != "GET":
        reasons |= Reason.HEAD
    if not is_picture and not _is_of_browser(agent, headers):
        reasons |= Reason.HEADERS
    if any(part in agent for part in _AGENTS) or _ROBOT.search(agent):
        reasons |= Reason.AGENT
    if _is_of_filter(address):
        reasons |= Reason.NETWORK
    return reasons


def _is_of_browser(agent: str, headers: Mapping[str, str]) -> bool:
    accepts_pages = any(kind in headers.get("Accept", "") for kind in ("text/html", "*/*"))
    return agent.startswith("mozilla/") and accepts_pages and bool(headers.get("Accept-Language"))


def _is_of_filter(address: str) -> bool:
    try:
        client = ip_address(address)
    except ValueError:
        return False
    return any(client in network for network in _NETWORKS if network.version == client.version)
