"""Lists, single people, segments, suppressions: by the words of the command line."""

from datetime import timedelta

import pytest
from openpyxl import load_workbook

from publication import audit, clock
from publication.models import Audit
from subscribers.consent import measuring_consent, subscriptions
from subscribers.consent.ledger import Proof
from subscribers.consent.unsubscribing import unsubscribe_reasons
from subscribers.models import ConsentRecord, Notice, Subscriber


@pytest.fixture
def wei(done, news):
    options = ("--consent", "by letter", "--name", "Wei Chen", "--language", "zh")
    return done("subscriber", "add", "wei@people.example", "--list", "news", *options)


def test_lists_are_shown_with_their_numbers_of_people(done, run, wei):
    shown = done("list", "show", "news")
    assert (shown["confirmed"], shown["mailable"], shown["pending"]) == (1, 1, 0)
    assert "news" in run("list", "ls").out


def test_a_person_from_joining_to_erasure(done, run, wei):
    shown = done("subscriber", "show", "Wei@People.example")
    assert shown["name"] == "Wei Chen"
    [standing] = shown["subscriptions"]
    assert (standing["list"], standing["state"], standing["consent"]) == ("news", "confirmed", "by letter")
    assert "wei@people.example" in run("subscriber", "show", "wei@people.example").out
    assert done("subscriber", "unsubscribe", "wei@people.example", "--list", "news")["left"] == 1
    again = run("subscriber", "unsubscribe", "wei@people.example", "--list", "news").out
    assert again == "wei@people.example is not on any of these lists; nothing was changed.\n"
    again = run("subscriber", "add", "wei@people.example", "--list", "news", "--consent", "x")
    assert again.code == 1
    assert "left the list" in again.err
    refused = run("subscriber", "erase", "wei@people.example", given="n\n")
    assert (refused.code, "nothing was done" in refused.err) == (1, True)
    assert run("subscriber", "erase", "wei@people.example", given="y\n").code == 0
    assert run("subscriber", "show", "wei@people.example").code == 1
    assert done("suppression", "show", "wei@people.example")["reason"] == "erased"


def test_asking_by_mail_leaves_a_pending_request_and_says_whether_a_mail_is_sent(done, run, news):
    done("list", "create", "events", "--name", "Events")
    ask = ("subscriber", "subscribe", "li@people.example", "--name", "Li", "--list")
    asked = done(*ask, "news")
    assert (asked["state"], asked["asked"]) == ("pending", True)
    Notice.objects.update(state="accepted")
    again = run(*ask, "events", "--name", "Li Na")
    assert "No mail is sent: li@people.example was asked too often recently." in again.out
    assert "name and language stay as they are" in again.err


def test_a_command_that_asks_does_nothing_without_an_answer(run, wei):
    answer = run("subscriber", "erase", "wei@people.example", given="")
    assert answer.code == 1
    assert "--yes" in answer.err


def test_an_address_is_suppressed_shown_and_allowed_again(done, run, wei):
    added = done("suppression", "add", "wei@people.example", "--detail", "asked by telephone")
    assert added["changed"]
    assert done("list", "show", "news")["mailable"] == 0
    assert done("suppression", "ls")["suppressions"][0]["address"] == "wei@people.example"
    assert "asked by telephone" in run("suppression", "show", "wei@people.example").out
    assert done("suppression", "lift", "wei@people.example", "--here-only", "--yes")["lifted"]
    assert done("list", "show", "news")["mailable"] == 1
    assert Audit.objects.filter(verb="suppress", actor__kind="cli").exists()


def test_a_name_cannot_move_the_cursor(run, wei):
    refused = run("subscriber", "add", "eve@people.example", "--list", "news", "--consent", "x", "--name", "Eve \x1b[2J")
    assert (refused.code, "the name contains a control character — remove" in refused.err) == (1, True)
    Subscriber.objects.update(name="Eve \x1b[31m\x1b[2J")  # as an older release stored it
    assert "\x1b" not in run("subscriber", "show", "wei@people.example").out


def test_adding_a_known_person_shows_what_changed(done, run, wei):
    add = ("subscriber", "add", "wei@people.example", "--list", "news", "--consent", "by telephone")
    text = run(*add, "--name", "Wei B. Chen").out
    assert "was already on news; the first statement of consent is kept" in text
    assert "name changed from “Wei Chen” to “Wei B. Chen”" in text
    assert "no stored detail was changed" in run(*add).out
    assert done(*add, "--name", "Wei Chen")["changed"] == {"name": {"before": "Wei B. Chen", "after": "Wei Chen"}}
    for command in (add, ("subscriber", "subscribe", "li@people.example", "--list", "news"), ("subscriber", "edit", add[2])):
        for tag in ("chinese", "xx-yy"):
            refused = run(*command, "--language", tag)
            assert (refused.code, f"“{tag}” is not a language tag — write it as en, zh-Hans or pt-BR" in refused.err) == (1, True)
    for zone in ("Beijing", "北京", "Asia/Bejing"):
        assert "did you mean Asia/Shanghai?" in run(*command, "--zone", zone).err


def test_the_details_of_a_person_are_edited(done, run, wei):
    done("publication", "set", "--attribute", "interests:words")
    edit = ("subscriber", "edit", "wei@people.example")
    changed = done(*edit, "--zone", "Asia/Shanghai", "--set", "interests=chemistry; art", "--language", "")["changed"]
    assert changed["interests"] == {"before": None, "after": ["chemistry", "art"]}
    shown = done("subscriber", "show", "wei@people.example")
    assert (shown["name"], shown["language"], shown["zone"]) == ("Wei Chen", "", "Asia/Shanghai")
    assert "interests changed from “chemistry, art” to nothing" in run(*edit, "--unset", "interests").out
    assert run(*edit).code == 2
    assert run(*edit, "--set", "interests").code == 2
    wrong = run(*edit, "--set", "interest=x")
    assert (wrong.code, "did you mean interests?" in wrong.err) == (1, True)


def test_staff_pause_and_resume_a_person(done, run, wei):
    edit = ("subscriber", "edit", "wei@people.example")
    day = f"{clock.now() + timedelta(days=40):%Y-%m-%d}"
    changed = done(*edit, "--zone", "Asia/Shanghai", "--pause-until", day)["changed"]
    assert changed["zone"]["after"] == "Asia/Shanghai"
    assert clock.in_zone(Subscriber.objects.get().paused_until, "Asia/Shanghai").isoformat()[:16] == f"{day}T00:00"
    assert done("subscriber", "show", "wei@people.example")["paused_until"]
    assert done("list", "show", "news")["mailable"] == 0
    assert list(done(*edit, "--resume")["changed"]) == ["paused_until"]
    assert done(*edit, "--resume")["changed"] == {}
    assert [line.act for line in ConsentRecord.objects.order_by("id")][-2:] == ["paused", "resumed"]
    for wrong in ("2020-01-01", "2199-01-01", "soon"):
        assert run(*edit, "--pause-until", wrong).code == 1


def test_staff_end_an_agreement_to_be_measured_and_cannot_give_one(done, run, wei):
    person = Subscriber.objects.get()
    measuring_consent.agree(audit.subscriber(), person, source="preferences", proof=Proof.PRIVATE_LINK, wording="You may")
    assert done("subscriber", "show", "wei@people.example")["measured_since"]
    edit = ("subscriber", "edit", "wei@people.example", "--stop-measuring")
    assert [list(done(*edit)["changed"]) for _ in range(2)] == [["measured_since"], []]
    assert done("subscriber", "show", "wei@people.example")["measured_since"] is None
    line = ConsentRecord.objects.latest("id")
    assert (line.act, line.source, line.proof) == ("withdrew_measuring", "cli", "statement")


def test_an_attribute_is_opened_to_people_and_named(done, run, wei):
    done("publication", "set", "--attribute", "field_of_work:words")
    plain = {"attribute": "field_of_work", "type": "words", "open": False, "label": "Field of work", "labels": {}, "values": {}}
    assert done("publication", "attribute", "field_of_work", "--not-open") == plain
    opened = done("publication", "attribute", "field_of_work", "--open", "--label", "Topics")
    assert opened == plain | {"open": True, "label": "Topics"}
    assert done("publication", "attribute", "field_of_work", "--label", "")["label"] == "Field of work"
    assert done("publication", "show")["attributes"] == {"field_of_work": "words"}


def test_a_list_shows_why_people_left(done, run, wei):
    person = Subscriber.objects.get()
    subscriptions.unsubscribe(audit.subscriber(), person.pk, how="page")
    unsubscribe_reasons.give(audit.subscriber(), person.pk, None, "too_many", "Every day")
    assert done("list", "show", "news")["unsubscribe_reasons"]["too_many"] == 1
    shown = run("list", "show", "news").out
    assert "left because: too many" in shown
    assert "Every day" not in shown


def test_an_erased_person_is_not_brought_back_by_staff(done, run, wei, tmp_path):
    done("subscriber", "erase", "wei@people.example", "--yes")
    for verb in (["add", "--consent", "x"], ["subscribe"]):
        refused = run("subscriber", verb[0], "wei@people.example", "--list", "news", *verb[1:])
        assert refused.code == 1
        assert "asked to be forgotten; nothing was stored — only the person can subscribe again" in refused.err
    given = "email\nwei@people.example\n"
    assert done("subscriber", "import", "-", "--list", "news", "--consent", "x", given=given)["kept_out"] == 1
    lifted = run("suppression", "lift", "wei@people.example", "--yes")
    assert (lifted.code, "nobody else can allow mail to them" in lifted.err) == (1, True)
    assert [*Subscriber.objects.values_list("address", flat=True)] == [None]


def test_a_segment_from_storing_to_deleting(done, run, wei):
    assert done("segment", "create", "weis", 'language = "zh"')["segment"] == "weis"
    assert done("segment", "count", "weis", "--list", "news") == {
        "text": 'language = "zh"', "lists": ["news"], "matching": 1, "mailable": 1
    }  # fmt: skip
    assert done("segment", "sample", 'language = "zh"', "--list", "news")["people"][0]["address"] == "wei@people.example"
    assert done("segment", "change", "weis", 'language = "fr"')["text"] == 'language = "fr"'
    assert "weis" in run("segment", "ls").out
    assert done("segment", "change", "weis", "--name", "Wei and friends")["name"] == "Wei and friends"
    assert run("segment", "change", "weis").code == 2
    assert [version["text"] for version in done("segment", "versions", "weis")["versions"]] == [
        'language = "fr"', 'language = "fr"', 'language = "zh"',
    ]  # fmt: skip
    assert done("segment", "copy", "weis", "weis-2")["text"] == 'language = "fr"'
    assert done("segment", "delete", "weis-2", "--yes")["deleted"]
    assert run("segment", "delete", "weis", given="n\n").code == 1
    assert done("segment", "delete", "weis", "--yes")["deleted"]
    assert "there is no" in run("segment", "count", "weis").err or "no segment" in run("segment", "count", "weis").err


@pytest.mark.parametrize(
    "text",
    [
        'nam = "x"',
        'country = "CN" and lst = "news"',
        'country = "CN" and',
        'list = "newz"',
        'country = "CN"\nand\n  nam = 1',
    ],
)
def test_a_typo_in_a_segment_has_a_caret_under_its_column(run, news, text):
    document = run("segment", "check", text, "--json").document
    answer = run("segment", "check", text)
    assert answer.code == 1
    lines = answer.err.rstrip("\n").split("\n")
    column = document["column"]
    before = text[: column - 1]
    line_start = before.rfind("\n") + 1
    assert lines[1] == f"  {text[line_start:].split(chr(10), 1)[0]}"
    assert lines[2] == " " * (2 + len(before) - line_start) + "^"
    assert f"at character {column}:" in lines[0]


@pytest.fixture
def people_file(tmp_path):
    path = tmp_path / "people.csv"
    path.write_text(
        "email,name,language,interests\nwei@people.example,Wei Chen,zh,chemistry;energy\nno-at-sign.example,Tom,en,\n"
        "amy@people.example,Amy,en,physics\nbob@people.example,Bob,klingon!,\n",
        encoding="utf-8",
    )
    return path


def import_people(run, path, *more):
    return run("subscriber", "import", path, "--list", "news", "--consent", "at the fair", "--create-attributes", *more)


def test_good_rows_are_imported_and_bad_ones_are_shown(run, done, news, people_file, tmp_path):
    refused = tmp_path / "refused.csv"
    answer = import_people(run, people_file, "--refused", refused)
    assert answer.code == 1
    assert "line 3: this is not an address — write it as name@example.org" in answer.err
    assert "line 5: " in answer.err
    assert f"2 rows refused; they are in {refused}" in answer.err
    assert "no-at-sign.example" in refused.read_text(encoding="utf-8-sig")
    assert refused.stat().st_mode & 0o077 == 0
    assert done("list", "show", "news")["confirmed"] == 2
    assert done("subscriber", "show", "wei@people.example")["subscriptions"][0]["consent"] == "at the fair"


def test_an_unknown_column_is_refused_with_what_to_do(run, news, people_file):
    answer = run("subscriber", "import", people_file, "--list", "news", "--consent", "at the fair")
    assert answer.code == 1
    assert "columns that are not known: interests" in answer.err
    assert "--create-attributes" in answer.err


def test_every_bad_address_is_shown_with_a_hint(run, news, tmp_path):
    path = tmp_path / "bad.csv"
    rows = ("two@@people.example", '""', "läufer@people.example", "a@people.invalid", "a@nodot", f"{'a' * 300}@people.example")
    path.write_text("email,name\n" + "".join(f"{row},A\n" for row in rows), encoding="utf-8")
    messages = [line for line in import_people(run, path).err.splitlines() if line.startswith("line ")]
    assert len(messages) == len(rows)
    for line in messages:
        reason, dash, hint = line.partition(": ")[2].partition(" — ")
        assert dash, line
        assert hint, line
        assert reason != hint
    refusals = import_people(run, path, "--json", "--dry-run").document["refusals"]
    assert [f"line {refusal['line']}: {refusal['message']} — {refusal['hint']}" for refusal in refusals] == messages


def test_a_dry_run_changes_nothing(run, done, news, people_file):
    answer = import_people(run, people_file, "--dry-run")
    assert "nothing was changed" in answer.out
    assert done("list", "show", "news")["confirmed"] == 0


def test_what_an_import_left_out_and_the_end_of_a_subscription_are_shown_with_their_lines(run, news, tmp_path):
    path = tmp_path / "mc.csv"
    header = "Email Address,OPTIN_TIME,LEID,EUID,CC"
    path.write_text(f"{header},UNSUB_TIME\nwei@example.org,,1,a,Neverland,2024-05-01 10:00:00\n")
    answer = run("subscriber", "import", path, "--list", "news", "--consent", "x")
    assert "1 detail could not be used and was left out" in answer.err
    assert "line 2: country" in answer.err
    assert "mc.csv, line 2, on 2024-05-01" in run("subscriber", "history", "wei@example.org").out
    detail = run("subscriber", "history", "wei@example.org", "--json").document["history"][0]["detail"]
    assert (detail["file"], detail["line"], detail["day"]) == ("mc.csv", 2, "2024-05-01")
    path.write_text(f"{header}\n")
    assert "no rows" in run("subscriber", "import", path, "--list", "news", "--consent", "x").err


def test_an_export_can_be_imported_again(run, done, news, people_file, tmp_path):
    import_people(run, people_file)
    path = tmp_path / "out.csv"
    assert done("subscriber", "export", "--list", "news", "--to", path)["people"] == 2
    assert path.stat().st_mode & 0o077 == 0
    assert [file.name for file in tmp_path.iterdir() if file.name.startswith(".")] == []
    again = import_people(run, path, "--json")
    assert (again.code, again.document["unchanged"], again.document["created"]) == (0, 2, 0)
    refused = run("subscriber", "export", "--list", "news", "--to", path)
    assert refused.code == 1
    assert "already exists" in refused.err
    assert run("subscriber", "export", "--list", "news").out.replace("\r", "") == path.read_text(encoding="utf-8")
    done("segment", "create", "chinese", 'language = "zh"')
    assert done("subscriber", "export", "--list", "news", "--segment", "chinese", "--to", tmp_path / "zh.csv")["people"] == 1


def test_an_export_to_a_missing_folder_is_refused(run, news, tmp_path):
    answer = run("subscriber", "export", "--list", "news", "--to", tmp_path / "no folder" / "out.csv")
    assert answer.code == 1
    assert "No such file" in answer.err
    assert run("subscriber", "export", "--list", "news", "--json").code == 2


def test_an_export_for_people_has_the_columns_that_were_chosen(run, done, news, people_file, tmp_path):
    import_people(run, people_file)
    shown = run("subscriber", "export", "--list", "news", "--columns", "?").out.split()
    assert {"email", "lists", "list:news:joined"} <= set(shown)
    path = tmp_path / "out.xlsx"
    assert done("subscriber", "export", "--list", "news", "--columns", "email, list:news", "--to", path)["people"] == 2
    rows = [[cell.value for cell in row] for row in load_workbook(path).active.iter_rows()]
    assert rows[0] == ["email", "News: state"]
    assert {row[1] for row in rows[1:]} == {"confirmed"}
    assert done("subscriber", "export", "--list", "news", "--to", tmp_path / "default.xlsx")["people"] == 2
    assert run("subscriber", "export", "--list", "news", "--columns", "name").out.lstrip("\ufeff").startswith('"name"')
    assert "did you mean email?" in run("subscriber", "export", "--list", "news", "--columns", "emial").err
    assert run("subscriber", "export", "--list", "news", "--plain", "--to", tmp_path / "x.xlsx").code == 2
