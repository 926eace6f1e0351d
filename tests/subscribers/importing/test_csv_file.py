"""Files that an import accepts: encodings, separators, columns; and the reasons for rejected files and rows."""

import csv
import os
import random
import re
import threading
from contextlib import nullcontext
from pathlib import Path

import pytest
from hypothesis import HealthCheck, given
from hypothesis import strategies as st

from cli.texts.domain_texts import error_text
from publication import audit
from publication.models import Publication
from subscribers import attribute_declarations, attributes
from subscribers.errors import InputError
from subscribers.importing import csv_file
from subscribers.importing.importer import CsvFileError, import_file
from subscribers.models import ImportRun, Subscriber, Subscription
from tests.subscribers.importing.runs import counts, reasons
from tests.support.effort import at_most
from tests.support.variations import examples

EXAMPLES = Path(__file__).resolve().parents[3] / "examples"
State = Subscription.State


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
def test_the_encoding_is_detected(read, encoding, content):
    read(content.encode(encoding))
    assert Subscriber.objects.get(address="a@example.org").name == content.splitlines()[1].partition(",")[2]


def test_a_byte_order_mark_is_no_part_of_the_header_where_the_encoding_is_named(read):
    assert counts(read("email,name\na@example.org,Anna\n".encode("utf-8-sig"), encoding="utf-8")) == (1, 0, 0, 0, 0)


@pytest.mark.parametrize(
    "content",
    [
        "email,name\na@example.org,Anna\nines@example.org,Núñez\n".encode("latin-1"),
        "email,name\na@example.org,Anna\nj@example.org,Joséphine Hélène Desprès\n".encode("cp1252"),
        "email,name\na@example.org,Anna\ng@example.org,Grit Größel\n".encode("cp1252"),
    ],
)
def test_a_western_encoding_is_a_fault_with_its_line(read, content):
    with pytest.raises(CsvFileError) as caught:
        read(content)
    assert caught.value.code == "encoding"
    assert caught.value.params == {"line": 3, "encoding": "UTF-8"}
    assert not ImportRun.objects.exists()
    assert counts(read(content, encoding="cp1252")) == (2, 0, 0, 0, 0)
    for none in ("klingon", "hex", "punycode", "undefined", "Unicode_Escape", "idna", "a\0b"):
        with pytest.raises(CsvFileError, match="unknown_encoding"):
            read(content, encoding=none)


def test_an_unclosed_quotation_mark_is_reported_as_such(read):
    run = read('email,name\na@example.org,"Anna\nb@example.org,"Ben\nc@example.org,Cem\n')
    assert run.refused_count > 0
    assert "close the quotation mark before it" in run.refusals[0]["hint"]


@pytest.mark.parametrize("delimiter", [",", ";", "\t"])
@pytest.mark.parametrize("newline", ["\n", "\r\n", "\r"])
def test_separators_and_line_ends_are_detected(read, delimiter, newline):
    rows = [["email", "name"], ["a@example.org", "Anna"], ["b@example.org", '"Ben, or ""B"""']]
    run = read(newline.join(delimiter.join(row) for row in rows))
    assert counts(run) == (2, 0, 0, 0, 0)
    assert Subscriber.objects.get(address="b@example.org").name == 'Ben, or "B"'


def test_mixed_line_ends_and_empty_lines_are_read(read):
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
        ("a@example.org,,Klingonisch,,,,,,,", "language"),
        ("a@example.org,,,UK,,,,,,", "country"),
        ("a@example.org,,,Gondor,,,,,,", "country"),
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
def test_a_rejected_row_has_a_reason_and_does_not_affect_other_rows(read, tmp_path, row, reason):
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
        (b"PK\x03\x04 a workbook", "damaged_workbook", "save it as CSV"),
        (b"name,role\nAnna,editor\n", "no_email_column", "name, role"),
        (b"email,emial\n", "misspelt_column", "did you mean email?"),
        (b"email,interest\n", "misspelt_column", "did you mean interests?"),
        (b"email,name,Name\n", "repeated_column", "remove or rename"),
        (b"email,,name\n", "unnamed_column", "name it"),
    ],
)
def test_an_unreadable_file_is_a_fault_with_a_hint(read, content, code, hint):
    with pytest.raises(CsvFileError) as caught:
        read(content)
    assert caught.value.code == code
    assert hint in error_text(caught.value)[1]
    assert not ImportRun.objects.exists()


def test_a_header_of_very_many_columns_is_refused_before_they_are_compared(read):
    with at_most(2), pytest.raises(CsvFileError) as caught:
        read("email," + ",".join(f"c{n}" for n in range(40_000)) + "\n", create_attributes=True)
    assert error_text(caught.value)[0] == "the header has 40,001 columns; 1,000 are the most"
    with pytest.raises(CsvFileError, match="unknown_columns"):
        read("email" + "".join(f",c{n}" for n in range(999)) + "\n")


def test_new_attributes_are_declared_on_request(read):
    content = "email,city,topics,since,visits2\na@example.org,Bergen,a;b,2020-01-02,5\n"
    with pytest.raises(CsvFileError, match="misspelt_column columns=city, topics, since, visits2 column=visits2"):
        read(content)
    read(content, create_attributes=True, dry_run=True)
    assert "city" not in Publication.objects.get().attribute_schema
    attribute_declarations.declare(audit.system(), "visits2", "number")
    read(content, create_attributes=True)
    assert Subscriber.objects.get().attributes == {"city": "Bergen", "topics": ["a", "b"], "since": "2020-01-02", "visits2": 5}
    with pytest.raises(CsvFileError, match="reserved_columns"):
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


def test_columns_in_another_script_become_attributes_that_keep_their_headings(read):
    content = "邮箱,姓名（必填）,status,单位,宿舍,Job Title,会员编号\nwei@example.org,陈伟,在职,物理所,1002038,Editor,K1\n"
    with pytest.raises(CsvFileError) as caught:
        read(content)
    message, hint = error_text(caught.value)
    assert all(name in message for name in ("status", "单位", "宿舍", "job title"))
    assert "--create-attributes" in hint
    run = read(content, create_attributes=True)
    assert run.details["headings"] == {"unit": "单位", "field_1": "宿舍", "job_title": "Job Title", "member_no": "会员编号"}
    wei = {"status": "在职", "unit": "物理所", "field_1": "1002038", "job_title": "Editor", "member_no": "K1"}
    assert Subscriber.objects.get().attributes == wei
    assert attributes.declarations()["unit"].label == "单位"
    assert counts(read(content)) == (0, 0, 1, 0, 0)
    read("邮箱,住址\nwei@example.org,教授\n", create_attributes=True)
    assert Subscriber.objects.get().attributes == wei | {"field_2": "教授"}


def test_a_column_may_be_called_by_the_label_of_an_attribute(actor, read):
    attribute_declarations.declare(actor, "employer", "text")
    attribute_declarations.configure(actor, "employer", label="单位")
    read("email,单位,role\nwei@example.org,物理所,editor\n")
    assert Subscriber.objects.get().attributes == {"employer": "物理所", "role": "editor"}


def test_a_postal_address_next_to_an_email_address_is_a_separate_column(read):
    with pytest.raises(CsvFileError, match="unknown_columns"):
        read("Email Address,Address\na@example.org,Main Street\n")
    assert counts(read("Email Address,Address\na@example.org,Main Street\n", create_attributes=True)) == (1, 0, 0, 0, 0)
    assert Subscriber.objects.get().attributes == {"address": "Main Street"}


def test_an_endless_file_is_refused_before_it_fills_the_disk(actor, news, monkeypatch):
    with pytest.raises(CsvFileError, match="device"):
        import_file(actor, "/dev/zero", news, consent="x")
    monkeypatch.setattr(csv_file, "LARGEST_COPY", 3_000_000)
    with open("/dev/zero", "rb") as endless, pytest.raises(CsvFileError) as refusal:
        import_file(actor, endless, news, consent="x")
    assert "more than 3,000,000 bytes" in error_text(refusal.value)[0]


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
    with pytest.raises(CsvFileError) as refusal:
        read(row, create_attributes=True)
    assert re.search(r"at most 20 attributes, not 21: c0, c1, .* and 1 more", error_text(refusal.value)[0])
    monkeypatch.setattr(attribute_declarations, "MOST", 7)
    with pytest.raises(CsvFileError, match="attribute_limit") as refusal:
        read("email,x1,x2,x3\n", create_attributes=True)
    assert refusal.value.params == {"most": 7, "number": 5, "columns": ["x1", "x2", "x3"]}
    assert not ImportRun.objects.exists()
    assert len(Publication.objects.get().attribute_schema) == 5
    assert counts(read("email,x1,x2\na@example.org,1,2\n", create_attributes=True)) == (1, 0, 0, 0, 0)
    with pytest.raises(InputError, match="there are already 7"):
        attribute_declarations.declare(audit.system(), "x3", "text")


PIECES = st.sampled_from(
    ["a@example.org", "b@example.org", "B@EXAMPLE.ORG", ",", ",", '"', "\n", "\r\n", "\r", "\x00", "=1+1", "'", "'=1", "张", " ", ";", "\t",
     "\ufeff", "x" * 200, "\\", "\\N", "\\.", "{}", "\u2028", "en"]
)  # fmt: skip


@pytest.mark.soak
@given(body=st.lists(PIECES, max_size=30).map("".join))
@examples(80, suppress_health_check=[HealthCheck.too_slow, HealthCheck.function_scoped_fixture])
def test_whatever_stands_in_a_file_every_row_is_accounted_for(read, body):
    try:
        run = read(f"email,name,role\n{body}")
    except CsvFileError:
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
