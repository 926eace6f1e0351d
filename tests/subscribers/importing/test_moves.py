"""People who come from other systems, and from another Mailroom, with their states."""

import random
from pathlib import Path

import pytest

from cli.subscriber.import_export_commands import import_
from publication.models import Audit, Publication
from subscribers.consent import erasing, subscriptions, suppressed_domains, suppressions
from subscribers.importing import exporter, state_words
from subscribers.importing.importer import CsvFileError, import_file
from subscribers.importing.source_formats import FORMATS, recognise
from subscribers.models import ConsentRecord, Notice, Subscriber, Subscription, Suppression
from subscribers.records import history
from subscribers.segments.recipients import recipients
from tests.subscribers.importing.other_systems import CONFIRMED, FILES, LEFT, PENDING, SYSTEMS, people_of
from tests.subscribers.importing.runs import counts, reasons
from tests.support.variations import first

State = Subscription.State
DOCS = Path(__file__).resolve().parents[3] / "docs" / "importing-people.md"
LISTMONK = "uuid,email,name,attributes,status,created_at,updated_at\n"


def listmonk(status, address="anna@example.org"):
    return f"1,{address},Anna,{{}},{status},2023-01-02 15:04:05.5 +0000 UTC,2023-05-02 15:04:05 +0000 UTC\n"


def confirmed():
    return set(Subscription.objects.filter(state=State.CONFIRMED).values_list("subscriber__address", flat=True))


def move(actor, news, folder, system, count, *, seed=0):
    """Import `count` people of a system by all its files, in a random order, the contacts also of those that others name."""
    people = list(people_of(system, count))
    files = [file for file in FILES if file.system == system]
    overlapping = [(address, at) for of, _, _, address, at in people if of.overlaps]
    order = random.Random(seed).sample(files, len(files))
    for file in order:
        rows = [(address, word, at) for of, word, _, address, at in people if of is file]
        if overlapping and file is files[-1]:
            word = next(word for word, (result, _) in file.outcomes.items() if result == CONFIRMED)
            rows += [(address, word, at) for address, at in overlapping]
        path = folder / file.file_name
        path.write_bytes(file.content(rows))
        run = import_file(actor, path, news, consent="moved from there", format_name=file.named, create_attributes=True)
        assert run.refusals == []
    return people


def check(news, people):
    expected = {address: result for _, _, result, address, _ in people}
    mailed = set(recipients([news]).values_list("address", flat=True))
    assert mailed == {address for address, result in expected.items() if result == CONFIRMED}
    states = dict(Subscription.objects.values_list("subscriber__address", "state"))
    stored = {suppression.address: suppression for suppression in Suppression.objects.all()}
    for _, _, result, address, _ in people:
        if result in {CONFIRMED, LEFT, PENDING}:
            assert address not in stored
            assert states[address] == {CONFIRMED: "confirmed", LEFT: "unsubscribed", PENDING: "pending"}[result]
        else:
            assert stored[address].reason == result
            assert stored[address].origin == "import"
            assert ".csv:" in stored[address].detail
    return stored


@pytest.mark.parametrize("system", SYSTEMS)
def test_every_state_of_another_system_comes_in_as_what_it_is(actor, news, tmp_path, system):
    Publication.objects.update(attribute_schema={"role": {"type": "text"}})
    people = move(actor, news, tmp_path, system, 60)
    check(news, people)
    assert not Notice.objects.exists()
    before = list(Subscription.objects.values()), list(Suppression.objects.values("address_key", "reason", "evidence_at"))
    move(actor, news, tmp_path, system, 60, seed=1)
    again = list(Subscription.objects.values()), list(Suppression.objects.values("address_key", "reason", "evidence_at"))
    assert again == before


def test_every_kind_of_file_is_tested_with_one():
    recognised = [recognise([*map(state_words.squeezed, file.header.split(","))], file.named, file.file_name) for file in FILES]
    assert {kind.name for kind in recognised if kind} == FORMATS.keys()


def test_the_docs_and_the_help_name_every_kind_of_file_with_its_words():
    text = DOCS.read_text("utf-8")
    for kind in FORMATS.values():
        assert f"`{kind.name}`" in text
        assert kind.system in (import_.help or "") or kind.system == "Mailroom"
    shown = text.casefold()
    missing = [
        word for file in FILES for word in file.outcomes if not word.isdigit() and word not in {"", "filtered", "two", "text only"}
        and word.casefold() not in shown
    ]  # fmt: skip
    assert missing == []


@pytest.mark.parametrize("create", [True, False])
def test_a_blocklisted_person_of_listmonk_is_suppressed_whatever_the_flags(read, create):
    run = read(LISTMONK + listmonk("blocklisted"), create_attributes=create)
    assert not Subscriber.objects.exists()
    suppression = Suppression.objects.get()
    assert (suppression.address, suppression.reason, suppression.origin) == ("anna@example.org", "manual", "import")
    assert (suppression.detail, f"{suppression.evidence_at:%Y-%m-%d %H:%M}") == (
        "people.csv:2 listmonk: blocklisted",
        "2023-05-02 15:04",
    )
    assert (run.format, run.details["suppressed"], counts(run)) == ("listmonk", 1, (0, 0, 0, 0, 0))
    assert run.details["addresses_suppressed"] == 1  # of nobody, so that nobody was updated
    assert counts(read(LISTMONK + listmonk("enabled"))) == (0, 0, 0, 1, 0)


def test_somebody_who_left_is_not_confirmed_by_our_own_export(actor, news, events, join, tmp_path):
    subscriptions.unsubscribe(actor, join("left@example.org").pk, list_ids=[news.pk], how="page")
    suppressions.suppress(actor, bytes(join("complained@example.org").address_key), "complaint")
    path = tmp_path / "news.csv"
    with path.open("w", encoding="utf-8", newline="") as stream:
        exporter.export(actor, stream, news)
    left_at = Subscription.objects.get(state=State.UNSUBSCRIBED).unsubscribed_at
    Subscriber.objects.all().delete()
    Suppression.objects.all().delete()
    import_file(actor, path, events, consent="moved")
    subscription = Subscription.objects.get()
    assert (subscription.state, subscription.unsubscribed_at, subscription.unsubscribed_how) == (
        State.UNSUBSCRIBED,
        left_at,
        "import",
    )
    line = ConsentRecord.objects.get(act="left", list=events)
    assert (line.source, line.detail) == (subscription.source, {"line": 2, "day": f"{left_at:%Y-%m-%d}"})
    assert Suppression.objects.get().reason == "complaint"


def test_an_unknown_word_refuses_the_row_also_without_a_word_in_a_recognised_file(read):
    run = read(LISTMONK + listmonk("sleeping") + listmonk("", "ben@example.org") + listmonk("Enabled", "cleo@example.org"))
    assert reasons(run) == [(2, "state"), (3, "state")]
    assert confirmed() == {"cleo@example.org"}


@pytest.mark.parametrize("column", first(["status", "state"]))
@pytest.mark.parametrize("create", first([True, False]))
def test_words_of_people_who_left_are_read_in_every_spelling_and_language(read, column, create):
    spellings = [
        "unsubscribed".ljust(40), '"unsubscribed\t"', '"""unsubscribed"""', "“Unsubscribed”", "'-unsubscribed", '"unsubscribed, bounced"',
        "unsubscribed/bounced", "unsubscribed (bounced)", "unsub", "Not subscribed", "abgemeldet", "Désabonné", "desabonnee",
        "dado de baja", "descadastrada", "disiscritto", "配信停止", "購読解除済み", "已取消订阅", "已退訂", "uitgeschreven", "отписан",
    ]  # fmt: skip
    for number, spelling in enumerate(spellings):
        rows = f"left{number}@example.org,{spelling}\nstays{number}@example.org,{'subscribed'.ljust(40)}\n"
        assert reasons(read(f"email,{column}\n{rows}", create_attributes=create)) == []
    assert confirmed() == {f"stays{number}@example.org" for number in range(len(spellings))}


def test_a_column_called_state_that_says_nothing_of_subscriptions_is_named_as_not_read(read):
    assert read("email,state\nanna@example.org,Bavaria\n").details["not_read"] == ["state"]


def test_only_the_columns_that_mailroom_adds_to_refused_rows_are_passed_over(read):
    with pytest.raises(CsvFileError, match="unknown_column"):
        read("email,refused_drinks\nanna@example.org,yes\n")
    read("email,Refused_Line,refused_newsletter\nanna@example.org,7,yes\nben@example.org,7,no\n")
    assert confirmed() == {"ben@example.org"}


@pytest.mark.parametrize("column", ["status", "订阅", "membership"])
def test_any_column_with_a_word_of_somebody_who_left_is_a_column_of_states(read, column):
    rows = "".join(f"p{number}@example.org,active\n" for number in range(1100))  # more than the sample
    run = read(f"email,{column}\n{rows}left@example.org,Un-Subscribed\nodd@example.org,retired\n", create_attributes=True)
    assert reasons(run) == [(1103, "state")]
    assert Subscription.objects.get(subscriber__address="left@example.org").state == State.UNSUBSCRIBED
    assert len(confirmed()) == 1100
    assert column not in Publication.objects.get().attribute_schema


def test_a_declared_attribute_of_that_name_does_not_hide_the_states(read):
    Publication.objects.update(attribute_schema={"status": {"type": "text"}})
    read("email,status\nanna@example.org,在职\nben@example.org,retired\n")
    assert set(Subscriber.objects.values_list("attributes__status", flat=True)) == {"在职", "retired"}
    read("email,status\ncleo@example.org,已退订\n")
    assert Subscription.objects.get(subscriber__address="cleo@example.org").state == State.UNSUBSCRIBED


@pytest.mark.parametrize(
    ("column", "negative"),
    [
        ("state", "inactive"), ("status", "removed"), ("status", "Deleted"), ("membership", "Non-Subscribed"), ("状态", "已删除"),
        ("状态", "拒收"), ("状态", "不活跃"), ("Newsletter", "no"), ("newsletter", "N"), ("电子报", "否"), ("订阅", "0"),
        ("Accepts Email Marketing", "false"), ("subscription", "f"), ("Abonniert", "nein"), ("deleted_at", "2024-05-01"),
    ],
)  # fmt: skip
def test_a_negative_word_confirms_nobody_and_the_column_is_no_attribute(read, column, negative):
    positive = {"no": "yes", "N": "y", "否": "是", "0": "1", "false": "true", "f": "t", "nein": "ja", "2024-05-01": ""}.get(
        negative, "active"
    )
    run = read(f"email,{column}\nleft@example.org,{negative}\nstays@example.org,{positive}\n", create_attributes=True)
    assert (reasons(run), run.attributes) == ([], [])
    assert confirmed() == {"stays@example.org"}
    assert Subscription.objects.get(subscriber__address="left@example.org").state == State.UNSUBSCRIBED


@pytest.mark.parametrize(
    ("column", "cells"), [("status", "yes,no"), ("state", "0,1,2"), ("active", "false,false"), ("状态", "是,否")]
)
def test_a_no_in_a_column_that_may_be_about_something_else_is_asked_about(read, column, cells):
    rows = "".join(f"p{number}@example.org,{cell}\n" for number, cell in enumerate(cells.split(",")))
    with pytest.raises(CsvFileError, match="unclear_column"):
        read(f"email,{column}\n{rows}", create_attributes=True)
    assert not Subscriber.objects.exists()


@pytest.mark.parametrize(
    ("column", "cells"),
    [
        ("status", "在职,退休,retired"),
        ("newsletter", "CAST News,CAST Events"),
        ("status", "1,1"),
        ("subscription_date", "2024-01-02"),
    ],
)
def test_other_texts_in_columns_of_such_names_are_attributes(read, column, cells):
    rows = "".join(f"p{number}@example.org,{cell}\n" for number, cell in enumerate(cells.split(",")))
    assert read(f"email,{column}\n{rows}", create_attributes=True).attributes == [column]
    assert len(confirmed()) == len(cells.split(","))


def test_provinces_in_a_column_called_state_say_nothing_of_subscriptions(read):
    assert read("email,state\nanna@example.org,ON\nben@example.org,BC\n").details["not_read"] == ["state"]
    assert len(confirmed()) == 2


@pytest.mark.parametrize(
    ("header", "cell", "mailed"),
    [
        ("unsubscribed", "true", False), ("Unsubscribed", "no", True), ("unsubscribed_at", "2024-05-01", False),
        ("unsubscribed_at", "", True), ("subscribed", "0", False), ("opt_in", "yes", True), ("是否退订", "是", False),
        ("do not contact", "1", False), ("bounced", "y", False), ("unsubscribe_date", "2024-05-01", False),
        ("Unsubscribed on", "2024-05-01", False), ("opt_out_date", "2024-05-01", False), ("date of opt-out", "", True),
        ("bounce_timestamp", "2024-05-01 10:00:00", False), ("optin_status", "no", False), ("Abmeldedatum", "2024-05-01", False),
    ],
)  # fmt: skip
def test_a_column_that_is_named_after_a_state_is_no_attribute(read, news, header, cell, mailed):
    read(f"email,{header}\nanna@example.org,{cell}\n", create_attributes=True)
    assert recipients([news]).exists() is mailed
    assert header not in Publication.objects.get().attribute_schema


@pytest.mark.parametrize(
    "header", ["email,created", "status,reason,email,created", "ip,EMAIL,Created", "reason,email,created,notes"]
)
def test_files_that_look_alike_must_be_named(read, header):
    with pytest.raises(CsvFileError, match="which_format") as caught:
        read(f"{header}\n", create_attributes=True)
    choices = set(caught.value.params["choices"])
    assert choices <= {name for name in FORMATS if name.startswith("sendgrid-")} - {"sendgrid-contacts"}
    assert ("sendgrid-spam-reports" in choices, "sendgrid-bounces" in choices) == ("reason" not in header, "ip" not in header)
    with pytest.raises(CsvFileError, match="other_format"):
        read(f"{header}\n", format_name="keila")
    for wrong in {name for name in FORMATS if name.startswith("sendgrid-")} - {"sendgrid-contacts"} - choices:
        with pytest.raises(CsvFileError, match="contradicting_format"):
            read(f"{header}\n", format_name=wrong)


def test_what_was_refused_of_a_recognised_file_can_be_repaired_and_imported(actor, tmp_path):
    path, bad = tmp_path / "bounces.csv", tmp_path / "bad.csv"
    path.write_text("email,created\nanna at example.org,1700000000\n", "utf-8")
    run = import_file(actor, path, None, format_name="sendgrid-unsubscribes", refused_path=bad)
    assert reasons(run) == [(2, "syntax")]
    path.write_text(bad.read_text("utf-8-sig").replace("anna at ", "anna@"), "utf-8")
    import_file(actor, path, None, format_name="sendgrid-unsubscribes")
    assert Suppression.objects.get().address == "anna@example.org"


def test_a_file_that_does_not_say_who_left_is_refused_as_a_whole(actor, news, tmp_path):
    for name, content, code in (
        ("keila.csv", "Email,First name,Last name,Data\n", "stateless"),
        ("nonsubscribed_email_audience_export_1a.csv", "Email Address,OPTIN_TIME,LEID,EUID\n", "strangers"),
    ):
        (tmp_path / name).write_text(content, "utf-8")
        with pytest.raises(CsvFileError, match=code):
            import_file(actor, tmp_path / name, news, consent="moved")


def test_suppressions_need_neither_a_list_nor_consent(actor, tmp_path):
    path = tmp_path / "bounces.csv"
    path.write_text("status,reason,email,created\n5.1.1,550 no user anna@example.org,anna@example.org,1700000000\n", "utf-8")
    run = import_file(actor, path, None, format_name="sendgrid-bounces")
    assert (counts(run), run.details["addresses_suppressed"]) == ((0, 0, 0, 0, 0), 1)
    assert Suppression.objects.get().detail == "bounces.csv:2 SendGrid: 5.1.1 550 no user …@…"
    path.write_text("email,created\nanna@example.org,1700000000\n", "utf-8")
    with pytest.raises(CsvFileError, match=r"^list"):
        import_file(actor, path, None, format_name="sendgrid-group-unsubscribes")


def test_the_stronger_of_two_rows_of_one_person_counts_in_any_order(read):
    rows = [listmonk("enabled"), listmonk("disabled"), listmonk("blocklisted"), listmonk("blocklisted")]
    assert counts(read(LISTMONK + "".join(rows))) == (1, 2, 1, 0, 0)
    assert Subscription.objects.get().state == State.UNSUBSCRIBED
    assert Suppression.objects.get().reason == "manual"
    run = read(LISTMONK + "".join(reversed([row.replace("anna", "ben") for row in rows])))
    assert reasons(run) == [(5, "duplicate")]
    assert confirmed() == set()


def test_a_departure_from_before_somebody_confirmed_here_changes_nothing(actor, news, read):
    asked = subscriptions.subscribe(actor, news, "anna@example.org")
    subscriptions.confirm(actor, asked)
    ghost = "id,email,subscribed_to_emails,complimentary_plan,created_at\n1,anna@example.org,false,false,\n"
    for content in (LISTMONK + listmonk("disabled"), ghost):
        assert counts(read(content)) == (0, 0, 1, 0, 0)
    assert confirmed() == {"anna@example.org"}


def test_bad_details_of_somebody_who_left_do_not_lose_the_departure(read):
    run = read("email,name,country,status\nanna@example.org,Anna\x07,Gondor,unsubscribed\nben@example.org,,Gondor,active\n")
    assert reasons(run) == [(3, "country")]
    assert Subscription.objects.get().state == State.UNSUBSCRIBED


@pytest.mark.parametrize("cell", ["2024-03-05", "2024年3月5日", "2024 年 03 月 05 日", "2024/3/5", "2024-03-04 16:00:00"])
def test_the_day_of_leaving_is_that_of_the_publications_zone(read, cell):
    Publication.objects.update(zone="Asia/Shanghai")
    read(f"email,退订时间\nanna@example.org,{cell}\n")
    line = ConsentRecord.objects.get(act="left")
    assert line.detail == {"line": 2, "day": "2024-03-05"}
    assert history.of_person(Subscriber.objects.get())[0].detail["file"] == "people.csv"


@pytest.mark.parametrize("column", ["unsubscribed_at", "退订时间"])
def test_a_date_that_cannot_be_read_is_named_with_the_forms_that_can(read, column):
    run = read(f"email,{column}\nanna@example.org,05.01.2023\n")
    assert reasons(run) == [(2, "date")]
    assert run.refusals[0]["message"] == f"{column}: “05.01.2023” is not a date that Mailroom reads"
    assert "2024年5月31日" in run.refusals[0]["hint"]


@pytest.mark.parametrize(
    ("first", "last", "name"),
    [("小明", "陈", "陈小明"), ("Anna", "Berg", "Anna Berg"), ("", "陈", "陈"), ("Wei", "陈", "Wei 陈")],
)
def test_a_name_in_han_characters_begins_with_the_family_name(read, first, last, name):
    read(f"Email,First name,Last name,Data,Status\nanna@example.org,{first},{last},,active\n")
    assert Subscriber.objects.get().name == name


def test_a_deleted_member_of_ghost_is_not_confirmed(read):
    row = "1,{}@example.org,true,false,2023-01-02T00:00:00.000Z,{}\n"
    read("id,email,subscribed_to_emails,complimentary_plan,created_at,deleted_at\n"
         + row.format("anna", "2024-05-01T10:00:00.000Z") + row.format("ben", ""))  # fmt: skip
    assert confirmed() == {"ben@example.org"}
    assert f"{Subscription.objects.get(state='unsubscribed').unsubscribed_at:%Y-%m-%d}" == "2024-05-01"


@pytest.mark.parametrize("reason", ["Reported as spam", "ABUSE", "Spam complaint"])
def test_a_report_of_spam_in_mailchimp_is_a_complaint(read, reason):
    read(f"Email Address,OPTIN_TIME,LEID,EUID,UNSUB_TIME,UNSUB_REASON\nanna@example.org,,1,a,2024-05-01 10:00:00,{reason}\n")
    assert Suppression.objects.get().reason == "complaint"


def test_erased_people_are_not_stored_again_by_any_word(actor, join, read):
    erasing.erase(actor, join("anna@example.org"))
    before = list(Suppression.objects.values("reason", "address", "erased_at"))
    for status in ("enabled", "disabled", "blocklisted"):
        assert counts(read(LISTMONK + listmonk(status))) == (0, 0, 0, 1, 0)
    assert list(Suppression.objects.values("reason", "address", "erased_at")) == before


def test_a_suppressed_domain_keeps_people_out(actor, read):
    suppressed_domains.suppress_domain(actor, "example.org")
    assert Audit.objects.get(verb="suppress_domain").detail == {"domain": "example.org"}
    assert counts(read("email\nanna@example.org\nben@example.net\n")) == (1, 0, 0, 1, 0)


def test_no_word_of_a_register_is_a_state():
    for word in ("在职", "退休", "retired", "member", "left", "male", "离职", "已故", "regular", "student"):
        assert state_words.squeezed(word) not in state_words.ALL


@pytest.mark.parametrize(
    "content", ["root:*:19000:0:99999:7:::\ndaemon:*:1\n", "S3CRET\n", "key = abc,other = def\n", "a b,c$d\n"]
)
def test_a_file_that_is_no_table_is_not_quoted(read, content):
    with pytest.raises(CsvFileError, match="no_table") as caught:
        read(content)
    assert caught.value.params == {}
