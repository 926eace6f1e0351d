"""Scores a mail with the SpamAssassin of this machine, without network tests."""

import email.utils
import os
import re
import shutil
import subprocess
import tempfile
from dataclasses import dataclass
from email.message import EmailMessage
from email.policy import SMTP
from pathlib import Path

from composer.errors import Finding, Level
from composer.issue import merge_fields

PROGRAM = "spamassassin"
SECONDS = 30
_STATUS = re.compile(r"^X-Spam-Status:", re.MULTILINE)
_SCORE = re.compile(r"\bscore=(-?[\d.]++)\s++required=([\d.]++)")
_REASON = re.compile(r"^\*?[^\S\n]*+(-?\d++(?:\.\d++)?)\s++([A-Z][A-Z0-9_]++)\s++(.*)$", re.MULTILINE)


@dataclass(frozen=True, slots=True)
class SpamScore:
    """`points`: the score; `limit`: the score from which a mail is spam; `reasons`: (points, rule, description), worst first."""

    points: float
    limit: float
    reasons: tuple[tuple[float, str, str], ...]


class NotScoredError(Exception):
    """There is no score; the message says why."""


def message_of(subject: str, html: str, text: str, fields: tuple[merge_fields.MergeField, ...]) -> bytes:
    reader = merge_fields.values(fields, {
        "name": "Maria Garcia", "email": "reader@example.org", "view_url": "https://news.example.org/v/1",
        "unsubscribe_url": "https://news.example.org/u/1", "preferences_url": "https://news.example.org/p/1",
        "subscribe_url": "https://news.example.org/subscribe/", "answer_url": "https://news.example.org/q/1", "read_url": "https://news.example.org/read/1",
    })  # fmt: skip
    message = EmailMessage(policy=SMTP)
    message["From"] = "Newsletter <newsletter@news.example.org>"
    message["To"] = "Maria Garcia <reader@example.org>"
    message["Subject"] = merge_fields.fill(subject, reader)
    message["Date"] = email.utils.localtime()
    message["Message-ID"] = email.utils.make_msgid(domain="news.example.org")
    message["List-Id"] = "News <news.news.example.org>"
    message["List-Unsubscribe"] = "<https://news.example.org/u/1>"
    message["List-Unsubscribe-Post"] = "List-Unsubscribe=One-Click"
    message.set_content(merge_fields.fill(text, reader))
    message.add_alternative(merge_fields.fill(html, reader), subtype="html")
    return message.as_bytes()


def score(message: bytes, *, program: str | None = None, seconds: float = SECONDS) -> SpamScore:
    """Runs SpamAssassin. Raises NotScoredError if it is not installed, fails, or takes too long."""
    path = program or shutil.which(PROGRAM)
    if path is None:
        raise NotScoredError("SpamAssassin is not installed on this machine (Debian: apt-get install spamassassin)")
    with tempfile.TemporaryDirectory() as folder:
        settings = Path(folder) / "user_prefs"
        settings.write_text("add_header all Report _REPORT_\nuse_bayes 0\n", encoding="utf-8")
        command = [path, "--local", "--test-mode", "--prefspath", str(settings)]
        try:
            # Only its own rules: no look-ups, no learning, nothing stored in the home directory.
            done = subprocess.run(  # noqa: S603  (fixed arguments; the mail is its input)
                command, input=message, capture_output=True, timeout=seconds, check=False, env=os.environ | {"HOME": folder}
            )
        except subprocess.TimeoutExpired:
            raise NotScoredError(f"SpamAssassin took longer than {seconds:g} seconds") from None
        except OSError as problem:
            raise NotScoredError(f"SpamAssassin cannot be run: {problem.strerror}") from None
    output = done.stdout.decode("utf-8", "replace")
    header = _STATUS.search(output)
    status = _SCORE.search(output, header.end()) if header else None
    if status is None:
        raise NotScoredError(f"SpamAssassin gave no score: {done.stderr.decode('utf-8', 'replace').strip()[:200]}")
    body = output.partition("Content analysis details:")[2]
    reasons = {(float(points), name, description.strip()) for points, name, description in _REASON.findall(body) if float(points)}
    return SpamScore(float(status[1]), float(status[2]), tuple(sorted(reasons, key=lambda reason: (-reason[0], reason[1]))))


def finding(scored: SpamScore) -> Finding:
    """Returns the finding: an error from the limit on, a warning from half of it, otherwise an info."""
    reasons = (
        "; ".join(f"{points:g} {name} ({description})" for points, name, description in scored.reasons if points > 0) or "none"
    )
    level: Level = "error" if scored.points >= scored.limit else "warning" if 2 * scored.points >= scored.limit else "info"
    return Finding("spam-score", level, {"score": f"{scored.points:g}", "limit": f"{scored.limit:g}", "reasons": reasons})
