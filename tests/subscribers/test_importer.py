import csv
import os
import random
import threading
import tracemalloc
from contextlib import nullcontext
from pathlib import Path

import pytest
from hypothesis import HealthCheck, given
from hypothesis import settings as bounded
from hypothesis import strategies as st

from config.private import TargetExists
from publication import audit
from publication.models import Audit, Publication
from subscribers import attributes, csv_file, importer, subscriptions, suppressions
from subscribers.importer import FileFault, import_file
from subscribers.models import ImportRun, MailingList, Notice, Subscriber, Subscription
from tests.effort import at_most

EXAMPLES = Path(__file__).resolve().parents[2] / "examples"
State = Subscription.State


@pytest.fixture
def schema(db):
    types = {"role": "text", "visits": "number", "born": "date", "member": "yesno", "interests": "words"}
    Publication.objects.update(attribute_schema={name: {"type": type} for name, type in types.items()})


@pytest.fixture
def read(tmp_path, actor, news, schema):
    """Import a text (or bytes) and say what came of it."""

    def read(content, list=news, **more):
        path = tmp_path / "people.csv"
        path.write_bytes(content if isinstance(content, bytes) else content.encode())
        return import_file(actor, path, list, consent="stated at the fair", **more)

    return read


def counts(run):
    parts = run.created_count, run.updated_count, run.unchanged_count, run.kept_out_count, run.refused_count
    assert run.rows_read == sum(parts)
    return parts


def reasons(run):
    return [(refusal["line"], refusal["reason"]) for refusal in run.refusals]


def test_people_come_onto_the_list(read, news):
    run = read(
        "email,name,language,country,joined,role,visits,born,member,interests\n"
        "Anna@Example.org,Anna Berg,EN,gb,2019-04-02,editor,3,1990-02-03,yes,physics; art;physics\n"
        "ben@example.org,,zh_hans,,,,,,,\n"
    )
    assert counts(run) == (2, 0, 0, 0, 0)
    assert (run.state, run.subscribed_count, run.file_name) == ("done", 2, "people.csv")
    anna, ben = Subscriber.objects.order_by("address")
    assert (anna.address, anna.domain, anna.name, anna.language, anna.country) == (
        "Anna@example.org", "example.org", "Anna Berg", "en", "GB",
    )  # fmt: skip
    assert anna.attributes == {
        "role": "editor", "visits": 3, "born": "1990-02-03", "member": True, "interests": ["physics", "art"],
    }  # fmt: skip
    assert (ben.language, ben.attributes) == ("zh-Hans", {})
    standing = Subscription.objects.get(subscriber=anna)
    assert (standing.state, standing.list, standing.consent) == (State.CONFIRMED, news, "stated at the fair")
    assert standing.source == f"import:{run.pk}"
    assert f"{standing.joined_at:%Y-%m-%d}" == "2019-04-02"
    assert subscriptions.find_subscriber("ANNA@example.org") == anna
    line = Audit.objects.get(verb="import")
    assert line.detail["created"] == 2
    assert "@" not in str(line.detail)


def test_the_sample_list_goes_in_whole_and_a_second_time_changes_nothing(actor, news, tmp_path):
    sample = EXAMPLES / "subscribers.csv"
    first = import_file(actor, sample, news, consent="sample", create_attributes=True)
    assert counts(first) == (2000, 0, 0, 0, 0)
    assert Publication.objects.get().attribute_schema == {"interests": {"type": "words"}, "role": {"type": "text"}}
    again = import_file(actor, sample, news, consent="sample")
    assert counts(again) == (0, 0, 2000, 0, 0)
    assert again.subscribed_count == 0


def test_the_sample_with_faults_lets_the_good_rows_in(actor, news, tmp_path):
    refused = tmp_path / "refused.csv"
    run = import_file(
        actor, EXAMPLES / "subscribers-with-faults.csv", news, consent="sample", create_attributes=True, refused_path=refused
    )
    assert run.created_count == Subscription.objects.count() == 24
    with refused.open(encoding="utf-8-sig", newline="") as text:
        rows = list(csv.DictReader(text))
    assert len(rows) == run.refused_count == 15  # one more line is blank
    assert all(row["refused_reason"] and row["refused_message"] and row["refused_hint"] for row in rows)
    assert {row["refused_reason"] for row in rows} == {
        "syntax", "missing", "duplicate", "language", "too_long", "short_row", "long_row", "unsendable", "date",
    }  # fmt: skip
    assert Subscriber.objects.get(domain="univ-pinehurst.example").name == "=1+1"


def test_what_was_refused_can_be_repaired_and_imported(read, tmp_path):
    refused = tmp_path / "refused.csv"
    read("email,name\nanna at example.org,=Anna\nben@example.org,Ben\n", refused_path=refused)
    repaired = refused.read_text("utf-8").replace("anna at example.org", "anna@example.org")
    assert "'=Anna" in repaired
    assert counts(read(repaired)) == (1, 0, 0, 0, 0)
    assert Subscriber.objects.get(address="anna@example.org").name == "=Anna"


def test_rows_that_are_refused_twice_have_one_set_of_reasons(read, tmp_path):
    first, second = tmp_path / "first.csv", tmp_path / "second.csv"
    read("email,name\nanna at example.org,Anna\n", refused_path=first)
    read(first.read_text("utf-8-sig"), refused_path=second)
    with second.open(encoding="utf-8-sig", newline="") as text:
        [row] = csv.DictReader(text)
    assert list(row) == ["refused_line", "refused_reason", "refused_message", "refused_hint", "email", "name"]
    assert (row["email"], row["name"]) == ("anna at example.org", "Anna")


@pytest.mark.parametrize("dry_run", [True, False])
def test_refused_rows_never_replace_another_file(read, tmp_path, dry_run):
    kept = tmp_path / "thesis.csv"
    kept.write_text("years of work", "utf-8")
    with pytest.raises(TargetExists, match=r"thesis\.csv is there already"):
        read("email\nanna at example.org\nben@example.org\n", refused_path=kept, dry_run=dry_run)
    assert kept.read_text("utf-8") == "years of work"
    assert not Subscriber.objects.exists()
    assert not ImportRun.objects.exists()


def test_refused_rows_do_not_replace_the_file_that_is_imported(actor, news, tmp_path):
    path = tmp_path / "people.csv"
    path.write_text("email\nanna at example.org\n", "utf-8")
    with pytest.raises(FileFault, match="is the file that is imported"):
        import_file(actor, path, news, consent="sample", refused_path=path)
    assert path.read_text("utf-8") == "email\nanna at example.org\n"


def test_nobody_who_said_no_is_brought_back_or_changed(read, actor, join, news):
    left = join("left@example.org", name="Left")
    join("complained@example.org", name="Old")
    subscriptions.unsubscribe(actor, left.pk, how="one-click")
    suppressions.suppress(actor, "complained@example.org", "complaint")
    subscriptions.erase(actor, join("erased@example.org", name="Erased"))
    suppressions.suppress(actor, "stranger@example.org", "manual")
    run = read(
        "email,name\nleft@example.org,New\nCOMPLAINED@example.org,New\nerased@example.org,New\nstranger@example.org,New\n"
        "new@example.org,New\n"
    )
    assert counts(run) == (1, 0, 0, 4, 0)
    assert run.subscribed_count == 1
    assert list(Subscriber.objects.filter(name="New").values_list("address", flat=True)) == ["new@example.org"]
    assert Subscription.objects.get(subscriber=left).state == State.UNSUBSCRIBED
    assert suppressions.is_suppressed("erased@example.org")


def test_who_left_one_list_can_be_put_on_another(read, actor, join, events):
    anna = join("anna@example.org")
    subscriptions.unsubscribe(actor, anna.pk, how="page")
    assert counts(read("email\nanna@example.org\n", list=events)) == (0, 0, 1, 0, 0)
    assert dict(Subscription.objects.values_list("list__slug", "state")) == {"news": "unsubscribed", "events": "confirmed"}


def test_a_pending_request_is_confirmed_by_the_statement(read, actor, news):
    subscriptions.subscribe(actor, news, "anna@example.org")
    assert counts(read("email\nanna@example.org\n")) == (0, 0, 1, 0, 0)
    assert Subscription.objects.get().state == State.CONFIRMED
    assert Notice.objects.get().state == Notice.State.SKIPPED


def test_known_people_are_updated_and_an_empty_cell_erases_nothing(read):
    read("email,name,country,role,visits,interests\nanna@example.org,Anna,GB,editor,3,a;b\n")
    assert counts(read("email,name,country,role,visits,interests\nANNA@example.org,,,,,\n")) == (0, 0, 1, 0, 0)
    assert counts(read("email,name,interests\nanna@example.org,Anna B,a\n")) == (0, 1, 0, 0, 0)
    anna = Subscriber.objects.get()
    assert (anna.name, anna.country, anna.attributes) == (
        "Anna B", "GB", {"role": "editor", "visits": 3, "interests": ["a"]},
    )  # fmt: skip


def test_a_dry_run_counts_the_same_and_stores_nothing(read, actor, join):
    subscriptions.unsubscribe(actor, join("left@example.org").pk, how="page")
    join("known@example.org", name="Old")
    content = "email,name\nleft@example.org,\nknown@example.org,New\nnew@example.org,\nNEW@example.org,\nbad,\n"
    before = list(Subscriber.objects.values()), list(Subscription.objects.values())
    dry = read(content, dry_run=True)
    assert (list(Subscriber.objects.values()), list(Subscription.objects.values())) == before
    assert ImportRun.objects.get().dry_run
    assert counts(dry) == counts(read(content)) == (1, 1, 0, 1, 2)


def test_the_first_of_two_rows_counts_also_across_slices(read, monkeypatch):
    monkeypatch.setattr(importer, "SLICE", 2)
    run = read("email,name\na@x.example,First\nb@x.example,\nc@x.example,\nA@x.example,Second\nc@X.example,\nd@x.example,\n")
    assert reasons(run) == [(5, "duplicate"), (6, "duplicate")]
    assert run.refusals[0]["message"] == "same address as line 2"
    assert counts(run) == (4, 0, 0, 0, 2)
    assert Subscriber.objects.get(address="a@x.example").name == "First"


@pytest.mark.parametrize(
    ("encoding", "content"),
    [
        ("utf-8", "email,name\na@example.org,张伟 José\n"),
        ("utf-8-sig", "email,name\na@example.org,张伟 José\n"),
        ("utf-16", "email,name\na@example.org,张伟 José\n"),
        ("utf-16-le", "email,name\na@example.org,张伟 José and a long line of Latin text\n"),
        ("utf-16-be", "email,name\na@example.org,张伟 José and a long line of Latin text\n"),
        ("gb18030", "email,name\na@example.org,张伟\nb@example.org,李娜\nc@example.org,王芳\n"),
        ("gb18030", "email,name\na@example.org,𠮷野\n"),  # a character of four bytes
        ("gb18030", "email,name\na@example.org,刘䶮\n"),
        ("gb18030", "email,name\na@example.org,朱镕基\n"),  # the second has an ASCII letter as its second byte
        ("gb18030", "邮箱,姓名\na@example.org,婷婷\n"),
    ],
)
def test_the_encoding_is_found(read, encoding, content):
    read(content.encode(encoding))
    assert Subscriber.objects.get(address="a@example.org").name == content.splitlines()[1].partition(",")[2]


@pytest.mark.parametrize(
    "content",
    [
        "email,name\na@example.org,Anna\nines@example.org,Núñez\n".encode("latin-1"),
        "email,name\na@example.org,Anna\nj@example.org,Joséphine Hélène Desprès\n".encode("cp1252"),
        "email,name\na@example.org,Anna\ng@example.org,Grit Größel\n".encode("cp1252"),
    ],
)
def test_a_western_encoding_is_a_fault_with_its_line(read, content):
    with pytest.raises(FileFault) as caught:
        read(content)
    assert caught.value.code == "encoding"
    assert "line 3" in caught.value.message
    assert "UTF-8" in caught.value.hint
    assert not ImportRun.objects.exists()
    assert counts(read(content, encoding="cp1252")) == (2, 0, 0, 0, 0)
    assert "--encoding windows-1252" in caught.value.hint
    for none in ("klingon", "hex", "punycode", "undefined", "Unicode_Escape", "idna", "a\0b"):
        with pytest.raises(FileFault, match="no encoding"):
            read(content, encoding=none)


def test_a_quotation_mark_that_is_not_closed_is_told_as_such(read):
    run = read('email,name\na@example.org,"Anna\nb@example.org,"Ben\nc@example.org,Cem\n')
    assert run.refused_count > 0
    assert "a quotation mark is not closed" in run.refusals[0]["hint"]


@pytest.mark.parametrize("delimiter", [",", ";", "\t"])
@pytest.mark.parametrize("newline", ["\n", "\r\n", "\r"])
def test_separators_and_line_ends_are_found(read, delimiter, newline):
    rows = [["email", "name"], ["a@example.org", "Anna"], ["b@example.org", '"Ben, or ""B"""']]
    run = read(newline.join(delimiter.join(row) for row in rows))
    assert counts(run) == (2, 0, 0, 0, 0)
    assert Subscriber.objects.get(address="b@example.org").name == 'Ben, or "B"'


def test_mixed_line_ends_and_blank_lines(read):
    run = read("email,name\r\na@example.org,A\n\n\rb@example.org,B\rbad,C\r\n\r\nc@example.org,D")
    assert counts(run) == (3, 0, 0, 0, 1)
    assert reasons(run) == [(6, "syntax")]


@pytest.mark.parametrize(
    ("row", "reason"),
    [
        ("a@example.org", "short_row"),
        ("a@example.org,,,,,,,,,,", "long_row"),
        (",Anna,,,,,,,,", "missing"),
        ("a@example.org,An\x00na,,,,,,,,", "nul"),
        ('a@example.org,"An\nna",,,,,,,,', "name"),
        ("a@example.org,An\u202ena,,,,,,,,", "name"),
        ("a@example.org,,english,,,,,,,", "language"),
        ("a@example.org,,,UK,,,,,,", "country"),
        ("a@example.org,,,Germany,,,,,,", "country"),
        ("a@example.org,,,,yesterday,,,,,", "date"),
        ('a@example.org,,,,,"edi\ttor",,,,', "text"),
        ("a@example.org,,,,,,1e5,,,", "number"),
        ("a@example.org,,,,,,nan,,,", "number"),
        ("a@example.org,,,,,,,1990-02-30,,", "date"),
        ("a@example.org,,,,,,,,perhaps,", "yesno"),
        (f'a@example.org,,,,,"{"x" * 70_000}",,,,', "cell_too_long"),
        ("a@example.org,,,,," + "x," * 600_000, "cell_too_long"),
        ("a@example.org,,,,," + "x" * 3_000_000 + ",,,,", "cell_too_long"),
    ],
)
def test_a_row_that_is_refused_has_a_reason_and_takes_no_other_with_it(read, tmp_path, row, reason):
    header = "email,name,language,country,joined,role,visits,born,member,interests\n"
    run = read(f"{header}before@example.org,,,,,,,,,\n{row}\nafter@example.org,,,,,,,,,\n", refused_path=tmp_path / "r.csv")
    assert reasons(run) == [(3, reason)]
    assert counts(run) == (2, 0, 0, 0, 1)
    with (tmp_path / "r.csv").open(encoding="utf-8-sig", newline="") as text:
        assert len(list(csv.reader(text))) == 2


def test_a_quotation_mark_that_is_never_closed_costs_little(read):
    rows = "".join(f"p{n}@example.org,Name of person {n}\n" for n in range(5000))
    run = read(f'email,name\nbad@example.org,"Anna\n{rows}')
    assert reasons(run) == [(2, "cell_too_long")]
    assert run.created_count > 2500
    assert "quotation mark" in run.refusals[0]["hint"]


@pytest.mark.parametrize(
    ("content", "code", "hint"),
    [
        (b"", "empty", "email,name"),
        (b"\n\n", "empty", "email,name"),
        (b"PK\x03\x04 a workbook", "format", "save it as CSV"),
        (b"name,role\nAnna,editor\n", "columns", "name, role"),
        (b"email,emial\n", "columns", "did you mean email?"),
        (b"email,interest\n", "columns", "did you mean interests?"),
        (b"email,name,Name\n", "columns", "remove or rename"),
        (b"email,,name\n", "columns", "name it"),
    ],
)
def test_a_file_that_cannot_be_read_is_a_fault_with_a_way_out(read, content, code, hint):
    with pytest.raises(FileFault) as caught:
        read(content)
    assert caught.value.code == code
    assert hint in caught.value.hint
    assert not ImportRun.objects.exists()


def test_a_header_of_very_many_columns_is_refused_before_they_are_compared(read):
    with at_most(2), pytest.raises(FileFault, match="the header has 40,001 columns; 1,000 are the most") as caught:
        read("email," + ",".join(f"c{n}" for n in range(40_000)) + "\n", create_attributes=True)
    assert caught.value.code == "columns"
    assert "remove the columns" in caught.value.hint
    passed_over = "".join(f",refused_{n}" for n in range(999))
    assert counts(read(f"email{passed_over}\na@example.org{',' * 999}\n")) == (1, 0, 0, 0, 0)


def test_no_file_and_no_consent(actor, news, tmp_path):
    with pytest.raises(FileFault, match="cannot be read"):
        import_file(actor, tmp_path / "none.csv", news, consent="x")
    with pytest.raises(FileFault, match="consent"):
        import_file(actor, EXAMPLES / "subscribers.csv", news, consent=" ")


def test_new_attributes_are_declared_on_request(read):
    content = "email,city,topics,since,visits2\na@example.org,Bergen,a;b,2020-01-02,5\n"
    with pytest.raises(FileFault, match="not known"):
        read(content)
    read(content, create_attributes=True, dry_run=True)
    assert "city" not in Publication.objects.get().attribute_schema
    read(content, create_attributes={"city": "text", "topics": "words", "since": "date", "visits2": "number"})
    assert Subscriber.objects.get().attributes == {"city": "Bergen", "topics": ["a", "b"], "since": "2020-01-02", "visits2": 5}
    with pytest.raises(FileFault, match="no attribute can be called"):
        read("email,Zone\n", create_attributes=True)


@pytest.mark.parametrize(
    "header",
    [
        "Email Address,Full Name,Lang", "E-mail,NAME,Language", "ｅ－ｍａｉｌ　ａｄｄｒｅｓｓ,Ｎａｍｅ,LANGUAGE", "邮箱,姓名,语言", "邮箱地址：,名字,语种",
        "电子邮件,姓 名,语言", "电子邮箱,姓名,语言", "E-mail Address,name,language",
    ],
)  # fmt: skip
def test_the_headers_of_other_programs_are_understood(read, header):
    assert counts(read(f"{header}\na@example.org,Anna,en\n")) == (1, 0, 0, 0, 0)
    anna = Subscriber.objects.get()
    assert (anna.address, anna.name, anna.language) == ("a@example.org", "Anna", "en")


def test_a_postal_address_beside_an_email_address_is_a_column_of_its_own(read):
    with pytest.raises(FileFault, match="'address' is not known"):
        read("Email Address,Address\na@example.org,Main Street\n")
    assert counts(read("Email Address,Address\na@example.org,Main Street\n", create_attributes=True)) == (1, 0, 0, 0, 0)
    assert Subscriber.objects.get().attributes == {"address": "Main Street"}


def test_an_endless_file_is_refused_before_it_fills_the_disk(actor, news, monkeypatch):
    with pytest.raises(FileFault, match="/dev/zero is a device"):
        import_file(actor, "/dev/zero", news, consent="x")
    monkeypatch.setattr(csv_file, "LARGEST_COPY", 3_000_000)
    with open("/dev/zero", "rb") as endless, pytest.raises(FileFault, match="more than 3,000,000 bytes") as refusal:
        import_file(actor, endless, news, consent="x")
    assert "save it as a file" in refusal.value.hint


@pytest.mark.parametrize("as_stream", [True, False])
def test_a_pipe_is_read(actor, news, tmp_path, as_stream):
    content = "email,name\n" + "".join(f"p{n}@example.org,张伟\n" for n in range(5000))
    fifo = tmp_path / "people.fifo"
    os.mkfifo(fifo)
    writer = threading.Thread(target=fifo.write_bytes, args=[content.encode("gb18030")])
    writer.start()
    with fifo.open("rb") if as_stream else nullcontext(fifo) as source:
        run = import_file(actor, source, news, consent="stated at the fair")
    writer.join()
    assert counts(run) == (5000, 0, 0, 0, 0)
    assert run.file_name == ("-" if as_stream else "people.fifo")
    assert set(Subscriber.objects.values_list("name", flat=True)) == {"张伟"}


def test_a_file_that_would_declare_many_attributes_is_refused_before_anything_is_stored(read, monkeypatch):
    columns = [f"c{n}" for n in range(21)]
    row = f"email,{','.join(columns)}\na@example.org{',x' * 21}\n"
    with pytest.raises(FileFault, match=r"at most 20 attributes, not 21: c0, c1, .* and 1 more"):
        read(row, create_attributes=True)
    monkeypatch.setattr(attributes, "MOST", 7)
    with pytest.raises(FileFault, match="at most 7 attributes, this one has 5; new are: x1, x2, x3"):
        read("email,x1,x2,x3\n", create_attributes=True)
    assert not ImportRun.objects.exists()
    assert len(Publication.objects.get().attribute_schema) == 5
    assert counts(read("email,x1,x2\na@example.org,1,2\n", create_attributes=True)) == (1, 0, 0, 0, 0)
    with pytest.raises(attributes.SchemaFault, match="there are 7"):
        attributes.declare(audit.system(), "x3", "text")


def test_progress_is_told_and_an_interrupted_run_says_so(read, monkeypatch):
    monkeypatch.setattr(importer, "SLICE", 10)
    rows = "email\n" + "".join(f"p{n}@example.org\n" for n in range(35))
    seen = []
    read(rows, progress=lambda run, fraction: seen.append((run.rows_read, fraction)))
    assert [read for read, _ in seen] == [10, 20, 30, 35]
    assert seen[-1][1] == 1.0

    def interrupt(run, fraction):
        raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        read(rows, progress=interrupt)
    last = ImportRun.objects.latest("id")
    assert (last.state, last.rows_read, last.unchanged_count) == ("failed", 10, 10)
    assert last.finished_at


@pytest.mark.parametrize("rows", [4_000, 12_000])
def test_memory_does_not_grow_with_the_file(read, monkeypatch, rows):
    monkeypatch.setattr(importer, "SLICE", 1000)
    content = "email,name\n" + "".join(f"p{n}@example.org,Name {n}\n" for n in range(rows))
    tracemalloc.start()
    try:
        read(content)
        _, peak = tracemalloc.get_traced_memory()
    finally:
        tracemalloc.stop()
    assert peak < 6_000_000


def test_the_hundred_first_refusals_are_kept_and_no_address_among_them(read):
    run = read("email\n" + "ａnna＠example.org\n" * 150)
    assert (run.refused_count, len(run.refusals)) == (150, 100)
    assert "@" not in str(run.refusals)


PIECES = st.sampled_from(
    ["a@example.org", "b@example.org", "B@EXAMPLE.ORG", ",", ",", '"', "\n", "\r\n", "\r", "\x00", "=1+1", "'", "'=1", "张", " ", ";", "\t",
     "\ufeff", "x" * 200, "\\", "\\N", "\\.", "{}", "\u2028", "en"]
)  # fmt: skip


@given(body=st.lists(PIECES, max_size=30).map("".join))
@bounded(max_examples=80, suppress_health_check=[HealthCheck.too_slow, HealthCheck.function_scoped_fixture])
def test_whatever_stands_in_a_file_every_row_is_accounted_for(read, body):
    try:
        run = read(f"email,name,role\n{body}")
    except FileFault:
        return
    counts(run)
    assert run.state == "done"


def test_backslashes_and_quotes_survive(read):
    chance = random.Random(3)
    for n in range(20):
        text = "".join(chance.choice("\\\"'{}N.x ,;") for _ in range(12)).strip().lstrip("'")
        cell = text.replace('"', '""')
        run = read(f'email,name,role\np{n}@example.org,"{cell}","{cell}"\n')
        assert counts(run) == (1, 0, 0, 0, 0)
        person = Subscriber.objects.get(address=f"p{n}@example.org")
        assert (person.name, person.attributes.get("role", "")) == (text, text)


def test_a_list_of_two_is_not_mixed_up(read, actor):
    other = subscriptions.create_list(actor, "other", "Other")
    read("email\na@example.org\n")
    run = read("email\na@example.org\n", list=other)
    assert (run.subscribed_count, MailingList.objects.filter(subscription__state="confirmed").count()) == (1, 2)


def test_somebody_who_signs_up_meanwhile_is_merged_on_the_second_try(read, actor, news, monkeypatch):
    merge, tries = importer.import_sql.merge, []

    def overtaken_once(lines, **values):
        merged = merge(lines, **values)
        tries.append(merged)
        if len(tries) == 1:
            raise importer.import_sql.Overtaken
        return merged

    monkeypatch.setattr(importer.import_sql, "merge", overtaken_once)
    assert counts(read("email\na@example.org\nb@example.org\n")) == (2, 0, 0, 0, 0)
    assert len(tries) == 2
    assert Subscription.objects.count() == 2
