from datetime import UTC, datetime

import pytest
from hypothesis import given
from hypothesis import strategies as st

from campaigns.models import Click
from publication.models import Publication
from subscribers import attribute_declarations, attributes
from subscribers.consent import subscriptions
from subscribers.models import Segment, Subscriber, Subscription
from subscribers.segments import compiler, grammar, language_check, saved_segments, segment_fields
from subscribers.segments.grammar import SegmentError
from tests.support import clicks
from tests.support.effort import at_most
from tests.support.variations import examples, first

SCHEMA = {"role": "text", "visits": "number", "born": "date", "member": "yesno", "interests": "words", "contains": "text"}


@pytest.fixture
def schema(db):
    Publication.objects.update(
        attribute_schema={name: {"type": attribute_type} for name, attribute_type in SCHEMA.items()}, zone="Asia/Shanghai"
    )


@pytest.fixture
def people(schema, join, actor, news, events):
    """anna: news since 2019, events since 2024. ben: left news, events since 2019. cleo: nothing but a pending request."""
    joined = {"news": datetime(2019, 5, 1, 3, tzinfo=UTC), "events": datetime(2024, 5, 1, 3, tzinfo=UTC)}
    attributes = {"role": "editor", "visits": 3, "interests": ["physics", "art"]}
    anna = join("anna@example.org", name="Anna Li", language="en", attributes=attributes)
    join("anna@example.org", events)
    for slug, moment in joined.items():
        Subscription.objects.filter(subscriber=anna, list__slug=slug).update(joined_at=moment)
    ben = join("ben@mail.example", language="zh-Hans", attributes={"member": True, "born": "1990-02-03", "visits": 2.5})
    join("ben@mail.example", events)
    Subscription.objects.filter(subscriber=ben).update(joined_at=joined["news"])
    subscriptions.unsubscribe(actor, ben.pk, list_ids=[news.pk], how="page")
    subscriptions.subscribe(actor, news, "cleo@example.org")
    Subscriber.objects.filter(pk__in=[anna.pk, ben.pk]).update(measured_since=datetime(2024, 1, 1, tzinfo=UTC))
    # 2 May in Shanghai
    Click.objects.create(campaign_id=1, link_id=1, subscriber_id=ben.pk, at=datetime(2024, 5, 1, 20, tzinfo=UTC))


@pytest.fixture
def measured(people):
    clicks.measure_people()


def who(text):
    return {str(person.address).partition("@")[0] for person in compiler.matching(text)}


MEMBERS = [
    ('language = "en"', {"anna"}),
    ('language = "ZH-hans"', {"ben"}),
    ('language != "en"', {"ben", "cleo"}),
    ("language = None", {"cleo"}),
    ("country != None", set()),
    ('email = "ANNA@Example.org"', {"anna"}),
    ('email != "anna@example.org"', {"ben", "cleo"}),
    ('email in ("ben@mail.example", "nobody@example.org")', {"ben"}),
    ('email ~ "MAIL.ex"', {"ben"}),
    ('email startswith "c"', {"cleo"}),
    ('email endswith "@example.org"', {"anna", "cleo"}),
    ("email = None", set()),
    ('name = "Anna Li"', {"anna"}),
    ('name = "anna li"', set()),
    ('name ~ "LI"', {"anna"}),
    ("name = None", {"ben", "cleo"}),
    ('domain = "EXAMPLE.org"', {"anna", "cleo"}),
    ('domain endswith ".example"', {"ben"}),
    ('domain in ("example.org", "mail.example") and domain !~ "mail"', {"anna", "cleo"}),
    ('role = "editor"', {"anna"}),
    ('role != "editor"', {"ben", "cleo"}),
    ('role ~ "DIT"', {"anna"}),
    ('role not startswith "e"', {"ben", "cleo"}),
    ("role = None", {"ben", "cleo"}),
    ('contains = "x"', set()),
    ("visits > 2.5", {"anna"}),
    ("visits >= 2.5", {"anna", "ben"}),
    ("visits != 3", {"ben", "cleo"}),
    ("visits in (2.5, 7)", {"ben"}),
    ("visits = None", {"cleo"}),
    ("member = True", {"ben"}),
    ("member != True", {"anna", "cleo"}),
    ("member = None", {"anna", "cleo"}),
    ('born < "1990-02-04"', {"ben"}),
    ('born > "1990-02-03"', set()),
    ('interests = "physics"', {"anna"}),
    ('interests in ("art", "law")', {"anna"}),
    ('interests not in ("art", "law")', {"ben", "cleo"}),
    ("interests = None", {"ben", "cleo"}),
    ('engaged = "2024-05-02"', {"ben"}),
    ('engaged > "2024-05-01"', {"ben"}),
    ('engaged > "2024-05-02"', set()),
    ("engaged = None", {"anna"}),
    ('engaged != "2024-05-02"', {"anna"}),
    ('list = "news"', {"anna"}),
    ('list != "news"', {"ben", "cleo"}),
    ('list in ("news", "events")', {"anna", "ben"}),
    ('list not in ("news", "events")', {"cleo"}),
    ('list = "news" and list_state = "pending"', {"cleo"}),
    ('list_state = "unsubscribed"', {"ben"}),
    ('joined > "2020-01-01"', {"anna"}),
    # About one list: anna's late subscription is the one to events.
    ('list = "news" and joined > "2020-01-01"', set()),
    ('joined > "2020-01-01" and list = "news"', set()),
    ('list = "events" and joined > "2020-01-01"', {"anna"}),
    ('list = "news" and joined < "2020-01-01" and list = "events" and joined > "2020-01-01"', {"anna"}),
    ('list = "news" and joined > "2020-01-01" and list = "events"', set()),
    ('list = "news" and (joined > "2020-01-01" or language = "zh-Hans")', set()),
    ('list = "news" and (joined > "2020-01-01" or language = "en")', {"anna"}),
    ('(list = "news" or list = "events") and joined > "2020-01-01"', {"anna"}),
    ('list = "news" and (joined > "2020-01-01" or list = "events")', {"anna"}),
    ('list = "news" and (list_state = "unsubscribed" or list_state = "pending")', {"ben", "cleo"}),
    ('list = "news" or (list = "events" and joined < "2020-01-01")', {"anna", "ben"}),
    ('list = "news" and left > "2020-01-01"', {"ben"}),
    ('left < "2020-01-01" or origin = "import"', set()),
    ('list = "events" and origin != "import" and joined > "2020-01-01"', {"anna"}),
    # About the person: what is inside refers to no list outside.
    ('not (language = "en")', {"ben", "cleo"}),
    ('list = "news" and not (joined > "2020-01-01")', set()),
    ('list = "news" and joined <= "2020-01-01"', {"anna"}),
    ('not (list = "news" and joined > "2020-01-01")', {"anna", "ben", "cleo"}),
    ('list = "news" and (joined > "2020-01-01" or not (joined < "2020-01-01"))', set()),
    ('not (not (list = "news")) and not (country = None or role = "x")', set()),
]


@pytest.mark.usefixtures("measured")
def test_who_is_in():
    assert {text: members for text, names in MEMBERS if (members := who(text)) != names} == {}


@pytest.mark.parametrize("operator", first(["~", "=", "startswith", "endswith", "in"]))
def test_no_value_of_a_text_field_reaches_the_statement(people, operator):
    for field in ("email", "name", "domain"):
        for value in ("' OR 1=1 --", "%", "_", "%%", "\\\\", "a' || 'b", "$1", "{0}", "%s"):
            text = f'("{value}")' if operator == "in" else f'"{value}"'
            assert who(f"{field} {operator} {text}") == set(), (field, value)


def test_quotation_marks_of_every_keyboard_are_read(people):
    for left, right in ("“”", "‘’", "＂＂", "＇＇", "「」", "『』", '""', "''"):
        assert who(f"language = {left}en{right} and role in ({left}editor{right}, {left}author{right})") == {"anna"}
        assert who(f"name = {left}Anna Li{right} or domain endswith {left}.example{right}") == {"anna", "ben"}


@pytest.mark.parametrize(
    ("text", "column"),
    [
        ("language = “en", 12),
        ('language = “en"', 12),
        ("language = 「en』", 12),
        ("language = en”", 14),
        ('language = “say "it\'s"”', 12),  # both plain marks are used inside
    ],
)
def test_a_quotation_mark_without_its_partner_is_named(schema, text, column):
    with pytest.raises(SegmentError) as caught:
        compiler.compile_segment(text)
    assert (caught.value.code, caught.value.column) == ("character", column)
    assert "has no partner" in caught.value.message


def test_the_columns_of_errors_stay_true_with_other_quotation_marks(schema):
    with pytest.raises(SegmentError) as caught:
        compiler.compile_segment("language = “en” and rol = “x”")
    assert (caught.value.code, caught.value.column) == ("field", 21)


def test_a_language_that_no_subscriber_has_gets_the_similar_one_as_a_suggestion(people):
    [unused] = language_check.unused_languages('list = "news" and (language in ("en", "zh") or country = "CN")')
    assert unused.message == "no subscriber has the language “zh”"
    assert unused.hint == 'did you mean “zh-Hans”? To match every variant of it: language startswith "zh"'
    assert unused.column == 39
    Publication.objects.update(language="en", languages=["pt-BR"])
    [unused] = language_check.unused_languages("language != “pt”")
    assert "did you mean “pt-BR”?" in unused.hint


@pytest.mark.parametrize(
    "text",
    ['language = "zh-Hans"', 'language = "de"', 'language startswith "zh"', "language = None", 'country = "CN"'],
)
def test_other_languages_get_no_suggestion(people, text):
    assert language_check.unused_languages(text) == []


@pytest.mark.usefixtures("measured")
def test_days_can_be_counted_back(time):
    time.at = datetime(2024, 5, 11, 12, tzinfo=UTC)
    assert who('engaged >= "9 days ago"') == {"ben"}
    assert who('engaged >= "8 days ago"') == set()


def test_a_field_that_is_not_measured_is_refused_and_not_offered(people):
    """It would select nobody, as if nobody had clicked."""
    for field, text in (
        ("engaged", 'engaged >= "90 days ago"'), ("engaged", "engaged = None"), ("clicked", "clicked = 12"),
        ("engaged", 'language = "en" or (role = "x" and engaged < "2024-01-01")'),
    ):  # fmt: skip
        with pytest.raises(SegmentError) as caught:
            compiler.compile_segment(text)
        assert (caught.value.code, caught.value.column) == ("not_measured", text.index(field) + 1)
        assert caught.value.message == f"{field} cannot be used, because it is not measured who clicks"
        assert "joined" in caught.value.hint
    with pytest.raises(SegmentError) as unknown:
        compiler.compile_segment('engagd >= "90 days ago"')
    assert "engaged" not in unknown.value.hint
    assert not {"clicked", "engaged"} & {*compiler.field_names()}
    assert {"clicked", "engaged"} <= attribute_declarations.RESERVED, "no attribute takes the name while it is not measured"


@pytest.mark.parametrize(
    ("text", "code", "column", "hint"),
    [
        ("", "empty", 1, "language"),
        ('langage = "en"', "field", 1, "did you mean language?"),
        ('language = "en" and rol = "x"', "field", 21, "did you mean role?"),
        ('language = "en" and\n  rol = "x"', "field", 23, "did you mean role?"),
        ('zzz = "x"', "field", 1, "there are: born"),
        ('address = "a@example.org"', "field", 1, "did you mean email?"),
        ('address_key = "x"', "field", 1, ""),
        ('subscription.state = "x"', "field", 1, ""),
        ('list = "nws"', "list", 8, "did you mean news?"),
        ('list in ("news", "evnts")', "list", 18, "did you mean events?"),
        ("list = 5", "value", 8, "news"),
        ('list > "news"', "operator", 1, "use ="),
        ('not language = "en"', "negation", 1, "not (...)"),
        ('not (language = "en"', "parenthesis", 5, "close"),
        ('role = "x" and not', "negation", 16, "not (...)"),
        ('segment = "vpi"', "segment", 11, "did you mean vip?"),
        ("segment in (5)", "value", 13, "vip"),
        ('segment ~ "vip"', "operator", 1, "use ="),
        ('origin = "imports"', "value", 10, "import:7"),
        ("got = 12", "value", 7, "number"),
        ("got = 1.5", "value", 7, "got = 5"),
        ('bounce_cause = "full"', "value", 16, "mailbox_full"),
        ('list_state = "gone"', "value", 14, "pending"),
        ("language = 5", "value", 12, "language"),
        ('language > "en"', "operator", 1, "use "),
        ('visits = "5"', "value", 10, "visits = 5"),
        ("visits = True", "value", 10, ""),
        ("visits > 99999999999999999999", "number", 10, "15 digits"),
        ("visits > 1e400", "number", 10, "15 digits"),
        ('interests > "a"', "operator", 1, "use "),
        ("member = 1", "value", 10, "True"),
        ('born = "1990-02-31"', "value", 8, "month"),
        ('born = "soon"', "value", 8, "2024-05-31"),
        ('joined > "0001-01-01"', "value", 10, "1900"),
        ('joined > "9999-12-31"', "value", 10, "2200"),
        ('joined > "99999 days ago"', "value", 10, ""),
        ('language = "en" and', "ends", 20, "field, comparison, value"),
        ('language = "en" role = "x"', "syntax", 17, ""),
        ('language == "en"', "syntax", 11, ""),
        ("interests = engineering", "unquoted", 13, 'quotation marks: "engineering"'),
        ('language in ("en", de)', "unquoted", 20, 'quotation marks: "de"'),
        ('role = "x" and\nname ~ wei', "unquoted", 23, 'quotation marks: "wei"'),
        ('language = "en" AND role = "x"', "lower_case", 17, "lower case"),
        ('(language = "en"', "parenthesis", 1, "close"),
        ('language = "en")', "parenthesis", 16, "remove"),
        ('language = "en', "character", 12, "quotation"),
        ('language = "en"; drop', "character", 16, ""),
        ('language = "e\x00"', "character", 14, "remove"),
        ('role = "\\u0000"', "character", 8, "remove"),
        ('role = "\\ud83d"', "character", 8, "remove"),
        ('role = "\ud83d"', "character", 9, "remove"),
        ('language = "en" and role = "a" or role = "b"', "mixed", 32, "parentheses"),
        ('role = "' + "x" * 4000 + '"', "too_long", 4001, ""),
        (" or ".join(['role = "x"'] * 61), "too_many", 841, "in ("),
        ("visits in (" + ", ".join(["1"] * 201) + ")", "too_many", 612, ""),
        ("(" * 21 + 'role = "x"' + ")" * 21, "too_deep", 21, ""),
        ("(" * 1900 + ")" * 1900, "too_deep", 21, ""),
        ("role in ()", "syntax", 10, ""),
        ('role in ("a", None)', "value", 15, ""),
    ],
)
def test_every_fault_has_a_column_and_a_way_out(schema, news, events, text, code, column, hint):
    Segment.objects.create(slug="vip", text='language = "en"')
    with pytest.raises(SegmentError) as caught:
        compiler.compile_segment(text)
    assert (caught.value.code, caught.value.column) == (code, column), str(caught.value)
    assert hint in caught.value.hint


TOKENS = st.sampled_from(
    ["(", ")", "and", "or", "not", "in", "=", "!=", "~", ">", ",", "None", "True", "list", "role", "visits", "joined",
     "language", '"x"', '"news"', "'", '"', "7", "-1.5e3", "\\", "\n", "\u2028", "é", "\x00", "{", "list_state", '"pending"']
)  # fmt: skip


@given(st.one_of(st.text(max_size=60), st.lists(TOKENS, max_size=25).map(" ".join)))
@examples(250)
def test_any_text_is_a_segment_or_an_error(django_db_blocker, text):
    translator = compiler._Compiler(
        {**segment_fields.fixed("UTC"),
         **{n: segment_fields.attribute(n, attributes.Type(t), "UTC") for n, t in SCHEMA.items()}},
        {"news": 1},
    )  # fmt: skip
    try:
        condition = translator.condition(grammar.parse(text), compiler._PERSON)
    except SegmentError as error:
        fault = error
    else:
        assert "SELECT" in str(Subscriber.objects.filter(condition).query)
        return
    assert 1 <= fault.column <= len(text) + 1


def test_the_largest_segment_compiles_quickly(people):
    text = " and ".join(f'(interests = "w{n}" or visits > {n})' for n in range(30))
    compiler.compile_segment(text)
    with at_most(1):  # 50 ms on a quiet machine
        compiler.compile_segment(text)
    assert who(text) == set()


def test_an_attribute_is_named_by_a_label_that_no_other_has(actor, people):
    for name, label, chinese in (("role", "Role in the society", "职务"), ("contains", "email", "单位"), ("born", "Day", "单位")):
        attribute_declarations.configure(actor, name, label=label, labels={"zh-Hans": chinese})
    assert who('职务 = "editor"') == who('role = "editor"') != set()
    assert who('职务 = “editor” and list = "news"') == who('role = "editor" and list = "news"')
    assert compiler.names_in('职务 = "editor" and (list = "news" or 职务 = None)') == ["职务", "list"]
    assert who('email = "anna@example.org"') == {"anna"}, "a label takes no field's name"
    assert saved_segments.create(actor, "editors", '职务 = "editor"').text == '职务 = "editor"'
    for text, code in (('单位 = "CAST"', "field"), ('Role in the society = "editor"', "syntax"), ("职务 = 编辑", "unquoted")):
        with pytest.raises(SegmentError) as caught:
            compiler.compile_segment(text)
        assert caught.value.code == code, text


def test_a_segment_is_named_in_another_and_means_its_own_people(actor, people):
    saved_segments.create(actor, "late", 'joined > "2020-01-01"')
    vip = saved_segments.create(actor, "vip", 'segment = "late" or language = "zh-Hans"')
    assert who('list = "news" and segment = "late"') == {"anna"}, "she joined another list late"
    assert who('segment in ("late", "vip") and role = "editor"') == {"anna"}
    assert who('segment != "vip"') == who('not (segment = "vip")') == {"cleo"}
    for text in ('segment = "vip"', 'list = "news" and segment not in ("late", "vip")', 'country = None or segment = "vip"'):
        written = compiler.written_out(text)
        assert "segment" not in written
        assert {
            str(person.address).partition("@")[0] for person in Subscriber.objects.filter(compiler.compile_stored(written))
        } == who(text)
    assert compiler.written_out('segment = "late"') == 'joined > "2020-01-01"'
    late = saved_segments.find("late")
    for segment, text in ((late, 'segment = "vip"'), (late, 'not (segment = "late")'), (vip, 'role = "x" or segment = "vip"')):
        with pytest.raises(SegmentError) as caught:
            saved_segments.change(actor, segment, text)
        assert caught.value.code == "cycle"
    Segment.objects.filter(pk=late.pk).update(text="rol = 5")
    with pytest.raises(SegmentError) as nested:
        who('role = "x" or segment = "vip"')
    assert (nested.value.code, nested.value.column) == ("nested", 25)
    Segment.objects.filter(pk=late.pk).update(text=" or ".join(['role = "x"'] * 60))
    with pytest.raises(SegmentError) as large:
        who(" and ".join(f'(segment in ({", ".join([chr(34) + "late" + chr(34)] * 3)}) or role = "{n}")' for n in range(3)))
    assert large.value.code == "too_large"
    for at in range(200):  # deeper than Python's stack, and the others deeper than the text of a campaign may be
        for prefix, around in (("l", 1), ("m", 18)):
            inside = f'segment = "{prefix}{at - 1}"' if at else 'role = "x"'
            Segment.objects.create(slug=f"{prefix}{at}", text="not (" * around + inside + ")" * around)
    assert who('segment = "l1"') == who('segment = "m4"') == who('role = "x"')
    for text, problem in (('segment = "l199"', "more than 8 deep"), ('segment = "m5"', "nested too deep")):
        with pytest.raises(SegmentError, match=problem):
            who(text)


def test_an_attribute_that_is_older_than_a_field_keeps_its_name(people):
    schema = {"origin": {"type": "text"}, "segment": {"type": "text"}}
    Publication.objects.update(attribute_schema=schema)
    Subscriber.objects.filter(name="Anna Li").update(attributes={"origin": "Beijing", "segment": "gold"})
    assert who('origin = "Beijing" and segment = "gold"') == {"anna"}
