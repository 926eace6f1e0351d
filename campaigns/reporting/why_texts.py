"""The sentences for the codes of `why` and `why_not`, in English; the console translates them.

The names in them, such as %(release)s, are the parameters of the code.
"""

from collections.abc import Mapping

from django.utils.translation import gettext_noop as _

# What it means.
MEANINGS: Mapping[str, str] = {
    "waiting": _("This person is a recipient. Their mail is in the queue."),
    "waiting_paused": _("This person is a recipient. Their mail waits because the campaign is paused."),
    "waiting_held": _("This person is a recipient. Their mail waits because the campaign is on hold."),
    "waiting_wave": _(
        "This person is a recipient. Their mail will be sent at %(release)s, with that of the other recipients in their time "
        "zone."
    ),
    "being_sent": _("This person is a recipient. Their mail is being sent."),
    "accepted": _("The provider accepted the mail and has not reported yet whether it arrived."),
    "deferred": _("The receiving server has deferred the mail; the provider keeps trying. Its answer: %(reason)s."),
    "delivered": _("The receiving server accepted the mail. If the person cannot find it, it may be in the spam folder."),
    "opened": _("The mail arrived and was opened."),
    "clicked": _("The mail arrived, and a link in it was clicked."),
    "bounced": _("The mail bounced. The answer of the receiving server: %(reason)s."),
    "dropped": _("The provider dropped the mail and did not send it. Its reason: %(reason)s."),
    "taken_back": _("The mail was recalled from the provider before it was sent, because the campaign was cancelled."),
    "complained": _("The mail arrived, and the person reported it as spam."),
    "failed": _("The provider rejected the mail for this person. Its answer: %(reason)s."),
    "uncertain": _("The request with this person ended without an answer. Whether the mail was sent is not known yet."),
    "undecided": _(
        "Whether the mail was sent is not known, and no report came in time. Staff must decide whether to send it again."
    ),
    "given_up": _("Whether the mail was sent is not known. It was decided not to send it again."),
    "skipped_erased": _("This person was a recipient, but was erased before the mail was sent."),
    "skipped_address_changed": _("This record was a recipient, but its address changed before the mail was sent."),
    "skipped_suppressed": _("This person was a recipient, but their address was suppressed before the mail was sent."),
    "skipped_domain_suppressed": _("This person was a recipient, but their domain was suppressed before the mail was sent."),
    "skipped_unsubscribed": _("This person was a recipient, but left the list before the mail was sent."),
    "skipped_on_pause": _("This person was a recipient, but had paused their mail when it was to be sent."),
    "skipped_domain_left_out": _(
        "This person was a recipient, but sending went on without their domain before the mail was sent, because of complaints, "
        "bounces or rejections there."
    ),
    "skipped_cancelled": _("This person was a recipient, but the campaign was cancelled before their mail was sent."),
    "skipped": _("This person was a recipient, but was skipped: %(reason)s."),
    "not_a_recipient": _("This person was not among the recipients when they were chosen."),
    "would_get": _("The recipients are not chosen yet. As things are now, this person gets the campaign."),
    "would_not_get": _("The recipients are not chosen yet. As things are now, this person does not get the campaign."),
    "cancelled_early": _("The campaign was cancelled before its recipients were chosen. Nobody got it."),
}
# Why not.
REASONS: Mapping[str, str] = {
    "no_record": _("There is no record with this address: the person never subscribed with it, or has another address now."),
    "erased": _("The person was erased."),
    "merged": _("This record was merged into subscriber %(subscriber)s. Ask about that one."),
    "not_subscribed": _("The person never subscribed to %(lists)s."),
    "pending": _("The person asked for %(list)s and has not confirmed it."),
    "left": _("The person left %(list)s: %(how)s."),
    "left_then": _("The person had left %(list)s (%(how)s), and came back at %(returned)s."),
    "not_welcomed": _(
        "This is the welcome to %(list)s. Only people who confirm the list themselves after it was chosen get it, and nobody "
        "gets a second welcome."
    ),
    "joined_later": _("The person joined %(list)s only after the recipients were chosen."),
    "suppressed": _("The address is suppressed: %(reason)s. Origin: %(origin)s."),
    "suppressed_then": _("The address was suppressed (%(reason)s) until it was allowed again."),
    "domain_suppressed": _("Nothing is mailed to the domain %(domain)s."),
    "paused": _("The person paused their mail until %(until)s."),
    "segment": _("The segment excludes the person. By what is stored now, this condition does not hold: %(clause)s"),
    "excluded_list": _("The campaign leaves out the people on the list %(list)s, and the person is on it."),
    "excluded_segment": _("The campaign leaves out the people in the segment %(segment)s, and the person is in it."),
    "excluded_unmeasured": _(
        "The campaign leaves out the people in the segment %(segment)s, which asks who clicked. The person was not measured, so "
        "that nobody knows whether they are in it."
    ),
    "excluded_campaign": _("The campaign leaves out the people who got “%(campaign)s”, and the person got it."),
    "not_followed": _("The campaign follows up “%(campaign)s”, and the person is not one of those for whom it is."),
    "segment_broken": _("The segment is not valid any more: %(problem)s"),
    "changed_since": _("Now nothing excludes the person. Their details or the lists changed after the recipients were chosen."),
}
# What happened, one line each.
STEPS: Mapping[str, str] = {
    "planned": _("Chosen as a recipient: batch %(slice)s, variant %(variant)s"),
    "wave": _("Put into the wave that is sent at %(release)s"),
    "attempt": _("Sending began: request %(attempt)s"),
    "answer_accepted": _("The provider accepted request %(attempt)s (HTTP %(status)s)"),
    "answer_rejected": _("The provider rejected request %(attempt)s: %(detail)s"),
    "answer_never_connected": _("Request %(attempt)s did not reach the provider"),
    "answer_unknown": _("Request %(attempt)s ended without an answer: %(detail)s"),
    "answer_taken_back": _("Request %(attempt)s was recalled from the provider"),
    "no_answer_yet": _("Request %(attempt)s is under way"),
    "decided_resend": _("%(by)s decided to send it again: %(reason)s"),
    "decided_abandon": _("%(by)s decided not to send it again: %(reason)s"),
    "settled_by_policy": _("Decided by the policy “settle”"),
    "possible_duplicate": _("A late report shows that the person may have got the mail twice"),
    "fenced": _("The provider confirmed that it will not send the earlier request"),
    "recalled": _("The request was recalled"),
    "fence_broken": _("The provider sent a request that had been recalled"),
    "held": _("No report came in time: waits for a decision"),
    "processed": _("The provider prepared the mail"),
    "event_delivered": _("The receiving server accepted the mail"),
    "event_deferred": _("The receiving server deferred the mail: %(reason)s"),
    "event_bounced": _("The mail bounced: %(reason)s"),
    "event_dropped": _("The provider dropped the mail: %(reason)s"),
    "event_opened": _("Opened"),
    "event_opened_by_machine": _("Opened by a program, probably not by the person"),
    "event_clicked": _("Clicked %(url)s"),
    "event_clicked_by_machine": _("A program followed %(url)s, probably not the person"),
    "event_unasked": _("The provider reported an open or a click, although the mail forbade it to track"),
    "event_complained": _("Reported as spam"),
    "event_unsubscribed": _("Unsubscribed at the provider"),
    "left": _("Left a list through this mail: %(how)s"),
    "state": _("Now %(state)s: %(reason)s"),
    "other_record": _("Another record of this person, subscriber %(subscriber)s, was a recipient too: %(state)s"),
    "by_other_record": _("The mail went to the address of subscriber %(subscriber)s, a record that was merged into this one"),
}
# How somebody left a list.
DOORS: Mapping[str, str] = {
    "one-click": _("with one click in the mail program"),
    "page": _("on the unsubscribe page"),
    "preferences": _("on the page of their preferences"),
    "provider": _("through the provider's link"),
    "staff": _("removed by staff"),
    "erased": _("erased"),
    "merged": _("merged into another record"),
    "import": _("left before the move to Mailroom"),
}
# What suppressed an address.
ORIGINS: Mapping[str, str] = {
    "staff": _("staff"),
    "person": _("the person"),
    "event": _("a report about a mail"),
    "provider": _("the provider's list"),
    "import": _("an imported file"),
    "": _("not recorded"),
}
