"""Generates docs/bounces.md from the tables of the code: `python -m tests.campaigns.tracking.bounces.bounces_page --write`."""

import os
import sys
from pathlib import Path

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "config.settings")  # the texts are marked for translation when they are loaded

from campaigns.tracking.bounces.bounce_classifier import EFFECTS, Effect
from campaigns.tracking.bounces.bounce_texts import CAUSES, REMEDIES
from campaigns.tracking.bounces.bounce_types import BounceCause, BounceRule
from campaigns.tracking.bounces.classifier_rules import REJECTED_ADDRESS, RULES

PAGE = Path(__file__).resolve().parents[4] / "docs" / "bounces.md"
EXAMPLES = 4

MEANINGS = {
    BounceCause.INVALID_ADDRESS: "The address does not exist, or its domain accepts no mail.",
    BounceCause.MAILBOX_FULL: "The mailbox exists and is full.",
    BounceCause.MAILBOX_INACTIVE: "The mailbox exists and is disabled, suspended or abandoned; or a temporary answer says that the address does not exist.",
    BounceCause.TECHNICAL: "DNS, time-outs, greylisting, a server that is down, mail that expired after 72 hours of attempts.",
    BounceCause.CONTENT: "A filter, a size limit or a format check rejects this mail.",
    BounceCause.REPUTATION: "The server rejects the sender: SPF, DKIM or DMARC, a block list, a bad reputation, a policy.",
    BounceCause.VOLUME: "Too much mail in a short time. Some providers use a permanent code for this, even for a limit of one hour.",
    BounceCause.UNCLASSIFIED: "No rule recognises the answer.",
}
ACTIONS = {
    Effect.SUPPRESS: "suppresses the address at once",
    Effect.COUNT: "counts it; suppresses the address after N such campaigns within a period, with no delivery in between",
    Effect.ALARM: "suppresses nobody; raises an alarm that names the fix; puts the campaign on hold if there are too many",
    Effect.NONE: "records it and changes nothing",
}
YOURS = {
    BounceCause.INVALID_ADDRESS: "Nothing. If many are new, look at where the addresses come from.",
    BounceCause.MAILBOX_FULL: "Nothing.",
    BounceCause.MAILBOX_INACTIVE: "Nothing.",
    BounceCause.TECHNICAL: "Nothing, unless one domain fails for days.",
    BounceCause.CONTENT: "Apply the fix that the alarm names, then resume.",
    BounceCause.REPUTATION: "Apply the fix that the alarm names, then resume.",
    BounceCause.VOLUME: "Send more slowly to this provider, then resume.",
    BounceCause.UNCLASSIFIED: "Read the answer in the campaign's report.",
}

HEAD = """\
# Bounces by cause

For admins and operators: what each cause of a bounce means, what Mailroom does, and what you do.

A bounce, a deferral or a drop has exactly one cause. The cause decides what Mailroom does with the address, so a mistake of the
sender (a wrong DMARC record, a block list, a rate limit) never suppresses a reader.

This page is generated from the tables in `campaigns/tracking/bounces/classifier_rules.py`,
`campaigns/tracking/bounces/bounce_classifier.py` and `campaigns/tracking/bounces/bounce_texts.py`. After a change there, run
`python -m tests.campaigns.tracking.bounces.bounces_page --write`.

## In short

"""

MIDDLE = """
- **N and the period** are policies of the publication (`bounce_campaigns`, `bounce_days`). A later delivery clears the count of mailbox
  bounces and lifts a suppression that the count had caused. A suppression by staff, a complaint or an unsubscription is not lifted.
- **An alarm** names the receiving domain, the cause and the fix. If such rejections exceed 5 % of at least 200 outcomes of one
  receiving domain, Mailroom puts the campaign on hold. Apply the fix, then resume it.
- **A drop "Bounced Address"** is not a cause of its own: SendGrid did not send because the address is on its bounce list. The cause is
  that of the bounce that put it there.
- **Wrong suppressions by an older version** of Mailroom can be lifted with `mailroom suppression reconsider --cause reputation`.

## Brakes

Mailbox providers judge a sender by complaints and by addresses that do not exist, whatever the cause is. Mailroom therefore counts both
for each receiving domain of a campaign, and for all domains together, and judges the numbers seconds after the provider's report:

| what | warning | on hold |
|---|---|---|
| **complaints**: people who reported the mail as spam | from 0.1 % of the delivered mails on, on the campaign's page | 0.3 %, at least three, of at least 1,000 delivered (`held: complaints`) |
| **hard bounces** | – | more than 5 % of at least 500 answered (`held: bounces`) |

A delivery counts once, however often and in whatever order its events arrive. Answered mails are those delivered or bounced. Publishers and
admins get a mail with the domain, the numbers and what to do. Mails to staff do not wait behind a campaign that is on hold
([delivery.md](delivery.md)). Find out whether these people asked for the newsletter, and where their addresses come from. Then:

- **Resume**: the same limit holds the campaign again only when the share has grown by half, such as from 0.4 % to 0.6 %.
- **Resume without the domain**: everybody there who was not sent to yet is skipped, with the reason *domain left out*. The page, or
  `mailroom campaign resume 7 --without-domain example.org`, first says how many people that are. Requests under way still go out. It cannot
  be undone for this campaign and changes nothing for later ones. What the domain still reports does not hold the campaign again.
- **Cancel** the campaign.

## How the cause is found

1. The receiving server's text decides if it is specific. It outranks SendGrid's `bounce_classification`, which can
   be wrong or missing. For example, a server answers 550 both to an unknown address and to a wrong DMARC record.
2. The rules below are tried in order, and the first match decides. Mistakes of the sender come before faults of the mailbox, because
   servers also write "mailbox unavailable" when they reject by policy.
3. If no rule matches, the enhanced status code (such as 5.2.2) and the classification decide. If one of them says "invalid address" and
   the other does not, the other one counts.
4. A temporary answer (4xx) never makes an address invalid.
5. Addresses, links and host names in the text are ignored, so a domain called `spam.example` decides nothing.

## Rules

"Answers" are examples of the words and codes by which the rule recognises an answer. `…` stands for any words in between,
`x.7.26` for 4.7.26 and 5.7.26.

"""


def page() -> str:
    parts = [HEAD, "| cause | it means | Mailroom | you |\n|---|---|---|---|\n"]
    for cause, name in CAUSES.items():
        parts.append(f"| **{name}** `{cause}` | {MEANINGS[cause]} | {ACTIONS[EFFECTS[cause]]} | {YOURS[cause]} |\n")
    parts += [MIDDLE, "| rule | answers | cause | fix |\n|---|---|---|---|\n"]
    parts += [_row(rule) for rule in (*RULES, REJECTED_ADDRESS)]
    parts.append("\n## Fixes\n\n| fix | what to do |\n|---|---|\n")
    parts += [f"| `{code}` | {text} |\n" for code, text in REMEDIES.items()]
    return "".join(parts)


def _row(rule: BounceRule) -> str:
    codes = [f"x.{code}" for code in rule.codes]
    seen = [*codes[:2], *rule.phrases, *rule.links, *codes[2:]][:EXAMPLES]
    answers = ", ".join(f"`{answer.replace('*', ' … ')}`" for answer in seen)
    places = f" ({', '.join(sorted(rule.families))} only)" if rule.families else ""
    fix = f"`{rule.remedy}`" if rule.remedy else "–"
    return f"| `{rule.id}` | {answers}{places} | {CAUSES[rule.cause]} | {fix} |\n"


if __name__ == "__main__":
    if "--write" not in sys.argv[1:]:
        sys.exit("usage: python -m tests.campaigns.tracking.bounces.bounces_page --write")
    PAGE.write_text(page(), encoding="utf-8")
    print(f"wrote {PAGE}")
