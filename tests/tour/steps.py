"""What a visit of the tour does on a page before the picture is taken: fill in, press, send a form."""

from collections.abc import Callable
from typing import Any

from tests.support import phone

Step = Callable[[Any], None]
_SUBMIT = """([path, fields]) => {
  const form = Object.assign(document.createElement('form'), {method: 'post', action: path, hidden: true});
  const token = document.querySelector('[name=csrfmiddlewaretoken]').value;
  for (const [name, value] of Object.entries({...fields, csrfmiddlewaretoken: token})) {
    form.append(Object.assign(document.createElement('textarea'), {name, value}));
  }
  document.body.append(form);
  form.submit();
}"""


def press(selector: str = "main form button[type=submit]") -> Step:
    """Press a button, by default the first of the page, and wait for the page that follows."""

    def step(page: Any) -> None:
        phone.unfold(page, selector)
        with page.expect_navigation():
            page.locator(selector).first.click()

    return step


def unfold(selector: str) -> Step:
    """Open what is folded around an element."""
    return lambda page: phone.unfold(page, selector)


def wait(milliseconds: int) -> Step:
    """For forms that are not accepted from programs, which send them at once."""
    return lambda page: page.wait_for_timeout(milliseconds)


def fill(selector: str, value: str) -> Step:
    """Fill in a field, also one that is folded."""

    def step(page: Any) -> None:
        phone.unfold(page, selector)
        page.fill(selector, value)

    return step


def without_own_check(selector: str) -> Step:
    """Switch off the browser's own check of an address, which would not send a wrong one."""
    return lambda page: page.locator(selector).evaluate("field => field.type = 'text'")


def without_own_checks() -> Step:
    """Switch off the browser's own checks of all forms."""
    return lambda page: page.locator("form").evaluate_all("forms => forms.forEach((form) => { form.noValidate = true; })")


def submit(path: str, fields: dict[str, str]) -> Step:
    """Send a form with these fields, as a page would that somebody opened earlier."""

    def step(page: Any) -> None:
        with page.expect_navigation():
            page.evaluate(_SUBMIT, [path, fields])

    return step


def come_from(client: str = "") -> Step:
    """Seem to be a client at this address behind a front server; without an address, be oneself again."""
    return lambda page: page.set_extra_http_headers({"X-Forwarded-For": client} if client else {})


def check(selector: str) -> Step:
    return lambda page: page.locator(selector).first.check()


def uncheck(selector: str) -> Step:
    return lambda page: page.locator(selector).first.uncheck()
