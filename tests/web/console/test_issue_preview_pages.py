"""The preview of an issue in the console: the mail for the chosen reader, findings that lead to their parts, unsaved texts."""

import json
import re
import shutil
from dataclasses import replace
from html import unescape
from urllib.parse import parse_qs, urlsplit

import pytest
from django.test import Client

from composer import composition
from composer.errors import Finding
from composer.issue.editing import part_document
from editorial import issue_versions
from editorial.models import IssueRecord
from editorial.previewing import issue_preview
from editorial.previewing.issue_preview import Trouble
from editorial.sources import edits, issue_state
from publication import audit
from publication.models import Publication
from subscribers.models import Subscriber
from tests.support import people
from tests.support.issues import CAST, two_languages
from tests.support.variations import first
from tests.web.conftest import make_staff
from web.console.issues.previewing import preview_content

pytestmark = pytest.mark.django_db
FILE = "issue.md"
MARKUP = "<script>alert(1)</script><img src=x onerror=alert(2)>"


@pytest.fixture(autouse=True)
def _own_data(settings, tmp_path, monkeypatch):
    settings.DATA_DIR = tmp_path / "data"
    monkeypatch.setattr(issue_preview, "_workshop", issue_preview._Workshop())


@pytest.fixture
def issue(tmp_path) -> IssueRecord:
    return issue_versions.store(audit.system(), two_languages(tmp_path / "issue")).version.issue


@pytest.fixture
def sample(tmp_path) -> IssueRecord:
    shutil.copytree(CAST, tmp_path / "cast")
    return issue_versions.store(audit.system(), tmp_path / "cast").version.issue


def page(issue: IssueRecord, query: str = "") -> str:
    return f"/console/issues/{issue.slug}/preview/{query}"


def frame(html: str) -> str:
    """The address of the first frame."""
    match = re.search(r'<iframe src="([^"]+)"', html)
    assert match, "no frame"
    return unescape(match[1])


def mail(client: Client, html: str) -> str:
    answer = client.get(frame(html))
    assert answer.status_code == 200
    return answer.content.decode()


def save(issue: IssueRecord, part: str, text: str) -> None:
    state = issue_state.head(issue.pk)
    edits.save_part(audit.system(), issue, FILE, part, text, state.edits["text", FILE, part])


BROKEN = "## The light source opens {#light}\n\n::: nonsense\nx\n"  # a card without an end


def test_the_page_shows_the_newest_source_as_mail(console, issue):
    save(issue, "light", "## The light source opens {#light}\n\nWritten a moment ago.\n")
    answer = console.get(page(issue))
    html = answer.content.decode()
    assert answer.status_code == 200
    assert "Light in Dalian" in html
    assert "Written a moment ago." in mail(console, html)
    assert 'sandbox="allow-same-origin"' in html
    assert "unsafe" not in answer.headers["Content-Security-Policy"]


def test_the_mail_may_run_nothing_and_load_nothing_from_elsewhere(console, issue):
    answer = console.get(frame(console.get(page(issue)).content.decode()))
    policy = answer.headers["Content-Security-Policy"]
    assert policy.startswith("sandbox allow-same-origin; default-src 'none'; img-src 'self'; ")
    assert "script" not in policy
    assert answer.headers["Cache-Control"] == "no-store"
    assert answer.headers["X-Frame-Options"] == "SAMEORIGIN"
    off = console.get(frame(console.get(page(issue, "?view=no-pictures")).content.decode()))
    assert "img-src 'none'" in off.headers["Content-Security-Policy"]


def test_every_view_shows_the_mail(console, issue):
    for view in ("designed", "dark", "no-pictures", "no-styles", "outlook"):
        assert "The doors open to visitors today." in mail(console, console.get(page(issue, f"?view={view}")).content.decode())


def test_the_text_part_and_choices_that_do_not_exist(console, issue):
    html = console.get(page(issue, "?view=text&sample=3&variant=x&width=huge")).content.decode()
    assert "<iframe" not in html
    assert "尊敬的欧阳明月" in html
    assert console.get(page(issue, "?view=nonsense&sample=99&variant=99&person=x")).status_code == 200
    assert console.get(f"{page(issue)}mail/?view=text").status_code == 404


def test_variants_by_hand_and_by_reader(console, issue):
    assert "members in China" not in mail(console, console.get(page(issue)).content.decode())
    assert "members in China" in mail(console, console.get(page(issue, "?variant=1")).content.decode())
    html = console.get(page(issue, "?sample=3")).content.decode()
    assert "大连之光" in html
    assert "尊敬的欧阳明月" in mail(console, html)


def test_a_real_subscriber_is_found_by_a_posted_address_and_named_by_number(console, issue):
    person = people.make_people(1, people.make_list())[0]
    Subscriber.objects.filter(pk=person.pk).update(country="CN", name=f"Wei {MARKUP}")
    answer = console.post(page(issue), {"address": " READER0@people.example", "view": "dark"})
    assert answer.status_code == 302
    where = urlsplit(answer.headers["Location"])
    assert parse_qs(where.query) == {"view": ["dark"], "width": ["desktop"], "person": [str(person.pk)]}
    html = console.get(answer.headers["Location"]).content.decode()
    shown = mail(console, html)
    assert person.address in html
    assert person.address not in frame(html)
    assert "members in China" in shown
    assert "Wei &lt;script&gt;" in shown
    assert MARKUP not in shown + html


def test_an_address_that_no_subscriber_has_is_asked_for_again(console, issue):
    for address in ("nobody@people.example", "", "no address"):
        answer = console.post(page(issue), {"address": address})
        assert answer.status_code == 422
        assert "No subscriber has this address" in answer.content.decode()


def test_people_who_may_not_see_subscribers_see_none(issue, client):
    person = people.make_people(1, people.make_list())[0]
    Subscriber.objects.filter(pk=person.pk).update(name="Secret Name")
    client.force_login(make_staff("proofreader", "editorial.view_issuerecord"))
    assert client.post(page(issue), {"address": person.address}).status_code == 403
    html = client.get(page(issue, f"?person={person.pk}")).content.decode()
    assert "Secret Name" not in html + mail(client, html)
    assert "Secret Name" not in client.get(f"{frame(html)}&person={person.pk}").content.decode()
    assert 'name="address"' not in html


def test_authors_who_see_no_names_see_the_mail_of_a_person_without_name_and_address(issue, client):
    person = people.make_people(1, people.make_list())[0]
    Subscriber.objects.filter(pk=person.pk).update(name="Secret Name", language="zh-Hans")
    for more, is_shown in ((), False), (("subscribers.see_addresses",), True):
        client.force_login(make_staff(f"author{is_shown}", "editorial.view_issuerecord", "subscribers.view_subscriber", *more))
        html = client.get(page(issue, f"?person={person.pk}")).content.decode()
        shown = html + mail(client, html)
        assert ("Secret Name" in shown, person.address in shown) == (is_shown, is_shown)


def test_numbers_that_no_row_can_have_are_ignored(console, issue):
    for number in ("9" * 30, "0" * 20 + "9" * 30, "0" * 20 + "9" * 5000, "-1", "٣", "1e9"):
        given = dict.fromkeys(("person", "sample", "variant"), number)
        answer = console.get(page(issue), given)
        assert (answer.status_code, b"reader" in answer.content) == (200, True)
        address = frame(answer.content.decode()).partition("?")[0]
        assert console.get(address, given).status_code == 200


def test_pictures_come_from_a_private_address_and_are_kept_by_the_browser(console, sample, client):
    shown = mail(console, console.get(page(sample)).content.decode())
    sources = re.findall(r'<img[^>]* src="([^"]+)"', shown)
    assert sources
    assert all(source.startswith(f"/console/issues/{sample.slug}/preview/pictures/") for source in sources)
    first = console.get(sources[0])
    assert first.headers["Content-Type"].startswith("image/")
    assert first.headers["Cache-Control"].startswith("private")
    again = console.get(sources[0], headers={"If-None-Match": first.headers["ETag"]})
    assert (again.status_code, again.content) == (304, b"")
    issue_preview._workshop.kept.clear()  # the server was restarted
    assert console.get(sources[0]).content == first.content
    assert console.get(f"/console/issues/{sample.slug}/preview/pictures/x-0123456789ab.jpg").status_code == 404
    assert Client().get(sources[0]).status_code == 302


def test_findings_are_in_words_and_lead_to_their_parts(console, issue):
    long = "x" * 60
    save(issue, "light", f"## The light source opens {{#light}}\n\nText.\n\nTODO write more {long}\n")
    save(issue, "@footer", issue_state.head(issue.pk).files[FILE][1].text.replace("3 Fuxing Road, Beijing", "TODO"))
    html = console.get(page(issue)).content.decode()
    links = [unescape(href) for href in re.findall(r'class="to-part">(?:<span>[^<]*</span> )?<a href="([^"]+)"', html)]
    asked = [(urlsplit(link).path, parse_qs(urlsplit(link).query)) for link in links]
    part_page = f"/console/issues/{issue.slug}/part/"
    assert (part_page, {"file": [FILE], "part": ["light"], "line": ["5"]}) in asked
    assert any(query["part"] == ["@footer"] for _, query in asked)
    assert ">Article: The light source opens</a>" in html
    assert ">Footer</a>" in html
    assert "issue.md:" not in html.replace("file=issue.md", "")


def test_levels_are_those_of_the_publication(console, issue):
    def levels() -> set[str]:
        return set(re.findall(r'<li class="(\w+)"><p class="head">', console.get(page(issue)).content.decode()))

    save(issue, "light", "## The light source opens {#light}\n\nTODO\n")
    assert levels() == {"warning"}
    findings = issue_preview.last_good(issue).composition.findings
    changed = {finding.code: "error" if finding.code == "placeholder" else "off" for finding in findings}
    assert "error" in changed.values(), changed
    Publication.objects.update_or_create(pk=1, defaults={"name": "CAST", "check_levels": changed})
    assert levels() == {"error"}


def test_a_source_with_errors_shows_them_with_the_last_good_mail(console, issue):
    console.get(page(issue))
    save(issue, "light", BROKEN)
    html = console.get(page(issue)).content.decode()
    assert "You see the last mail that could be composed" in html
    assert "The doors open to visitors today." in mail(console, html)
    assert "part=light&amp;line=3" in html
    issue_preview._workshop.kept.clear()
    html = console.get(page(issue)).content.decode()
    assert "cannot be composed because of the errors below" in html
    assert "<iframe" not in html


def test_an_issue_without_a_source_says_so(console):
    record = IssueRecord.objects.create(slug="empty", title=MARKUP)
    html = console.get(page(record)).content.decode()
    assert "nothing to preview" in html
    assert MARKUP not in html
    assert console.get(f"{page(record)}live/").status_code == 404
    assert console.get("/console/issues/none/preview/").status_code == 404


@pytest.mark.parametrize(("trouble", "explanation"), [(Trouble.SLOW, "takes too long"), (Trouble.PICTURES, "Your text is safe")])
def test_a_preview_that_is_not_possible_now_says_why_and_what_to_do(console, issue, monkeypatch, trouble, explanation):
    real = issue_preview.of_state
    console.get(page(issue))

    def troubled(*args, **more):
        made = real(*args, **more)
        return issue_preview.IssuePreview(made.issue, "other", made.state, trouble=trouble)

    monkeypatch.setattr(issue_preview, "of_state", troubled)
    html = console.get(page(issue)).content.decode()
    assert explanation in html
    assert "The doors open to visitors today." in mail(console, html)
    assert 'data-edit=""' in html, "so that the page asks again"


# -- while somebody writes


def test_a_typed_text_is_shown_and_stored_nowhere(console, issue):
    before = issue_state.head(issue.pk)
    text = "## The light source opens {#light}\r\n\r\nTyped, not saved.\r\n"
    answer = console.post(f"{page(issue)}live/", {"file": FILE, "part": "light", "text": text, "tab": "a"})
    html = answer.content.decode()
    shown = mail(console, html)
    assert "Typed, not saved." in shown
    assert 'id="mailroom-here"' in shown
    assert "<html" not in html, "only the preview"
    assert issue_state.head(issue.pk) == before
    assert "Typed, not saved." not in mail(console, console.get(page(issue)).content.decode())


def test_an_unfinished_button_freezes_nothing_and_hides_no_warning(console, issue):
    def warnings(html: str) -> int:
        return int(re.search(r"Worth a look: (\d+)", html)[1])

    text = "## The light source opens {#light}\n\nWritten with [here](https://www.cast.org.cn/).\n"
    before = console.post(f"{page(issue)}live/", {"file": FILE, "part": "light", "text": text}).content.decode()
    text += "\n::: action\n[]()\n:::\n\nThe end of it.\n"
    html = console.post(f"{page(issue)}live/", {"file": FILE, "part": "light", "text": text}).content.decode()
    assert "stands for what" in html
    assert "The end of it." in mail(console, html)
    assert "part=light&amp;line=6" in html
    assert "write the address in the round brackets" in html, "the page shows the source"
    document = json.dumps(part_document.document_of(text.partition("\n")[2], str).json())
    typed = {"file": FILE, "part": "light", "title": "The light source opens", "document": document}
    html = console.post(f"{page(issue)}live/", typed).content.decode()
    assert "write the address to which it leads" in html
    assert "brackets" not in html
    assert warnings(html) >= warnings(before) > 0


def test_findings_of_one_kind_are_one_line_with_their_number_and_all_places(console, issue):
    bare = "\n\n".join(f"See <https://{name}.example/>." for name in "abcd")
    save(issue, "light", f"## The light source opens {{#light}}\n\n{bare}\n")
    html = console.get(page(issue)).content.decode()
    [line] = [
        warning for warning in html.split('<li class="warning">') if "the link shows its address instead of a text" in warning
    ]
    assert "4 times" in line
    assert "press “Link” and fill in “Words of the link”" in line
    assert "](" not in html
    assert all(f"https://{name}.example/" in line for name in "abcd")
    assert len(re.findall(r'class="to-part">(?:<span>[^<]*</span> )?<a ', line)) == 4


def test_what_an_author_cannot_change_is_one_line_for_the_administrator_and_not_counted(console, issue):
    findings = [
        Finding("images-https", "warning", {"url": f"http://127.0.0.1:8025/{number}.jpg"}, FILE, 20) for number in range(10)
    ]
    assert preview_content.divided(findings) == (
        [], ["The pictures are not loaded over https: the public address does not begin with https://."]
    )  # fmt: skip
    wrong = Finding("images-https", "error", {"url": "http://127.0.0.1:8025/1.jpg"}, FILE, 20)
    assert preview_content.divided([*findings, wrong])[0] == [wrong], "an error prevents sending"
    short = Finding("preheader-filler", "info", {"wide": 65, "least": 70}, FILE, 7)
    assert preview_content.divided([short]) == ([short], []), "the author writes the preview text"
    made = issue_preview.of_state(issue, issue_state.head(issue.pk))
    kept = replace(made.composition.variants[0].mail, findings=tuple(findings))
    variants = (replace(made.composition.variants[0], mail=kept), *made.composition.variants[1:])
    issue_preview._keep(replace(made, composition=replace(made.composition, variants=variants)))
    html = console.get(page(issue)).content.decode()
    assert html.count("For the administrator: ") == 1
    assert "127.0.0.1:8025" not in html


def test_a_typed_text_with_errors_keeps_what_the_page_shows(console, issue):
    text = "## The light source opens {#light}\n\nGood so far.\n"
    good = console.post(f"{page(issue)}live/", {"file": FILE, "part": "light", "text": text}).content.decode()
    key = re.search(r'data-key="(\w+)"', good)[1]
    console.get(page(issue))  # somebody else looks at the saved text
    broken = {"file": FILE, "part": "light", "text": BROKEN, "good": key}
    html = console.post(f"{page(issue)}live/", broken).content.decode()
    assert "Good so far." in mail(console, html)
    assert "You see the last mail" in html


def test_nothing_is_sent_again_while_nothing_changes(console, issue, django_assert_max_num_queries):
    html = console.get(f"{page(issue)}live/").content.decode()
    edit = re.search(r'data-edit="(\d+)"', html)[1]
    with django_assert_max_num_queries(12):
        assert console.get(f"{page(issue)}live/?seen={edit}").status_code == 204
    save(issue, "light", "## The light source opens {#light}\n\nNew.\n")
    assert console.get(f"{page(issue)}live/?seen={edit}").status_code == 200


def test_a_request_that_a_newer_one_replaced_changes_nothing(console, issue, monkeypatch):
    made = issue_preview.of_state(issue, issue_state.head(issue.pk))
    replaced = issue_preview.IssuePreview(made.issue, made.key, made.state, trouble=Trouble.REPLACED)
    monkeypatch.setattr(issue_preview, "of_state", lambda *_: replaced)
    assert console.get(f"{page(issue)}live/?tab=a").status_code == 409


def test_the_language_of_the_edited_file_is_shown(console, issue):
    given = {"file": "issue.zh-Hans.md", "part": "light", "text": "## 光源开放 {#light}\n\n正在输入。\n"}
    assert "正在输入。" in mail(console, console.post(f"{page(issue)}live/", given).content.decode())


def test_the_page_needs_a_bounded_number_of_queries(console, issue, django_assert_max_num_queries):
    text = "".join(f"## Article {at} {{#article-{at}}}\n\nText {at}, TODO.\n\n" for at in range(30))
    save(issue, "light", text)
    with django_assert_max_num_queries(30):
        assert console.get(page(issue)).status_code == 200


def test_the_page_composes_once(console, issue, monkeypatch):
    begun = []
    real = composition.compose_issues
    monkeypatch.setattr(composition, "compose_issues", lambda *args, **more: begun.append(1) or real(*args, **more))
    html = console.get(page(issue, "?width=both")).content.decode()
    for address in re.findall(r'<iframe src="([^"]+)"', html):
        console.get(unescape(address))
    console.get(page(issue, "?view=dark&sample=2"))
    assert len(begun) == 1


@pytest.mark.parametrize(
    "title", first(["<!--a" * 15_000, " " * 60_000 + "x", "{#" * 30_000, "#" * 60_000]), ids=["marks", "spaces", "ids", "signs"]
)  # fmt: skip
def test_a_heading_of_any_length_is_named_at_once(console, issue, title):
    """Everybody who may read issues can post a text to the preview; the name of its part must not hold a thread of the web server."""
    typed = {"file": FILE, "part": "light", "text": f"## {title}\n\n![x](missing)\n"}
    assert console.post(f"/console/issues/{issue.slug}/preview/live/", typed).status_code == 200


DIGEST = "\nlayout: digest\nfooter:\n"
MORE = "\n\nIt stands in [the second hall](#hall) and on [our site](https://example.org/).\n\n## The hall {#hall}\n\nA hall.\n"


def test_read_on_in_a_digest_leads_to_the_page_of_the_article_as_readers_will_see_it(console, tmp_path):
    folder = two_languages(tmp_path / "issue")
    source = (folder / "issue.md").read_text().replace("\nfooter:\n", DIGEST)
    figure = "\n\n![A red field](images/only-en.png)\n"
    (folder / "issue.md").write_text(source + figure + MORE)
    issue = issue_versions.store(audit.system(), folder).version.issue
    html = console.get(page(issue, "?variant=1&view=dark")).content.decode()
    assert "Links in the mail do nothing here, except those to articles" in html
    shown = mail(console, html)
    (address,) = set(re.findall(rf'href="({page(issue)}read/light/[^"]*)"', shown))
    assert '"#read' not in shown
    assert not re.search(rf'<a[^>]*target=[^>]*"{page(issue)}', shown), "in the frame, which may open no window"
    answer = console.get(unescape(address))
    article = answer.content.decode()
    assert answer.headers["Cache-Control"] == "no-store"
    assert answer.headers["Content-Security-Policy"].startswith("sandbox allow-same-origin; default-src 'none'; img-src 'self'; ")
    assert "unsafe" not in answer.headers["Content-Security-Policy"]
    assert "This is a preview of the page" in article
    assert "members in China" in article, "the variant of the mail"
    assert "members in China" not in console.get(unescape(address).replace("variant=1", "variant=0")).content.decode()
    assert f'href="{page(issue)}read/hall/?' in article
    assert '<a target="_blank" href="https://example.org/"' in article
    (picture,) = re.findall(r'<img src="(/console/[^"]+)"', article)
    assert console.get(picture).status_code == 200
    (back,) = re.findall(rf'href="({page(issue)}mail/[^"]+)"', article)
    assert unescape(back) == frame(html)
    assert "Link to this article" not in article, "there is none yet"
    assert console.get(f"{page(issue)}read/no-such-article/").status_code == 404
