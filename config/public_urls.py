"""The public URL paths, in one place: mails, headers, pages, thread pools, log masking and robots.txt all use these.

They are in `config` because every layer above the pure libraries may import it; composer and transport are given finished URLs.
Sent mails contain these paths for ever: add a second path instead of changing one.
"""

from collections.abc import Callable

UNSUBSCRIBE: str = "u"
VIEW: str = "v"
CONFIRM: str = "c"
PREFERENCES: str = "p"  # in every mail: lists, language, pause
PERSON: str = "d"  # in a mail that the person asked for: name, address, export, erasure
ADDRESS: str = "a"  # in the two mails of a change of address
JOIN: str = "join"  # under /console/: an invitation, or the link to the first account
RESET: str = "reset"  # under /console/: a new password
SENDER: str = "sender"  # confirms the address of a sender, for people who read its mailbox
REPORT: str = "report"  # the numbers of one campaign, for somebody without an account
REVIEW: str = "review"  # one version of an issue, for somebody without an account
CLICK: str = "r"  # in a mail whose clicks are counted: leads on to the page behind the link
OPEN: str = "o"  # the picture that counts opens
ANSWER: str = "q"  # an answer to a question in a mail
READ: str = "read"  # the pages of the articles of a mail, the same for all its recipients
SUBSCRIBE: str = "subscribe"
PRIVATE_LINK: str = "preferences"  # people type their address and get the link to their data by mail
ARCHIVE: str = "archive"
MEDIA: str = "media"
DESIGN: str = "design"
PERSONAL = (UNSUBSCRIBE, VIEW, CONFIRM, PREFERENCES, PERSON, ADDRESS, CLICK, OPEN, ANSWER)  # with a token: one person's link
OF_STAFF = (JOIN, RESET, REPORT, REVIEW, SENDER)  # followed by a token, too
TEST_TOKEN = "test"  # noqa: S105 - in the place of the token in a test mail, whose links belong to nobody
READERS_TOKEN = "readers"  # noqa: S105 - likewise in the archive and in the browser, where nobody can answer a question


def _absolute(path: str) -> str:
    from django.conf import settings  # noqa: PLC0415 - commands without a database use the paths and load no Django

    return f"{settings.PUBLIC_URL}/{path}"


def _url_of(form: str) -> Callable[[object], str]:
    """A function from a token, slug or number to the address whose path has this form."""
    return lambda value: _absolute(form.format(value))


unsubscribe_url = _url_of(f"{UNSUBSCRIBE}/{{}}")
view_url = _url_of(f"{VIEW}/{{}}")
confirm_url = _url_of(f"{CONFIRM}/{{}}")
preferences_url = _url_of(f"{PREFERENCES}/{{}}")
answer_url = _url_of(f"{ANSWER}/{{}}")  # followed by the name of the question and the number of the answer
read_url = _url_of(f"{READ}/{{}}")  # followed by the id of an article
person_url = _url_of(f"{PERSON}/{{}}")
address_url = _url_of(f"{ADDRESS}/{{}}")
archive_url = _url_of(f"{ARCHIVE}/{{}}/")
latest_issue_url = _url_of(f"{ARCHIVE}/{{}}/latest/")
join_url = _url_of(f"console/{JOIN}/{{}}/")
reset_url = _url_of(f"console/{RESET}/{{}}/")
staff_review_url = _url_of("console/issues/{}/review/")
sender_url = _url_of(f"{SENDER}/{{}}/")
review_link_url = _url_of(f"{REVIEW}/{{}}/")
report_link_url = _url_of(f"{REPORT}/{{}}/")
campaign_url = _url_of("console/campaigns/{}/")


def subscribe_url(slug: str = "") -> str:
    """The page on which people subscribe to a list, or the page of all open lists."""
    return _absolute(f"{SUBSCRIBE}/{slug}/" if slug else f"{SUBSCRIBE}/")


def without_read_key(url: str) -> str:
    """An address as people may see it who did not get the mail: that of an article's page without the key of the mail."""
    start = read_url("")
    return f"{start}…/{url.removeprefix(start).partition('/')[2]}" if url.startswith(start) else url


def click_url(link_id: int, value: str) -> str:
    return _absolute(f"{CLICK}/{link_id}/{value}")


def open_url(link_id: int, value: str) -> str:
    return _absolute(f"{OPEN}/{link_id}/{value}")


def policies_url() -> str:
    return _absolute("console/settings/policies/")


def staff_url() -> str:
    return _absolute("console/staff/")


def account_url() -> str:
    return _absolute("console/account/")
