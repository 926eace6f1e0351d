"""Security rules of the project that bandit does not check, read from the syntax trees; each rule must find a planted fault."""

import ast
import re
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from tests.codebase import test_syntax
from tests.codebase.test_syntax import ROOT, called, calls, chain

pytestmark = pytest.mark.xdist_group("syntax")  # run in the process that has already parsed the sources

# These build HTML and state at each place why the text that they mark is escaped. All other modules use their functions.
MARKS_HTML = {
    "composer/rendering/escaping.py",
    "composer/rendering/template_engine.py",
    "composer/rendering/shared_values.py",
    "composer/rendering/archive_page.py",
}
REDIRECTS_ELSEWHERE = {
    "web/public/archive/archive_pages.py": "archived.address",
    "web/public/archive/article_page.py": "address",
    "web/public/archive/article_link.py": "public",
    "web/console/issues/comment_pages.py": "_at_comment(request, issue, comment_id)",
    "web/public/links/redirect_page.py": "url",
}  # built from a row of the database, never from the request
SECRET = re.compile(r"(?:^|_)(?:token|signature|secret|password|mac|hmac|api_key|csrf)s?$", re.IGNORECASE)
INLINERS = {"premailer": "allow_network", "css_inline": "load_remote_stylesheets"}


def imports(tree: ast.AST) -> Iterator[tuple[int, str]]:
    for node in ast.walk(tree):
        if isinstance(node, ast.Import):
            yield from ((node.lineno, alias.name) for alias in node.names)
        elif isinstance(node, ast.ImportFrom):
            yield node.lineno, node.module or ""
            yield from ((node.lineno, f"{node.module}.{alias.name}") for alias in node.names)


def test_text_is_marked_as_html_in_four_modules_only():
    found = [
        f"{name}:{call.lineno} {called(call)}"
        for name, _, tree in test_syntax.modules()
        for call in calls(tree)
        if called(call) in {"mark_safe", "SafeString", "SafeText"}
        or (called(call) == "Markup" and name not in MARKS_HTML and not all(isinstance(each, ast.Constant) for each in call.args))
    ]
    assert found == []


def frames_without_sandbox(text: str) -> list[str]:
    frames = re.findall(r"<iframe\b.*?</iframe>", text, re.DOTALL)
    return [each for each in frames if not re.search(r"\ssandbox[\s>={]", each) or "allow-scripts" in each]


def test_every_frame_of_a_template_is_sandboxed():
    assert len(frames_without_sandbox('<iframe src="a"></iframe><iframe sandbox="allow-scripts"></iframe>')) == 2
    texts = {path.name: path.read_text(encoding="utf-8") for path in (ROOT / "templates").rglob("*.html")}
    assert sum("<iframe" in text for text in texts.values()) > 3
    assert {name: found for name, text in texts.items() if (found := frames_without_sandbox(text))} == {}


def marks_in_templates(text: str) -> list[str]:
    return re.findall(r"\|\s*safe(?:seq)?\b|\{%-?\s*autoescape\s+(?:off|false)", text)


def test_no_html_template_switches_escaping_off():
    assert marks_in_templates("{{ name|safe }} {% autoescape off %}{{ name | safeseq }}{%- autoescape false %}")
    found = {path.name: marks for path in (ROOT / "templates").rglob("*") if path.suffix in {".html", ".j2", ".xml"}
             and (marks := marks_in_templates(path.read_text(encoding="utf-8")))}  # fmt: skip
    assert found == {}


def leads_home(target: ast.expr) -> bool:
    """Whether the source shows that a redirect's target is a name of web/urls.py or an address on this server."""
    if isinstance(target, ast.BinOp | ast.JoinedStr):  # "/" alone could be followed by another: //elsewhere.example
        begins = target.left if isinstance(target, ast.BinOp) else target.values[0]
        return leads_home(begins) and re.match(r"'/\w", ast.unparse(begins)) is not None
    text = target.value if isinstance(target, ast.Constant) else None
    return isinstance(text, str) and re.match(r"/\w|[a-z][a-z-]*$|/$", text) is not None


def test_no_redirect_goes_to_an_address_from_the_request():
    found = []
    for name, _, tree in test_syntax.modules("web"):
        for call in calls(tree):
            if called(call) in {"redirect", "HttpResponseRedirect", "HttpResponsePermanentRedirect"}:
                target = call.args[0] if call.args else ast.Constant(None)
                if not leads_home(target) and REDIRECTS_ELSEWHERE.get(name) != ast.unparse(target):
                    found.append(f"{name}:{call.lineno} {ast.unparse(target)}")
        found += [
            f"{name}:{node.lineno} sets Location itself"
            for node in ast.walk(tree)
            if isinstance(node, ast.Constant) and node.value == "Location"
        ]
    assert found == []


def named(node: ast.expr) -> str:
    """The last name of `request.POST.token`, `token()` and the like."""
    node = node.func if isinstance(node, ast.Call) else node
    return node.attr if isinstance(node, ast.Attribute) else getattr(node, "id", "")


def test_secrets_are_compared_in_constant_time():
    """Secrets need hmac.compare_digest. Our own constants, in capitals, are not secrets."""
    found = [
        f"{name}:{node.lineno} {ast.unparse(node)}"
        for name, _, tree in test_syntax.modules()
        if not name.startswith("sandbox/")  # its secrets are those of tests
        for node in ast.walk(tree)
        if isinstance(node, ast.Compare) and any(isinstance(each, ast.Eq | ast.NotEq) for each in node.ops)
        for sides in [[node.left, *node.comparators]]
        if any(SECRET.search(named(side)) for side in sides)
        and not any(isinstance(side, ast.Constant) or named(side).isupper() for side in sides)
    ]
    assert found == []


def test_css_inliners_have_no_network():
    found = []
    for name, _, tree in test_syntax.modules():
        for line, module in imports(tree):
            if (switch := INLINERS.get(module)) is None:
                continue
            said = [
                value
                for node in ast.walk(tree)
                if isinstance(node, ast.Dict)
                for key, value in zip(node.keys, node.values, strict=True)
                if isinstance(key, ast.Constant) and key.value == switch
            ] + [each.value for call in calls(tree) for each in call.keywords if each.arg == switch]
            if not said or any(not isinstance(value, ast.Constant) or value.value is not False for value in said):
                found.append(f"{name}:{line} {module} without {switch}=False")
    assert found == []


def test_every_route_says_who_may_open_it():
    """`at` of web/access.py requires the access as an argument, and nothing else creates a route."""
    found = [
        f"{name}:{line} {module}"
        for name, _, tree in test_syntax.modules()
        if name != "web/access.py"
        for line, module in imports(tree)
        if module in {"django.urls.path", "django.urls.re_path", "django.urls.include"}
        or (module.startswith("django.conf.urls") and not module.startswith("django.conf.urls.i18n"))  # adds only the language
    ]
    found += [
        f"{name}:{call.lineno} names no access"
        for name, _, tree in test_syntax.modules("web")
        for call in calls(tree)
        if called(call) == "at" and chain(call.func) == ["at"] and len(call.args) != 5
    ]
    assert found == []


def bare_exceptions(text: str) -> list[str]:
    """Lines that silence a security rule without a reason."""
    silenced = re.findall(r"# nosec.*|# noqa: *(?:[A-Z]+\d+, *)*S\d+.*", text)
    return [line for line in silenced if not re.search(r"(?:# nosec B\d+ )?# noqa: .*\bS\d+\b(?: - |  \()\w", line)]


def test_every_exception_from_a_security_rule_has_a_reason():
    for bare in ("x  # noqa: S101", "x  # nosec", "x  # nosec B704 # noqa: S704", "x  # noqa: E501, S311"):
        assert bare_exceptions(bare), bare
    found = [
        f"{name} {line}" for name, path, _ in test_syntax.modules() for line in bare_exceptions(path.read_text(encoding="utf-8"))
    ]
    assert found == []


PLANTED: list[tuple[Callable[[], None], str, str]] = [
    (test_syntax.test_raw_sql_is_only_in_sql_modules, "web/page.py", "connection.cursor()"),
    (test_syntax.test_raw_sql_is_only_in_sql_modules, "web/page.py", "connection.execute(text)"),
    (test_syntax.test_raw_sql_is_only_in_sql_modules, "web/page.py", "Subscriber.objects.raw(text)"),
    (test_syntax.test_no_table_is_named_in_sql_outside_sql_modules, "web/page.py", "x = 'SELECT * FROM subscriber'"),
    (test_syntax.test_web_cli_and_worker_write_no_models, "web/page.py", "Campaign.objects.create()"),
    (test_syntax.test_no_shell_and_no_http_client_outside_transport, "web/page.py", "subprocess.run(line, shell=True)"),
    (test_syntax.test_no_shell_and_no_http_client_outside_transport, "web/page.py", "def view():\n    import requests"),
    (test_syntax.test_no_shell_and_no_http_client_outside_transport, "cli/page.py", "from urllib.request import urlopen"),
    (test_text_is_marked_as_html_in_four_modules_only, "web/page.py", "mark_safe(name)"),
    (test_text_is_marked_as_html_in_four_modules_only, "web/page.py", "markupsafe.Markup(name)"),
    (test_no_redirect_goes_to_an_address_from_the_request, "web/page.py", "redirect(request.GET['next'])"),
    (test_no_redirect_goes_to_an_address_from_the_request, "web/page.py", "HttpResponseRedirect(f'{host}/page')"),
    (test_no_redirect_goes_to_an_address_from_the_request, "web/page.py", "redirect('//elsewhere.example/' + path)"),
    (test_no_redirect_goes_to_an_address_from_the_request, "web/page.py", "redirect(f'/{path}')"),
    (test_no_redirect_goes_to_an_address_from_the_request, "web/page.py", "response.headers['Location'] = path"),
    (test_secrets_are_compared_in_constant_time, "web/page.py", "request.POST['x'] == link.token"),
    (test_secrets_are_compared_in_constant_time, "web/page.py", "signature != expected"),
    (test_css_inliners_have_no_network, "composer/page.py", "from premailer import Premailer\nPremailer(html)"),
    (test_css_inliners_have_no_network, "composer/page.py", "import premailer\npremailer.transform(html, allow_network=True)"),
    (test_css_inliners_have_no_network, "composer/page.py", "import css_inline\ncss_inline.CSSInliner()"),
    (test_every_route_says_who_may_open_it, "web/page.py", "from django.urls import path"),
    (test_every_route_says_who_may_open_it, "web/urls.py", "at('somewhere', view, name='somewhere')"),
]


@pytest.mark.parametrize(("rule", "name", "source"), PLANTED, ids=[f"{rule.__name__}: {text}" for rule, _, text in PLANTED])
def test_each_rule_finds_a_planted_fault(monkeypatch, rule, name, source):
    monkeypatch.setattr(test_syntax, "modules", lambda *packages: iter([(name, Path(name), ast.parse(source))]))
    with pytest.raises(AssertionError, match=re.escape(name)):
        rule()
