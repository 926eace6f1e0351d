"""What the command line prints for the codes of `campaigns.reporting.why`: sentences with the parameters in braces."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime
from typing import Any

from cli.texts.campaign_states import recipient_label
from cli.texts.printed_values import printable, time_with_zone

NOT_MEASURED = "Opens and clicks are not measured."

# What it means.
MEANINGS: Mapping[str, str] = {
    "waiting": "This person is a recipient. Their mail is in the queue.",
    "waiting_paused": "This person is a recipient. Their mail waits because the campaign is paused.",
    "waiting_held": "This person is a recipient. Their mail waits because the campaign is on hold.",
    "waiting_wave": "This person is a recipient. Their mail is sent at {release}, by the time of their zone.",
    "being_sent": "This person is a recipient. Their mail is being sent.",
    "accepted": "The provider accepted the mail and has not reported yet whether it arrived.",
    "deferred": "The receiving server has put the mail off; the provider keeps trying. Its answer: {reason}.",
    "delivered": "The receiving server accepted the mail. If the person cannot find it, it may be in the spam folder.",
    "opened": "The mail arrived and was opened.",
    "clicked": "The mail arrived, and a link in it was clicked.",
    "bounced": "The mail bounced. The answer of the receiving server: {reason}.",
    "dropped": "The provider dropped the mail and did not send it. Its reason: {reason}.",
    "taken_back": "The mail was recalled from the provider before it was sent, because the campaign was cancelled.",
    "complained": "The mail arrived, and the person reported it as spam.",
    "failed": "The provider rejected the mail for this person. Its answer: {reason}.",
    "uncertain": "The request with this person ended without an answer. Whether the mail was sent is not known yet.",
    "undecided": (
        "Whether the mail was sent is not known, and no report came in time. Staff must decide whether to send it again."
    ),
    "given_up": "Whether the mail was sent is not known. It was decided not to send it again.",
    "skipped_erased": "This person was a recipient, but was erased before the mail was sent.",
    "skipped_address_changed": "This record was a recipient, but its address changed before the mail was sent.",
    "skipped_suppressed": "This person was a recipient, but their address was suppressed before the mail was sent.",
    "skipped_domain_suppressed": "This person was a recipient, but their domain was suppressed before the mail was sent.",
    "skipped_unsubscribed": "This person was a recipient, but left the list before the mail was sent.",
    "skipped_on_pause": "This person was a recipient, but had paused their mail when it was to be sent.",
    "skipped_cancelled": "This person was a recipient, but the campaign was cancelled before their mail was sent.",
    "skipped": "This person was a recipient, but was skipped: {reason}.",
    "not_a_recipient": "This person was not among the recipients when they were chosen.",
    "would_get": "The recipients are not chosen yet. As things are now, this person gets the campaign.",
    "would_not_get": "The recipients are not chosen yet. As things are now, this person does not get the campaign.",
    "cancelled_early": "The campaign was cancelled before its recipients were chosen. Nobody got it.",
}
# Why not.
REASONS: Mapping[str, str] = {
    "no_record": "There is no record with this address: the person never subscribed with it, or has another address now.",
    "erased": "The person was erased.",
    "merged": "This record was merged into subscriber {subscriber}. Ask about that one.",
    "not_subscribed": "The person never subscribed to {lists}.",
    "pending": "The person asked for {list} and has not confirmed it.",
    "left": "The person left {list}: {how}.",
    "left_then": "The person had left {list} ({how}), and came back at {returned}.",
    "joined_later": "The person joined {list} only after the recipients were chosen.",
    "suppressed": "The address is suppressed: {reason}. Origin: {origin}.",
    "suppressed_then": "The address was suppressed ({reason}) until it was allowed again.",
    "domain_suppressed": "Nothing is mailed to the domain {domain}.",
    "paused": "The person paused their mail until {until}.",
    "segment": "The segment excludes the person. By what is stored now, this condition does not hold: {clause}",
    "segment_broken": "The segment is not valid any more: {problem}",
    "changed_since": "Now nothing excludes the person. Their details or the lists changed after the recipients were chosen.",
}
# What happened, one line each.
STEPS: Mapping[str, str] = {
    "planned": "Chosen as a recipient: batch {slice}, variant {variant}",
    "wave": "Put into the wave that is sent at {release}",
    "attempt": "Sending began: attempt {attempt}",
    "answer_accepted": "The provider accepted attempt {attempt} (HTTP {status})",
    "answer_rejected": "The provider rejected attempt {attempt}: {detail}",
    "answer_never_connected": "Attempt {attempt} did not reach the provider",
    "answer_unknown": "Attempt {attempt} ended without an answer: {detail}",
    "answer_taken_back": "Attempt {attempt} was recalled from the provider",
    "no_answer_yet": "Attempt {attempt} is under way",
    "decided_resend": "{by} decided to send it again: {reason}",
    "decided_abandon": "{by} decided not to send it again: {reason}",
    "settled_by_policy": "Decided by the policy “settle”",
    "possible_duplicate": "A late report shows that the person may have got the mail twice",
    "fenced": "The provider confirmed that it will not send the earlier request",
    "recalled": "The request was recalled",
    "fence_broken": "The provider sent a request that had been recalled",
    "held": "No report came in time: waits for a decision",
    "processed": "The provider prepared the mail",
    "event_delivered": "The receiving server accepted the mail",
    "event_deferred": "The receiving server put the mail off: {reason}",
    "event_bounced": "The mail bounced: {reason}",
    "event_dropped": "The provider dropped the mail: {reason}",
    "event_opened": "Opened",
    "event_opened_by_machine": "Opened by a program of the mail provider, perhaps not by the person",
    "event_clicked": "Clicked {url}",
    "event_unasked": "The provider reported an open or a click, although the mail forbade it to track",
    "event_complained": "Reported as spam",
    "event_unsubscribed": "Unsubscribed at the provider",
    "left": "Left a list through this mail: {how}",
    "state": "Now {state}: {reason}",
    "other_record": "Another record of this person, subscriber {subscriber}, was a recipient too: {state}",
    "by_other_record": "The mail went to the address of subscriber {subscriber}, a record that was merged into this one",
}
# How somebody left a list.
DOORS: Mapping[str, str] = {
    "one-click": "with one click in the mail program",
    "page": "on the unsubscribe page",
    "preferences": "on the page of their preferences",
    "provider": "through the provider's link",
    "staff": "removed by staff",
    "erased": "erased",
    "merged": "merged into another record",
    "import": "left before the move to Mailroom",
}
_ORIGINS: Mapping[str, str] = {
    "staff": "staff", "person": "the person", "event": "a report about a mail", "provider": "the provider's list",
    "import": "an imported file", "": "not recorded",
}  # fmt: skip


def sentence(table: Mapping[str, str], finding: Mapping[str, Any]) -> str:
    """The sentence of one finding, as `Finding.as_dict` gives it."""
    shown = {name: _shown(name, value) for name, value in finding.items() if name not in ("code", "at")}
    return table[finding["code"]].format(**shown)


def _shown(name: str, value: Any) -> str:
    if isinstance(value, datetime):
        return time_with_zone(value)
    if isinstance(value, list):
        return ", ".join(printable(str(each)) for each in value)
    if name == "how":
        return DOORS.get(value, value)
    if name == "origin":
        return _ORIGINS.get(value, value)
    if name == "state":
        return recipient_label(value)
    if name == "reason":
        return printable(value.replace("_", " ")).rstrip(".") or "none was given"
    if name == "variant":
        return str(value + 1)  # people count from 1; JSON counts from 0
    return printable(str(value))
