"""Every code of the domain has a text in the console and on the command line, and the texts of the console are fit for staff."""

import ast
import importlib
import re
import string
from datetime import UTC, datetime
from functools import cache
from typing import get_args

import pytest
from django.utils.translation import override

from campaigns import hold_details, launch_guards, states
from campaigns.recovery import uncertain_slices
from cli.campaign.campaign_facts import hold_words
from cli.texts import domain_texts
from config.env import LANGUAGE_CODES, ROOT
from editorial.models import IssueRecord, IssueVersion
from publication import audit, policies, profile
from publication.domain_errors import TEXTS, DomainError
from publication.models import Actor, Publication
from subscribers.models import Subscription, Suppression
from subscribers.segments.grammar import SegmentError, parse
from tests.support.syntax import nodes, syntax_tree
from tests.web.translation_catalogue import texts
from web.templatetags import wording
from web.templatetags.wording import issue_name
from web.texts import refusal_texts, state_labels, stored_texts
from web.texts.language_names import language_choices, language_name

NUMBERS = [
    ("2026-11", "江南科技通讯 第 2026-11 期"),
    ("2026年第11期（总第87期）", "江南科技通讯 2026年第11期（总第87期）"),
    ("", "江南科技通讯"),
]


def domain_errors(base=DomainError):
    for error in base.__subclasses__():
        yield error
        yield from domain_errors(error)


def files_of(*packages):
    return [path for package in packages for path in (ROOT / package).rglob("*.py")]


for module in files_of("campaigns", "editorial", "publication", "subscribers"):
    if "DomainError" in module.read_text(encoding="utf-8"):
        importlib.import_module(".".join(module.relative_to(ROOT).with_suffix("").parts))


def raised():
    """Every call that makes an error: the error's name, its codes as far as they are written there, and the parameters."""
    names = {error.__name__ for error in domain_errors()}
    for path in files_of("campaigns", "editorial", "publication", "subscribers"):
        for node in nodes(syntax_tree(path)):
            if not isinstance(node, ast.Call):
                continue
            called = ast.unparse(node.func).rpartition(".")[2]
            if called == "checked":  # written_text.checked raises the errors of the class that it gets
                for name in names & {*map(ast.unparse, node.args)}:
                    yield name, ["character"] if node.keywords else ["text", "character"], []  # may_be_empty
                    yield name, ["long"], ["most"]
            elif called in names:
                yield called, re.findall(r"'([^']+)'", ast.unparse(node.args[0])), [keyword.arg for keyword in node.keywords]


@cache
def parameters() -> dict[tuple[str, str], set[str]]:
    """Exception and code -> the parameters that every place gives which raises it."""
    given = {  # these codes are in variables there
        ("EditConflictError", "conflict"): {"issue", "places"},
        **{("ProfileError", code): set() for code in ("name", "organisation", "postal_address")},
        **{("NewIssueError", code): set() for code in ("title", "number")},
        **{("RemovalRefusedError", code): {"campaign", "kind", "name"} for code in ("draft", "scheduled")},
    }
    for name, codes, keywords in raised():
        for code in codes:
            given[name, code] = given.get((name, code), {*keywords}) & {*keywords}
    return given


def refusals(*names):
    """(class, code, parameters) of every refusal, or of those of the classes that are named."""
    for error in domain_errors():
        for (name, code), given in parameters().items():
            if name == error.__name__ and (name in names or not names):
                yield error, code, given


# The refusals that the console catches.
SHOWN = {
    "CampaignActionError", "UncertainError", "StaffAccountError", "InvitationError", "NewIssueError", "SourceEditError", "OriginalError", "CropError",
    "SubscriberStateError", "AddressChangeError", "MergeError",  # also on the pages of signed links, with texts in their templates
    "DecisionError", "ReviewError", "CommentError", "ReviewLinkError", "ReportLinkError", "LanguageError", "DocumentImportError", "QuestionError", "PastIssueError",
    "RemovalRefusedError", "PeopleActionError", "ProfileError", "SenderError", "TesterGroupError",
    "CsvFileError", "ImportRunError", "ImportUndoError",
}  # fmt: skip
OF_ADDRESSES = {"IssueError"}  # an address that names nothing: 404
OF_OWN_PAGES = {"EditConflictError"}  # both texts


def fields(text: str) -> set[str]:
    return {name for _, name, *_ in string.Formatter().parse(text) if name}


def test_every_refusal_has_its_text_on_the_command_line():
    for error, code, given in refusals():
        name = error.__name__
        if (shared := TEXTS.get(name, {}).get(code)) is not None:
            assert code not in domain_texts.ERRORS.get(name, {}), (name, code)
            assert set(re.findall(r"%\((\w+)\)s", shared)) <= given, (name, code)
            message, hint = domain_texts.error_text(error(code, **{field: f"<{field}>" for field in given}))
            assert re.match(r"[^A-Z]|Mailroom ", message), message
            assert not message.endswith("."), message
            assert "%(" not in message + hint, message
            continue
        message, hint = domain_texts.ERRORS[name][code]
        assert message, (name, code)
        assert fields(message) | fields(hint) <= {*given, "meaning"}, (name, code)
        assert hint or "nearest" in given or (name, code) in {
            ("CampaignActionError", "quarantine"), ("MoveRefusedError", "state"),
        }  # fmt: skip


@pytest.mark.parametrize("language", LANGUAGE_CODES)
def test_every_refusal_that_the_console_shows_has_its_text_in_every_language(language):
    for error, code, given in refusals(*SHOWN):
        refusal = error(code, **{name: f"<{name}>" for name in given})
        with override(language):
            text = refusal_texts.refusal(refusal)
        with override("en"):
            assert (text == refusal_texts.refusal(refusal)) == (language == "en"), (error, code)
        assert re.search("[\u4e00-\u9fff]", text) if language == "zh-hans" else text.isprintable(), (error, code)
        assert "mailroom " not in text
        assert "%(" not in text


def test_no_table_has_texts_for_codes_that_no_refusal_has():
    known = {error.__name__: {code for other, code in parameters() if other == error.__name__} for error in domain_errors()}
    assert all(set(texts) <= known[name] for name, texts in domain_texts.ERRORS.items())
    shared = TEXTS
    assert all(set(hints) <= set(shared[name]) for name, hints in domain_texts.HINTS.items())
    own = refusal_texts.OWN
    assert {name: {*shared.get(name, {}), *own.get(name, {})} for name in {*shared, *own}} == {
        name: known[name] for name in SHOWN
    }
    assert not any(set(texts) & set(shared.get(name, {})) for name, texts in own.items())


def test_the_console_catches_no_other_refusals_than_those_it_has_texts_for():
    names = {error.__name__ for error in domain_errors()}
    caught = {
        name
        for path in files_of("web", "worker")
        for node in nodes(syntax_tree(path))
        if isinstance(node, ast.ExceptHandler) and node.type is not None
        for name in re.findall(r"\w+", ast.unparse(node.type))
    }
    assert caught & names == SHOWN | OF_ADDRESSES | OF_OWN_PAGES


def test_the_pages_of_links_have_a_text_for_every_code_they_can_get():
    folder = ROOT / "templates" / "web" / "public"
    left = (folder / "left.html").read_text(encoding="utf-8")  # unsubscribe_undo.undo; the rest is "erased"
    assert set(re.findall(r'fault == "(\w+)"', left)) == {"complained", "suppressed"}
    not_confirmed = (folder / "not_confirmed.html").read_text(encoding="utf-8")  # subscriptions.confirm; the rest is "erased"
    assert set(re.findall(r'code == "(\w+)"', not_confirmed)) == {"too_late"}


def test_domain_code_names_no_commands():
    named = [
        f"{path.name}:{node.lineno}"
        for path in files_of("campaigns", "editorial", "publication", "subscribers")
        if "migrations" not in path.parts
        for node in nodes(syntax_tree(path))
        if isinstance(node, ast.Constant) and isinstance(node.value, str)
        and re.search(r"mailroom (campaign|issue|list|segment|sender|staff|suppression|system|unknown|up|publication)\b", node.value)
    ]  # fmt: skip
    assert named == []


@pytest.mark.django_db
def test_every_reason_of_a_held_campaign_has_its_text_in_console_and_command_line():
    assert "was lifted" in state_labels.held("quarantine")
    assert "has been lifted" in hold_words("quarantine")
    profile.quarantine(audit.system(), "an older copy")
    assert "was lifted" not in state_labels.held("quarantine")
    assert set(state_labels.HELD) == set(domain_texts.HELD) == set(states.HELD_REASONS)
    for reason in states.HELD_REASONS:
        assert reason in state_labels.WORDS, reason
        assert "mailroom " not in str(state_labels.held(reason))
        assert len(hold_words(reason)) > len(reason) + 20


def test_every_policy_has_its_meaning():
    assert set(domain_texts.POLICIES) == {*policies.POLICIES, *policies.CHOICES}


def test_no_code_holds_a_campaign_for_a_reason_that_is_not_in_the_list():
    given = {
        node.args[2].value
        for path in files_of("campaigns")
        for node in nodes(syntax_tree(path))
        if isinstance(node, ast.Call) and getattr(node.func, "id", "") == "hold_campaign" and len(node.args) > 2
        and isinstance(node.args[2], ast.Constant)
    }  # fmt: skip
    assert len(given) > 5
    assert given <= set(states.HELD_REASONS)


def test_docs_say_what_to_do_about_every_reason():
    page = (ROOT / "docs" / "operations.md").read_text(encoding="utf-8")
    assert set(re.findall(r"campaign `held: ([\w-]+)`", page)) == set(states.HELD_REASONS)


@pytest.mark.parametrize(
    "codes",
    [
        states.CAMPAIGN_MOVES, states.BALANCE_STATES, (*states.FACTS_WITHIN_ACCEPTED, "complained"), Subscription.State,
        Suppression.Reason, Actor.Kind.values,
    ],
)  # fmt: skip
def test_every_state_and_reason_has_a_word(codes):
    assert [code for code in codes if code not in state_labels.WORDS] == []


def test_every_kind_of_line_in_the_log_has_a_word():
    kinds = {
        logged_kind
        for path in files_of("campaigns")
        for logged_kind in re.findall(r'DeliveryLog\.objects\.create\(\s*kind="(\w+)"', path.read_text(encoding="utf-8"))
    }
    assert {"decided", "possible_duplicate", "campaign_moved"} <= kinds
    assert [kind for kind in kinds - {"campaign_moved"} if kind not in state_labels.WORDS] == []


def test_every_decision_about_uncertain_recipients_has_its_text():
    source = (ROOT / "campaigns" / "recovery" / "settle_policy.py").read_text(encoding="utf-8")
    assert 'detail={"to": "abandoned" if attempt.cancelled else "planned"' in source
    expected = {("decided", decision) for decision in get_args(uncertain_slices.Decision)}
    assert set(state_labels.DECISIONS) == expected | {("settled_by_policy", "abandoned"), ("settled_by_policy", "planned")}


# What staff cannot do in the console: it has no page for quotas or settings.
BEYOND_THE_CONSOLE = re.compile(
    r"(?:^|[.,;:!] |\)s |\band |\bor )(?i:correct|raise|set|create|update|remove) (?:it|the(?! marked| value)|its|a|another)\b"
)


def test_no_text_of_the_console_asks_staff_for_what_only_the_administrator_can_do():
    console_texts = [
        text for text, file in texts().items() if file.startswith(("publication/", "web/texts/", "templates/web/console/"))
    ]
    assert [text for text in console_texts if BEYOND_THE_CONSOLE.search(text) and "administrator" not in text] == []


def test_every_step_in_the_log_of_recalls_has_a_word():
    kinds = set(re.findall(r'\b_?log\(\s*(?:actor, campaign, )?"(\w+)"', "".join(
        path.read_text(encoding="utf-8") for path in files_of("campaigns")
    )))  # fmt: skip
    assert {"fenced", "recalled", "rescheduled"} <= kinds
    assert [kind for kind in {*kinds, "not_fenced", "not_recalled"} if kind not in state_labels.WORDS] == []


# ----------------------------------------------------------------------------------------------- fit for staff
SHELL = re.compile(r"\bmailroom [a-z]+ |--[a-z]|`|\$ |\bsudo\b|\bpip\b")
PATHS = re.compile(r"(?<![\w/<])/(?:work|var|home|root|etc|usr|tmp|opt|srv)/|\b\w+\.(?:py|env|yaml)\b")
PYTHON = re.compile(r"\bNone\b(?![.:])|\bTrue\b|\bFalse\b|\['|'\]|\{'|\(\)|\bis not '|Error\(|0x[0-9a-f]")


# People who read these texts work on the command line.
COMMAND_LINE = ("composer/", "sandbox/", "templates/sandbox/")


def test_no_text_of_the_console_has_a_shell_command_a_server_path_or_python_syntax():
    # Findings quote Markdown and CSS, and name the theme's files; tests/composer/messages checks them.
    ours = [text for text, file in texts().items() if "/public/" not in file and not file.startswith(COMMAND_LINE)]
    assert len(ours) > 300
    assert [text for text in ours for what in (SHELL, PATHS, PYTHON) if what.search(text)] == []


def test_no_template_of_the_console_shows_a_command():
    for file in (ROOT / "templates" / "web" / "console").glob("*.html"):
        assert "mailroom " not in re.sub(r"\{%.*?%\}|<title>.*?</title>", "", file.read_text(encoding="utf-8")), file.name


# --------------------------------------------------------------------------------------------------------------- times
@pytest.mark.django_db
def test_a_time_in_a_refusal_is_in_the_publications_zone_and_names_it():
    Publication.objects.update_or_create(pk=1, defaults={"zone": "Asia/Shanghai"})
    at = datetime(2027, 1, 5, 1, 0, tzinfo=UTC)
    for error, code, given in refusals(*SHOWN):
        times = {name: at for name in given if name in {"at", "first"}}
        text = refusal_texts.refusal(error(code, **dict.fromkeys(given, "x") | times))
        assert "UTC" not in text
        assert text.count("2027-01-05 09:00 (Asia/Shanghai)") == len(times) or "%(at)s" not in _template(error, code), code


def _template(error, code):
    return str({**TEXTS.get(error.__name__, {}), **refusal_texts.OWN.get(error.__name__, {})}[code])


def test_every_page_names_the_zone_of_its_times():
    """The footer of every page names it; a part that a script loads again shows no time that the footer does not explain."""
    base = (ROOT / "templates" / "web" / "console" / "base.html").read_text(encoding="utf-8")
    assert "All times are in {{ zone }}." in base
    for file in (ROOT / "templates" / "web" / "console").glob("*.html"):
        source = file.read_text(encoding="utf-8")
        shown = re.findall(r"\|(?:moment|with_zone|each_zone)(:?\w*)", source)
        assert set(shown) <= {":zone"}, file.name
        if shown and not file.name.startswith("_"):
            assert '{% extends "console/base.html" %}' in source, file.name
    assert "|date:" not in re.sub(r'datetime="[^"]*\|date:"c"', "", "".join(
        file.read_text(encoding="utf-8") for file in (ROOT / "templates" / "web" / "console").glob("*.html")
    ).replace('date:"c" }}"', ""))  # fmt: skip


def test_a_moment_is_shown_in_its_zone_with_its_name():
    at = datetime(2027, 1, 5, 1, 0, tzinfo=UTC)
    assert wording.with_zone(at, "Asia/Shanghai") == "2027-01-05 09:00 (Asia/Shanghai)"
    assert wording.with_zone(at, "Mars/Olympus") == "2027-01-05 01:00 (UTC)"
    assert wording.moment(at.isoformat(), "Asia/Shanghai") == "2027-01-05 09:00"


# -------------------------------------------------------------------------------------------------------- stored texts
VALUES = {
    "due": datetime(2027, 1, 5, 1, 0, tzinfo=UTC), "since": datetime(2027, 1, 5, 1, 0, tzinfo=UTC), "hours": "26.0", "most": "6",
    "uncertain": 41, "allowed": 40, "answer": "429 slow down; please", "tries": 10, "problem": "time-out", "status": "400",
    "attempt": 7, "error": "KeyError", "seconds": "+61", "count": 5, "domain": "qq.com", "rejected": 30, "outcomes": 200,
    "share": "15%", "cause": "reputation", "here": "7301", "before": "7300", "missing": 12, "last": "5 of 2027-01-05 09:00 (UTC)",
    "highest": 17, "who": "wei, lin", "people": 19316, "campaign": 7,
    "bad": 3, "total": 1000,
}  # fmt: skip


@pytest.mark.django_db
@pytest.mark.parametrize("code", hold_details.TEXTS)
def test_every_detail_of_a_hold_is_recognised_and_translated(code):
    names = set(re.findall(r"%\((\w+)\)s", hold_details.TEXTS[code]))
    stored = hold_details.text(code, **{name: VALUES[name] for name in names})
    with override("en"):
        english = stored_texts.stored(stored)
        assert english.replace("no answer within the time limit", "time-out").replace("sender rejected", "reputation") == stored
    with override("zh-hans"):
        chinese = stored_texts.stored(stored)
    assert re.search("[\u4e00-\u9fff]", chinese) or code == "rejected"
    assert chinese != stored


@pytest.mark.django_db
def test_several_signs_of_a_quarantine_are_translated_one_by_one():
    signs = [
        hold_details.text("other-timeline", here=2, before=1),
        hold_details.text("missing", missing=3, last=5, highest=8),
        "a sign that nobody knows",
    ]
    with override("zh-hans"):
        shown = stored_texts.stored("; ".join(signs)).split("；")
    assert [bool(re.search("[\u4e00-\u9fff]", sign)) for sign in shown] == [True, True, False]


@pytest.mark.parametrize(
    ("stored", "english", "chinese"),
    [
        ("hard: 5.1.1 550 5.1.1 No such user", "hard bounce: invalid address (550 5.1.1 No such user)",
         "硬退信：邮箱无效（550 5.1.1 No such user）"),
        ("soft: 5.2.2 mailbox full", "soft bounce: mailbox full (5.2.2 mailbox full)", "软退信：邮箱已满（5.2.2 mailbox full）"),
        ("hard: goodbye", "hard bounce: goodbye", "硬退信：goodbye"),
        ("Invalid Address", "Invalid Address", "邮箱无效（Invalid Address）"),
        ("time-out; no evidence", "no answer within the time limit; no report arrived in time",
         "在规定时间内没有答复；未在规定时间内收到投递回执"),
    ],
)  # fmt: skip
def test_outcomes_of_the_provider_get_a_label_and_keep_its_text(stored, english, chinese):
    for language, shown in (("en", english), ("zh-hans", chinese)):
        with override(language):
            assert stored_texts.stored(stored) == shown


def test_reasons_and_answers_that_the_domain_stores_have_their_texts():
    sources = "".join(path.read_text(encoding="utf-8") for path in files_of("campaigns/sending", "campaigns/recovery"))
    reasons = set(re.findall(r"reason = '([^']+)'", sources)) | {"busy", "not connected"}
    connection = (ROOT / "transport" / "http" / "connection.py").read_text(encoding="utf-8")
    reasons |= set(re.findall(r'(?:BrokenConnectionError|RequestNotStartedError)\("([^"]+)"', connection)) | set(
        re.findall(r'why = "([^"]+)"', connection)
    )
    assert len(reasons) > 15
    known = {*stored_texts.EXACT, *state_labels.WORDS}
    assert sorted(reasons - known) == []


def test_every_fault_of_a_segment_has_its_text():
    codes = {
        node.args[0].value
        for path in files_of("subscribers/segments", "campaigns/audience", "campaigns/follow_ups", "web/texts/people")
        for node in nodes(syntax_tree(path))
        if isinstance(node, ast.Call) and getattr(node.func, "id", "") == "SegmentError"
        and isinstance(node.args[0], ast.Constant)
    }  # fmt: skip
    assert codes == set(stored_texts.SEGMENT_FAULTS)
    with pytest.raises(SegmentError) as raised:
        parse('language = "en')
    with override("zh-hans"):
        assert re.search("[\u4e00-\u9fff]", stored_texts.segment_fault(raised.value))
    with override("en"):
        assert stored_texts.segment_fault(raised.value) == f"{raised.value}."
        assert "Column 12: " in refusal_texts.refusal(launch_guards.CampaignActionError("segment", problem=raised.value))


def test_a_long_answer_of_somebody_else_is_read_quickly():
    for text in ("nothing but " * 400, "x: 1 of 1 rejected (" * 200, "HTTP " + "1" * 1900, "; " * 900):
        assert stored_texts.stored(text)


@pytest.mark.parametrize(("number", "shown"), NUMBERS)
def test_an_issue_is_named_by_its_title_and_its_number_once_in_words(number, shown):
    version = IssueVersion(issue=IssueRecord(title="江南科技通讯"), sources={"issue.md": f"---\nnumber: {number}\n---\n"})
    with override("zh-hans"):
        assert issue_name(version) == shown


@pytest.mark.parametrize(
    ("tag", "english", "chinese"),
    [
        ("en", "English", "英语"), ("zh-Hans", "Simplified Chinese", "简体中文"), ("zh-CN", "Simplified Chinese", "简体中文"),
        ("zh", "Chinese", "中文"), ("nb", "Norwegian Bokmål", "书面挪威语"), ("hi", "Hindi", "印地语"),
        ("hsb", "Upper Sorbian", "上索布语"), ("art-new", "art-new", "art-new"),
    ],
)  # fmt: skip
def test_a_language_has_one_name_wherever_it_is_shown(tag, english, chinese):
    for spoken, name in (("en", english), ("zh-hans", chinese)):
        with override(spoken):
            assert language_name(tag) == name
            chosen = next((choice.name for choice in language_choices(current=tag) if choice.tag.lower() == tag.lower()), "")
            assert chosen in (name, f"{name} ({tag})")
