"""One issue in two languages with a condition, sent by typed commands to 2,000 people: one campaign, one report.

Each inbox of the sandbox has the right variant, and the numbers are those of the forecast.
"""

from __future__ import annotations

import csv
from collections import Counter
from urllib.parse import urlsplit

import pytest

from tests.journeys.test_by_hand import ROOT, House, report
from tests.support.folders import folder_with_spaces
from tests.support.issues import two_languages
from tests.support.waiting import wait_until

pytestmark = [pytest.mark.processes, pytest.mark.timeout(300), pytest.mark.soak]

CHINESE, CONDITION = "尊敬的", "free for members in China"
PEOPLE = ROOT / "examples" / "subscribers.csv"


@pytest.fixture
def house():
    with folder_with_spaces() as folder:
        made = House(folder)
        yield made
        made.stop()
        made.command("down")
        assert made.processes() == []


def expected() -> dict[str, int]:
    """Address -> variant, from the file alone: Chinese for people who read it, else English, in China with the part for China."""
    with PEOPLE.open(encoding="utf-8-sig", newline="") as file:
        return {
            row["email"].strip().lower(): 2 if row["language"].startswith("zh") else int(row["country"] == "CN")
            for row in csv.DictReader(file)
        }


def variant_of(mail: dict) -> int:
    """The variant in the inbox, recognised by what a reader sees."""
    if CHINESE in mail["html"]:
        assert CHINESE in mail["text"]
        assert mail["subject"] == "大连之光：自由电子激光器"
        return 2
    assert mail["subject"] == "Light in Dalian"
    assert "Dear " in mail["html"]
    assert (CONDITION in mail["html"]) == (CONDITION in mail["text"])
    return int(CONDITION in mail["html"])


def test_each_inbox_has_the_variant_that_was_forecast(house, tmp_path):
    wanted = expected()
    forecast = [Counter(wanted.values())[number] for number in range(3)]
    assert len(wanted) == sum(forecast) == 2000
    assert min(forecast) > 50
    folder = two_languages(tmp_path / "an issue")
    house.environment["MAILROOM_ATTEMPT_SIZE"] = "50"
    house.up()
    house.command("sender", "add", "newsletter@cast.example", "--name", "CAST Newsletter")
    house.command("list", "create", "news", "--name", "CAST Newsletter")
    house.command("subscriber", "import", PEOPLE, "--list", "news", "--consent", "sample", "--create-attributes")

    stored = house.document("issue", "store", folder)
    assert [(each["variant"], each["language"], each["holds"]) for each in stored["variants"]] == [
        (0, "en", ['country != "CN"']), (1, "en", ['country = "CN"']), (2, "zh-Hans", [])
    ]  # fmt: skip
    arguments = ("campaign", "create", "--issue", folder, "--list", "news", "--from", "newsletter@cast.example")
    made = house.document(*arguments)
    campaign = made["campaign"]
    assert [each["recipients"] for each in made["variants"]] == forecast
    shown = house.command("campaign", "show", campaign).stdout
    assert "The issue has 3 variants. As of now they would go to:" in shown
    house.command("campaign", "test", campaign, "editor@cast.example", "--language", "zh-TW")

    told = house.document("campaign", "send", campaign, "--yes")
    assert [each["recipients"] for each in told["variants"]] == forecast
    wait_until(lambda: report(house, campaign)["state"] == "sent", 120, "the campaign ends", pause=1.0)
    done = report(house, campaign)
    assert [each["recipients"] for each in done["variants"]] == forecast
    assert done["accepted"] == sum(each["accepted"] for each in done["variants"]) == 2000
    assert len(house.document("campaign", "ls")["campaigns"]) == 1

    counts = house.sandbox("/_sandbox/counts?by=mr_d")
    assert (counts["distinct_recipients"], counts["duplicate_count"]) == (2001, 0)
    lines = house.sandbox("/_sandbox/messages?limit=5000")["messages"]
    assert len(lines) == 2001
    inboxes = {line["to"].lower(): house.sandbox(f"/_sandbox/messages/{line['id']}") for line in lines}
    staff = inboxes.pop("editor@cast.example")
    assert staff["subject"].startswith("[测试] 大连")
    assert {address: variant_of(mail) for address, mail in inboxes.items()} == wanted

    for number in range(3):
        mail = next(mail for address, mail in inboxes.items() if wanted[address] == number)
        leave = next(value for name, value in mail["headers"].items() if name.lower() == "list-unsubscribe")
        assert leave.strip("<>") in mail["html"]
        view = next(part for part in mail["html"].split('"') if "/v/" in part)
        status, _, page = house.ask("GET", urlsplit(view).path)
        assert status == 200
        assert (CHINESE in page, CONDITION in page) == (number == 2, number == 1)
