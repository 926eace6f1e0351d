"""The marks of the issue format that authors need most: a sample, and what it becomes."""

from django.utils.functional import Promise
from django.utils.text import format_lazy
from django.utils.translation import gettext_lazy as _

from composer.preflight.rules.subject_and_text import PREHEADER_COLUMNS, SUBJECT_COLUMNS

Row = tuple[str | Promise, str | Promise]
# In every part.
COMMON: tuple[Row, ...] = (
    (_("an empty line"), _("begins a new paragraph")),
    (_("**important**"), _("strong text")),
    (_("*so*"), _("emphasis")),
    (_("[the report](https://example.org/report)"), _("a link: the words in square brackets, the address in round ones")),
    (_("- a point of a list"), _("a list; one point in each line")),
    (_("### A sub-heading"), _("a heading inside an article")),
)
# On the page of all marks.
MORE: tuple[Row, ...] = (
    (_("> A quotation lets somebody else speak."), _("a quotation")),
    (_("1. the first step"), _("a numbered list")),
    (
        _("![A bright disc over dark hills](images/light.jpg)\nCaption: What the picture cannot say\nCredit: The photographer"),
        _("a picture. Copy its line from “Pictures”. The square brackets describe it for people who cannot see it"),
    ),
    (
        _("Sources: Name of the first source; [the second](https://example.org/)"),
        _("the sources, in the last line of an article"),
    ),
    (
        _("Summary: What the article says, in one or two sentences.\nBy: Wei Yumeng\nText: whole"),
        _("the first lines of an article: its summary, its author, and that a digest has its whole text. Each may be left out"),
    ),
    (_('{{ name or "reader" }}'), _("the reader's name, and the word for readers whose name is not known")),
    (_("# Headlines"), _("a new section, when you press “Save”")),
    (_("## First light"), _("a new article, when you press “Save”")),
    (
        _("::: calendar\n- 2027-04-12 to 2027-04-14: [World Robot Contest](https://example.org/robots); Beijing\n:::"),
        _("a calendar: the day, a colon, the event, a semicolon, the place"),
    ),
    (_("::: action\n[Register for the congress](https://example.org/register)\n:::"), _("a button")),
    (
        _("::: question\nWas this issue useful?\n\n- Yes\n- Partly\n- No\n:::"),
        _("a question to readers, with two to five answers. The report counts them"),
    ),
    (
        _("::: profile\nName: Zhang Weiqing\nRole: Chief engineer\n\nShe has built lasers since 1999.\n:::"),
        _("the profile of a person"),
    ),
    (
        _('::: only country = "CN"\nThe congress is open to members in China without a fee.\n:::'),
        _("text that only some readers get"),
    ),
    (_("| Field | Members |\n|---|--:|\n| Physics | 1,204 |"), _("a table")),
    (_("<!-- check: is this date right? -->"), _("a note for colleagues. It never reaches a reader. Delete it before sending")),
)
# The keys of the head.
HEAD_KEYS: tuple[tuple[str, str | Promise], ...] = (
    ("title", _("the name of the newsletter, at the top of the mail")),
    ("organisation", _("who publishes it")),
    ("tagline", _("a line under the title; may be left out")),
    ("number", _("the number of the issue")),
    ("date", _("the date of the issue: year-month-day")),
    (
        "subject",
        format_lazy(
            _("the subject of the mail, {least} to {most} characters: begin with what is new"),
            least=SUBJECT_COLUMNS[0],
            most=SUBJECT_COLUMNS[1],
        ),
    ),
    (
        "preheader",
        format_lazy(
            _("the line that inboxes show after the subject, {least} to {most} characters"),
            least=PREHEADER_COLUMNS[0],
            most=PREHEADER_COLUMNS[1],
        ),
    ),
    ("language", _("the language of this text, such as en or zh-Hans")),
    ("theme", _("the design: bulletin, cast, journal or plain")),
    ("layout", _("digest: the mail has summaries that lead to a page for each article; full: it has the whole texts")),
    ("lead", _("the id of the article under the masthead; may be left out")),
)
