"""The texts of bounce causes and fixes: code -> English text. The console translates them; the other tables have codes only."""

from django.utils.translation import gettext_noop as _

from campaigns.tracking.bounces.bounce_types import BounceCause as Cause

CAUSES: dict[str, str] = {
    Cause.INVALID_ADDRESS: _("invalid address"),
    Cause.MAILBOX_FULL: _("mailbox full"),
    Cause.MAILBOX_INACTIVE: _("mailbox inactive"),
    Cause.TECHNICAL: _("technical fault"),
    Cause.CONTENT: _("content rejected"),
    Cause.REPUTATION: _("sender rejected"),
    Cause.VOLUME: _("too much mail at once"),
    Cause.UNCLASSIFIED: _("unclassified"),
}

REMEDIES: dict[str, str] = {
    "authentication": _(
        "Publish SPF, DKIM and DMARC records for the From domain, and make SPF or DKIM align with that domain. Check that domain "
        "authentication is verified at SendGrid, then send a test mail and read its Authentication-Results."
    ),
    "authentication_microsoft": _(
        "Publish a DMARC record that aligns with the From domain. Microsoft requires SPF, DKIM and DMARC from domains "
        "that send 5,000 or more mails a day to Outlook.com and Hotmail."
    ),
    "authentication_google": _(
        "Make SPF and DKIM pass and one of them align with the From domain, and publish a DMARC record. Gmail requires "
        "all three from bulk senders. Google Postmaster Tools shows which one fails."
    ),
    "authentication_yahoo": _(
        "Make SPF or DKIM pass and align with the From domain, and publish a DMARC record. Yahoo and AOL require this "
        "from all bulk senders; 5.7.9 also covers other policy rejections."
    ),
    "sender_domain": _(
        "Make the From domain and the bounce domain resolve: each needs an MX or A record that the receiving server can look up."
    ),
    "reverse_dns": _(
        "The sending IP address needs a PTR record that resolves back to it. With a dedicated IP, set up reverse DNS at "
        "SendGrid; otherwise ask SendGrid's support."
    ),
    "transport_security": _("The receiving server requires TLS. Ask SendGrid's support why the connection was not encrypted."),
    "block_list": _(
        "The sending IP address or a domain in the mail is on a block list. Look both up at the list named in the answer,"
        " remove the cause, then request removal. With a shared IP, report it to SendGrid's support."
    ),
    "block_list_microsoft": _(
        "Microsoft blocks the sending IP address. Request delisting at sender.office.com or through Outlook.com's sender "
        "support, with SendGrid's support if the IP is shared."
    ),
    "block_list_china": _(
        "The mailbox provider blocks the sending IP address or the sender. Ask its postmaster to lift the block, use a "
        "dedicated IP that you warmed up, and remove addresses that do not exist."
    ),
    "list_quality": _(
        "Too many addresses do not exist, so the mailbox provider blocks the sending IP. Stop sending to imported addresses "
        "that never confirmed, and clean the list before you resume."
    ),
    "reputation": _(
        "The mailbox provider distrusts the sending IP address or domain. Send less mail for a few days, only to people who "
        "joined recently, and find out why people complain."
    ),
    "reputation_google": _(
        "Gmail distrusts the sending domain or IP address. Open Google Postmaster Tools, keep the spam rate below 0.1 %, "
        "and send only to people who joined recently until it recovers."
    ),
    "reputation_yahoo": _(
        "Yahoo limits the sending IP address because of complaints or volume. Join its complaint feedback loop, send more"
        " slowly, and begin with people who joined recently."
    ),
    "slow_down": _("Send more slowly to this domain: lower MAILROOM_SEND_RATE, or split the campaign over several hours."),
    "slow_down_qq": _(
        "Tencent limits mail per IP address, sender and domain for minutes, hours or the day. Lower MAILROOM_SEND_RATE, "
        "wait until the next day, and use a dedicated IP for mail to China."
    ),
    "slow_down_netease": _(
        "NetEase gives this answer when too much or too similar mail arrives in a short time, or when it looks like spam. "
        "Send more slowly, check the text, and use a dedicated IP for mail to China."
    ),
    "recipient_rate": _(
        "The mailbox receives more mail than its provider allows in an hour. For one reader there is nothing to fix. If many "
        "are affected, send more slowly to this domain."
    ),
    "provider_quota": _(
        "The recipients exceed what your SendGrid plan covers. Raise the plan, then send again to those who were left out."
    ),
    "content_filter": _(
        "The receiving filter takes this mail for spam. Check links, link shorteners and pictures, send a test mail to a "
        "mailbox of this provider, and change what it objects to before you resume."
    ),
    "content_filter_china": _(
        "The mailbox provider's content filter rejects this mail. Check the subject, the links and the wording, send a test "
        "mail to a mailbox of this provider, and ask its postmaster if you find no reason."
    ),
    "message_size": _(
        "The mail is larger than the receiving server accepts. Make it smaller: link to pictures and files instead of "
        "embedding them."
    ),
    "message_format": _(
        "The receiving server finds the mail's headers or structure invalid. Check From, Reply-To and custom headers, "
        "then report the answer."
    ),
    "attachment": _(
        "The receiving server takes a part of the mail for a virus or a forbidden file. Check attachments and links."
    ),
    "phishing": _(
        "The mailbox provider takes the mail for phishing. Check every link and picture, and do not show one address while "
        "linking to another. Then ask for a review on its postmaster page."
    ),
    "blocked_by_recipient": _(
        "The reader, or a rule in their mailbox, blocks your address. Ask them in another way whether they want the mail, or "
        "unsubscribe them."
    ),
    "recipient_policy": _(
        "A policy of the receiving organisation rejects the mail. Ask its mail administrator to allow your From domain; "
        "for large providers, read the code in the answer on their postmaster page."
    ),
    "sender_refused": _(
        "The receiving server rejects you without saying exactly why. Check SPF, DKIM, DMARC and block lists, then ask "
        "its postmaster."
    ),
}
