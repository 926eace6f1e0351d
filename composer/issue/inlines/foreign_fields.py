"""Warns of merge fields of other mail systems, such as `*|FNAME|*`: every reader would see them as they are written."""

import re
from collections.abc import Iterable

from composer.errors import Findings
from composer.issue.merge_fields import FIELDS

# The names that such fields have in braces, where other text is possible, without `_` and `.`.
_NAMES = (
    r"(?:(?:subscriber|contact|recipient|customer|user|member|person)[._]?)?"
    r"(?:(?:first|last|full|given|family|nick|user|display)?_?names?|[fl]name|surname|e?[-_]?mail(?:_?address)?)"
    r"|unsub(?:scribe)?(?:_?(?:url|link))?|姓名|名字|称呼|昵称|邮箱"
)
_FIELD = re.compile(
    r"\*\|(?-i:[A-Z][A-Z0-9_:]+)\|\*"  # Mailchimp
    r"|%%[A-Za-z_]\w*%%"  # Salesforce, Pardot
    r"|\[\[[A-Za-z_]\w*\]\](?!\()"
    rf"|(?<!\{{)\{{\$?(?:{_NAMES})\}}(?!\}})"
    rf"|%(?:{_NAMES}|(?:recipient|subscriber|contact)[._]\w+)%",  # Mailgun, SendCloud
    re.IGNORECASE,
)
_ESCAPED = re.compile(r"\\([!-/:-@\[-`{-~])")
_CODE = re.compile(r"`[^`]*`")
_CODE_BLOCK = re.compile(r" {0,3}(?:```|~~~)")
# What the name of a field contains -> the field of Mailroom.
_MEANT = (
    (re.compile(r"unsub", re.IGNORECASE), "{{ unsubscribe_url }}"),
    (re.compile(r"profile|preference", re.IGNORECASE), "{{ preferences_url }}"),
    (re.compile(r"archive|browser|web_?v|view_?(?:url|link|online)", re.IGNORECASE), "{{ view_url }}"),
    (re.compile(r"mail|邮箱", re.IGNORECASE), "{{ email }}"),
    (re.compile(r"name|first|last|姓名|名字|称呼|昵称", re.IGNORECASE), '{{ name or "reader" }}'),
)


def report_foreign_fields(lines: Iterable[str], findings: Findings) -> None:
    """Adds a warning for each placeholder in the lines of a file, except in code. Escaped ones count: the editor escapes them."""
    is_code = False
    for number, line in enumerate(lines, start=1):
        if _CODE_BLOCK.match(line):
            is_code = not is_code
        elif not is_code:
            for match in _FIELD.finditer(_CODE.sub(" ", _ESCAPED.sub(r"\1", line))):
                meant = next((field for pattern, field in _MEANT if pattern.search(match[0])), "")
                findings.warning("field-foreign", number, text=match[0][:60], nearest=meant, known=", ".join(FIELDS))
