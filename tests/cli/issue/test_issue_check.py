"""`mailroom issue check` beyond the file: links, the list's rules, levels, sizes, the filter; and the override of a draft."""

import re
import threading
from collections.abc import Iterator
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

import pytest

from cli.issue import link_check
from tests.support.issues import full_copy, two_languages
from transport.http import egress_guard

PASSWORD = "a long and rare pass phrase 7"


class Site(BaseHTTPRequestHandler):
    """Pages that answer as their path says; `/get-only` knows no HEAD."""

    asked: list[tuple[str, str]] = []  # noqa: RUF012

    def answer(self) -> None:
        self.asked.append((self.command, self.path))
        status = {"/gone": 404, "/moved": 301, "/found": 302, "/broken": 500, "/shy": 403}.get(self.path, 200)
        if self.path == "/get-only" and self.command == "HEAD":
            status = 405
        if self.path == "/silent":
            self.close_connection = True
            return
        self.send_response(status)
        if status in (301, 302):
            self.send_header("Location", "/there")
        self.send_header("Content-Length", "0")
        self.end_headers()

    do_GET = do_HEAD = answer  # noqa: N815  (names of the standard library)

    def log_message(self, *_: object) -> None:
        pass


@pytest.fixture
def site() -> Iterator[str]:
    Site.asked = []
    server = ThreadingHTTPServer(("127.0.0.1", 0), Site)
    thread = threading.Thread(target=server.serve_forever)
    thread.start()
    yield f"http://127.0.0.1:{server.server_port}"
    server.shutdown()
    thread.join()
    server.server_close()


@pytest.fixture
def folder(tmp_path):
    return full_copy(tmp_path / "issue")


def change(folder, old: str, new: str) -> None:
    path = folder / "issue.md"
    whole = path.read_text(encoding="utf-8")
    assert old in whole
    path.write_text(whole.replace(old, new, 1), encoding="utf-8")


def test_links_are_requested_in_parallel_and_each_gets_its_finding(site):
    paths = ["/", "/gone", "/moved", "/found", "/broken", "/shy", "/get-only", "/silent"]
    tried = {
        link.url.removeprefix(site): link for link in link_check.try_links([f"{site}{path}" for path in paths], loopback=True)
    }
    findings = {path: (link.code, link.level) for path, link in tried.items()}
    assert findings == {
        "/": ("", "info"), "/get-only": ("", "info"),
        "/gone": ("link-dead", "error"), "/moved": ("link-moved", "warning"), "/found": ("link-moved", "info"),
        "/broken": ("link-silent", "warning"), "/shy": ("link-silent", "info"), "/silent": ("link-silent", "warning"),
    }  # fmt: skip
    assert tried["/moved"].detail == f"{site}/there"
    assert ("GET", "/there") not in Site.asked, "nothing is followed"
    assert ("HEAD", "/") in Site.asked
    assert ("GET", "/") not in Site.asked


def test_links_to_this_machine_are_checked_only_on_request(site):
    (tried,) = link_check.try_links([f"{site.replace('127.0.0.1', 'localhost').rpartition(':')[0]}/"])
    assert tried.code == "link-private"
    assert Site.asked == []
    assert link_check.try_links(["mailto:a@example.org", "#x", "tel:1"]) == ()


def test_the_time_for_all_links_is_limited(site, monkeypatch):
    monkeypatch.setattr(link_check, "ALL_SECONDS", 0.0)
    (tried,) = link_check.try_links([f"{site}/"], loopback=True)
    assert (tried.code, tried.detail) == ("link-silent", "there was no time left")


def test_a_dead_link_is_reported_at_its_line(run, folder, site):
    path = folder / "issue.md"
    whole = path.read_text(encoding="utf-8")
    path.write_text(whole.replace("http://english.cast.org.cn/", f"{site}/"), encoding="utf-8")
    with path.open("a", encoding="utf-8") as file:
        file.write(f"\nAs [the museum]({site}/gone) says.\n")
    answer = run("issue", "check", folder, "--online", "--loopback", "--json")
    fault = next(finding for finding in answer.document["findings"] if finding["code"] == "link-dead")
    assert answer.code == 1
    assert f"{site}/gone" in path.read_text(encoding="utf-8").splitlines()[fault["line"] - 1]
    assert ("HEAD", "/gone") in Site.asked


def test_sizes_are_shown_before_the_limit_is_reached(run, folder):
    with (folder / "issue.md").open("a", encoding="utf-8") as file:
        file.write("\n" + "One paragraph more about the light. " * 500)
    document = run("issue", "check", folder, "--mail", "--json").document
    (size,) = document["sizes"]
    assert 0.75 * size["limit"] < size["html_bytes"] < size["limit"]
    assert size["left"] == size["limit"] - size["html_bytes"]
    assert 5 < size["phone"]["screens"] < 200
    assert size["phone"]["minutes"] > 5
    assert size["rest"] + sum(article["bytes"] for article in size["articles"]) == size["html_bytes"]
    assert {"zhang-weiqing", "bologna"} <= {article["id"] for article in size["articles"]}
    text = run("issue", "check", folder, "--mail").out
    assert "as quoted-printable" in text
    assert re.search(r"about \d+\.?\d* screens of a phone, \d+ minutes to read", text)
    assert "Zhang Weiqing, and a light that no eye can see" in text


def test_the_publications_levels_apply_to_a_list(run, done, news, folder):
    change(folder, "](images/dalian-beamline.jpg)", " and so on, and so on, and so on, and so on, and so on, and so on, and so on, and so"
           " on](images/dalian-beamline.jpg)")  # fmt: skip
    assert run("issue", "check", folder, "--mail").code == 0
    shown = done("publication", "set", "--check", "alt-length=error")
    assert shown["checks"] == {"alt-length": "error"}
    assert run("issue", "check", folder, "--mail").code == 0, "without a list no database is asked"
    answer = run("issue", "check", folder, "--list", "news")
    assert answer.code == 1
    assert "alt-length" in answer.err
    assert done("publication", "set", "--check", "alt-length=default")["checks"] == {}
    assert run("issue", "check", folder, "--list", "news").code == 0


def test_a_list_that_advertises_in_china_wants_its_mark(run, done, news, folder):
    assert done("list", "set", "news", "--advertises-in-china")["advertises_in_china"] is True
    answer = run("issue", "check", folder, "--list", "news")
    assert answer.code == 1
    assert "subject-advertisement" in answer.err
    change(folder, "subject: ", "subject: 广告 ")
    assert run("issue", "check", folder, "--list", "news").code == 0
    assert done("list", "set", "news", "--no-advertises-in-china")["advertises_in_china"] is False


def test_a_digest_for_a_list_without_an_archive_is_reported_with_its_fix_by_each_command(
    run, done, news, sender, folder, settings
):
    settings.SENDGRID_API_KEY = "SG.test"
    done("subscriber", "add", "reader@example.org", "--list", "news", "--consent", "at the fair")
    change(folder, "layout: full", "layout: digest")
    fix = "open it with `mailroom list archive news unlisted`"
    checked = run("issue", "check", folder, "--list", "news")
    assert (checked.code, fix in checked.err) == (1, True)
    created = run("campaign", "create", "--issue", folder, "--list", "news", "--from", "news@cast.example")
    assert (created.code, fix in created.err, "campaign override" in created.out) == (0, True, False)
    sent = run("campaign", "send", done("campaign", "ls")["campaigns"][0]["campaign"], "--yes")
    assert (sent.code, fix in sent.err, "campaign override" in sent.err) == (1, True, False)
    done("list", "archive", "news", "unlisted", "--yes")
    assert "digest-archive" not in run("issue", "check", folder, "--list", "news").err


def test_the_spam_filter_gives_a_score_or_the_reason_for_none(run, folder, monkeypatch, tmp_path):
    monkeypatch.setenv("PATH", str(tmp_path))
    answer = run("issue", "check", folder, "--spam", "--json")
    assert answer.code == 0
    assert "not installed" in answer.document["spam"]["skipped"]
    assert "No spam score: SpamAssassin is not installed" in run("issue", "check", folder, "--spam").out


def test_a_draft_with_errors_is_overridden_by_somebody_authorised(run, done, news, sender, folder, settings):
    settings.SENDGRID_API_KEY = "SG.test"
    done("subscriber", "add", "reader@example.org", "--list", "news", "--consent", "at the fair")
    change(folder, "](images/dalian-beamline.jpg)", "](missing)")
    create = ("campaign", "create", "--issue", folder, "--list", "news", "--from", "news@cast.example")
    first = run(*create)
    assert first.code == 1
    assert "with --with-errors and then override them: campaign override" in first.err
    created = run(*create, "--with-errors")
    assert "before you send it: mailroom campaign override" in created.out
    made = done(*create, "--with-errors")
    refused = run("campaign", "send", made["campaign"], "--yes")
    assert refused.code == 1
    assert "image-missing" in refused.err
    assert "campaign override" in refused.err
    for name, more in (("wei", ("--role", "override-checks")), ("li", ())):
        names = (name, "--email", f"{name}@example.org", "--role", "publisher", *more)
        done("staff", "add", *names, "--password-stdin", given=f"{PASSWORD}\n")
    override = ("campaign", "override", made["campaign"], "--reason", "the picture comes later", "--yes")
    denied = run(*override, "--by", "li")
    assert denied.code == 1
    assert "li may not override checks" in denied.err
    assert done(*override, "--by", "wei")["override"]["codes"] == ["image-missing"]
    shown = run("campaign", "show", made["campaign"]).out
    assert "Errors overridden by wei: image-missing. Reason: “the picture comes later”" in shown
    assert run("campaign", "send", made["campaign"], "--yes").code == 0


def test_links_of_a_machine_without_a_network_are_one_finding():
    def nameless(*hosts):
        return [link_check.Tried(f"https://{host}/", "link-dead", "error", egress_guard.NO_NAME) for host in hosts]

    (offline,) = link_check.findings([*nameless("a.example", "b.example"), link_check.Tried("https://c.example/", "link-silent",
                                      "info", link_check.NOT_ASKED)], {})  # fmt: skip
    assert (offline.code, offline.level, offline.params["names"]) == ("link-offline", "error", "a.example, b.example")
    assert "check the network of this machine" in str(offline)
    answered = link_check.findings([*nameless("a.example", "b.example"), link_check.Tried("https://c.example/")], {})
    assert [finding.code for finding in answered] == ["link-dead", "link-dead"]
    (alone,) = link_check.findings(nameless("a.example"), {"https://a.example/": [("issue.md", 7), ("issue.md", 9)]})
    assert (alone.code, alone.file, alone.line) == ("link-offline", "issue.md", 7)
    assert link_check.findings([], {}) == ()


def test_a_condition_on_an_unknown_field_is_found_for_a_list(run, news, tmp_path):
    folder = two_languages(tmp_path / "two")
    change(folder, 'only country = "CN"', 'only contry = "CN"')
    line = (folder / "issue.md").read_text(encoding="utf-8").splitlines().index('::: only contry = "CN"') + 1
    assert "condition-field" not in run("issue", "check", folder, "--mail").err, "without a database nobody can tell"
    answer = run("issue", "check", folder, "--list", "news")
    assert answer.code == 1
    assert f"{folder}/issue.md:{line}: condition-field" in answer.err
    assert "did you mean country?" in answer.err
    # Together with what keeps it from being composed.
    (folder / "images" / "none.png").write_bytes(b"no picture")
    change(folder, "The visit is free", "![A laser](images/none.png)\n\nThe visit is free")
    answer = run("issue", "check", folder, "--list", "news")
    assert "condition-field" in answer.err
    assert "image-" in answer.err
    change(folder, "only contry", "only country")
    assert "condition-field" not in run("issue", "check", folder, "--list", "news").err
