"""The table of bounce texts: what receiving servers write, and the cause that it means. docs/bounces.md is made from it.

The first rule that fits decides, so the order is the priority:

1. Texts that only look like something else (greylisting mentions reputation, a rate limit mentions the mailbox).
2. What the sender must fix. It comes before the recipient's faults: servers write "user unknown" or "mailbox
   unavailable" beside a rejection by policy, and a rejection by policy must never suppress a reader.
3. The recipient's faults: a mailbox that is inactive, full, unknown.
4. Technical faults of the way.
5. Single words such as "spam" that occur in texts of any kind; they decide only if nothing above does.

A phrase is compared with the text in lower case, without addresses, links, host names and codes, and with a space for
everything that is neither letter nor digit; it must begin at the beginning of a word. "a*b" means b at most 60 characters
behind a. So there are no regular expressions that a long text could make slow.
"""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum


class BounceCause(StrEnum):
    """Why. The first three are about the recipient, TECHNICAL about the way, the next three about the sender."""

    INVALID_ADDRESS = "invalid_address"
    MAILBOX_FULL = "mailbox_full"
    MAILBOX_INACTIVE = "mailbox_inactive"
    TECHNICAL = "technical"
    CONTENT = "content"
    REPUTATION = "reputation"
    VOLUME = "volume"
    UNCLASSIFIED = "unclassified"


Cause = BounceCause


@dataclass(frozen=True, slots=True)
class Rule:
    """Fits where one of the phrases, enhanced status codes or link parts occurs, at one of the families if any is named."""

    id: str
    cause: Cause
    remedy: str = ""
    phrases: tuple[str, ...] = ()
    codes: tuple[str, ...] = ()
    links: tuple[str, ...] = ()
    families: frozenset[str] = frozenset()


def _family(*names: str) -> frozenset[str]:
    return frozenset(names)


LOOKALIKES = (
    Rule("sendgrid-quota", Cause.VOLUME, "provider_quota", ("recipient list over package quota",)),
    Rule(
        "greylisting", Cause.TECHNICAL, "",
        ("greylist", "graylist", "grey listed", "please wait*and then try again", "tempfailed as anti spam measure"),
    ),
    Rule(
        "verification-pending", Cause.TECHNICAL, "",
        ("unverified address", "address verification in progress", "your email is being verified"),
    ),
    Rule(
        "recipient-rate", Cause.VOLUME, "recipient_rate",
        (
            "receiving mail at a rate", "receiving mail too quickly", "recipient has exceeded their limit for the number",
            "recipient has exceeded message rate", "mailbox unavailable or access deni", "organization queue quota",
            "frequency of receiving messages is limited", "messages they can receive per hour",
        ),
        links=("receivingrate",),
    ),
)  # fmt: skip

SENDER = (
    # -- authentication: SPF, DKIM, DMARC
    Rule(
        "authentication-microsoft", Cause.REPUTATION, "authentication_microsoft",
        ("does not meet the required authentication level", "doesnt meet the required authentication level"),
        ("5.7.515", "4.7.515"),
    ),
    Rule(
        "authentication-google", Cause.REPUTATION, "authentication_google",
        ("gmail requires all", "unauthenticated email from*is not accepted"),
        ("5.7.26", "4.7.26", "5.7.27", "4.7.27", "5.7.30", "4.7.30", "5.7.32", "4.7.32", "5.7.24", "4.7.24"),
        families=_family("google"),
    ),
    Rule(
        "authentication-yahoo", Cause.REPUTATION, "authentication_yahoo",
        ("yahoo requires all", "sender is unauthenticated"), ("5.7.9",), families=_family("yahoo"),
    ),
    Rule(
        "authentication-netease", Cause.REPUTATION, "authentication",
        ("mi spf", "mi dma", "dt sum"), families=_family("netease", "coremail"),
    ),
    Rule(
        "authentication", Cause.REPUTATION, "authentication",
        (
            "dmarc policy", "dmarc check", "dmarc verification", "dmarc sender invalid", "due to dmarc", "senders dmarc",
            "per dmarc", "fails dmarc", "failed dmarc", "dmarc fail", "pass dmarc", "dmarc reject", "dmarcreject",
            "dmarc evaluation", "verification dmarc", "not accepted due to domain owner dmarc",
            "spf check", "spf fail", "spf policy", "spf sender invalid", "spf validation", "spf record", "spf verification",
            "spf hard fail", "spf hardfail", "spf softfail", "due to spf", "failed spf", "fails spf", "pass spf",
            "spf is not allowed", "spf*is not allowed to send mail", "spf authentication", "spf does not pass", "spf dns",
            "sender policy framework", "not authorized to send in the name of", "not permitted by the domain owner",
            "dkim check", "dkim fail", "dkim sender invalid", "dkim authentication", "dkim does not pass", "no valid dkim",
            "dkim signature", "authentication checks", "spf or dkim", "spf and dkim", "arc authentication failed",
            "rejecting spoofed", "anti spoofing", "fake sender", "spoofed",
        ),
        (
            "5.7.20", "5.7.21", "5.7.22", "5.7.23", "4.7.23", "5.7.24", "4.7.24", "5.7.26", "4.7.26", "5.7.27", "4.7.27",
            "5.7.30", "4.7.30", "5.7.32", "4.7.32", "5.7.40", "5.7.9", "5.7.509",
        ),
        ("dmarcrejection",),
    ),
    # -- the sender's domain and server
    Rule(
        "sender-domain", Cause.REPUTATION, "sender_domain",
        (
            "sender address rejected*domain", "sender address*does not exist", "domain of sender address",
            "envelope sender domain", "unresolvable rfc 5321 from domain", "unresolvable*from domain", "unroutable sender",
            "sender domain*resolve", "sender domain must exist", "has no a aaaa or mx", "sender verify failed",
            "valid sender domain", "unable to verify sender", "mx or a aaaa resource record", "sender domain does not exist",
        ),
        ("5.1.8", "4.1.8"),
    ),
    Rule(
        "reverse-dns", Cause.REPUTATION, "reverse_dns",
        (
            "reverse dns", "reverse hostname", "ptr record", "cannot find your hostname", "invalid rdns", "reverse lookup",
            "reverse lookup rejected", "reverse mapping", "without a valid sender", "helo*rejected",
        ),
        ("5.7.25", "4.7.25"),
    ),
    Rule("transport-security", Cause.REPUTATION, "transport_security", ("requires encryption", "senders to use tls"), ("5.7.29", "4.7.29")),
    # -- block lists
    Rule(
        "block-list-microsoft", Cause.REPUTATION, "block_list_microsoft",
        ("network is on our block list", "banned sending ip", "banned sender", "s3140", "s3150", "as3140", "as3150"),
        ("5.7.606", "5.7.511", "5.7.512", "5.7.513"),
    ),
    Rule(
        "block-list-netease", Cause.REPUTATION, "block_list_china",
        (
            "dt rbl", "hl ihu", "hl ipb", "hl ipr", "hl rep", "hl mep", "mi spb", "wm bli", "wm blu", "ip in blacklist",
            "user in blacklist", "ip is rejected", "ip is hangup", "suspected spam ip", "black ip", "suspected bounce attacks",
            "spam behavior", "black mail address",
        ),
    ),
    Rule(
        "block-list-china", Cause.REPUTATION, "block_list_china",
        ("connection denied", "ip reject", "heloip reject"), families=_family("tencent", "netease", "sina", "sohu", "coremail"),
    ),
    Rule(
        "block-list", Cause.REPUTATION, "block_list",
        (
            "spamhaus", "spamcop", "barracudacentral", "sorbs", "uceprotect", "invaluement", "ivmsip", "surbl", "uribl", "dnsbl",
            "in an rbl", "rbl deny", "in rbl", "listed in*rbl", "rbl restriction", "blacklist", "black list", "blocklist",
            "block list", "denylist", "blocked using", "blocked by*list", "is blocked*for information", "deferred using",
            "email reputation database", "client host*blocked", "listed on*please", "con b1", "hvu b", "dyn t1", "rly b",
            "ip in prison", "adresse ip source bloquee", "blocked for spamming", "csi cloudmark", "not accepting connections",
        ),
        links=("spamhaus.org", "dnsbl", "barracudacentral.org", "csi.cloudmark.com", "sorbs.net", "/rbl", "barracudanetworks.com/reputation"),
    ),
    # -- volume
    Rule(
        "volume-qq", Cause.VOLUME, "slow_down_qq",
        (
            "ip frequency limit", "connection frequency limit", "domain frequency limit", "sender frequency limit",
            "frequency limited", "sending frequency",
        ),
    ),
    Rule(
        "volume-netease", Cause.VOLUME, "slow_down_netease",
        (
            "dt spm", "hl icc", "hl ifc", "hl ifq", "hl itc", "mi stc", "mi sfq", "mi dmc", "rp qrc", "rp trc", "rp rcl", "rp drc",
            "exceed the sent limit",
        ),
    ),
    Rule(
        "volume", Cause.VOLUME, "slow_down",
        (
            "excessive volume", "rate limit reached", "rate limit exceeded", "exceeded*rate limit", "ratelimit", "throttl",
            "too many connection", "too many concurrent", "concurrent connections", "trop de connexions", "too many message",
            "too many recipients", "too many same size", "too much mail", "too much recipient", "too many mails",
            "max message per connection", "maximum number of*connections", "number of messages*exceeded", "sent too many",
            "slow down", "exceeding*limit of messages", "transient reject by behaviour", "currently unexpected sending",
            "reject by behaviour", "many recipients received this hour", "connection rate", "daily*quota exceeded",
            "sending quota", "sending limit", "messages per hour", "mails per hour", "ofr005 104", "lpn105 104",
        ),
        ("5.5.3", "4.5.3"),
    ),
    # -- reputation of the sender
    Rule(
        "reputation-google", Cause.REPUTATION, "reputation_google",
        ("very low reputation", "unusual rate of", "try again later closing connection"), ("5.7.28", "4.7.28"),
        families=_family("google"),
    ),
    Rule(
        "reputation-yahoo", Cause.REPUTATION, "reputation_yahoo",
        ("tss0", "tss1", "user complaints", "permanently deferred", "message not allowed 299", "ts0"),
    ),
    Rule(
        "reputation", Cause.REPUTATION, "reputation",
        ("reputation", "will not accept delivery of this message", "access to submit messages*rejected", "does not want your mail"),
        ("4.7.650", "4.7.651"),
    ),
    # -- content
    Rule("content-size", Cause.CONTENT, "message_size", (
        "message too large", "message size", "exceeded mailsize limit", "message is too long", "mail too large", "size limits",
        "too big", "message length exceeds", "attachment is too long", "taille limite du message", "maximum email size",
    ), ("5.3.4", "5.2.3", "4.3.4")),
    Rule("content-format", Cause.CONTENT, "message_format", (
        "rfc compliant", "rfc 5322 compliant", "not rfc*compliant", "message is malformed", "duplicate headers", "invalid header",
        "maximum line length", "multiple addresses in from", "missing a valid*header", "contains invalid characters", "mi imf",
    )),
    Rule("content-virus", Cause.CONTENT, "attachment", (
        "virus*detected", "virus found", "contains a virus", "infected", "illegal attachment", "banned file", "presents a potential security",
        "attachments here",
    )),
    Rule("content-phishing", Cause.CONTENT, "phishing", ("ph01", "phishing*rejected", "phishing attempt")),
    Rule("content-qq", Cause.CONTENT, "content_filter_china", (
        "mail content denied", "inappropriate words or content", "spam is embedded", "content rejct", "content reject by",
        "reject by content spam", "spamed by local spam engine", "spammed by local spam engine", "anti spam engine",
    )),
    Rule("content", Cause.CONTENT, "content_filter", (
        "nature of the content", "likely unsolicited", "unsolicited mail", "spam message rejected", "under suspicion of spam",
        "spam or virus", "flagged as spam", "rejected as spam", "because it is spam", "classified as spam", "identified as spam",
        "considered spam", "detected as spam", "message looks like spam", "looks like spam", "spam content", "spam pattern",
        "content rejected", "content filter", "content examination", "banned content", "spam url", "spam filter", "spam detected",
        "message filtered", "mail rejete", "junk mail", "junkmail", "bulk mail", "spam score", "suspected spam", "rejected due to spam",
        "reject spam", "spamtext", "contains spam", "spamassassin", "message content", "due to content", "spam mail",
    )),
    # -- policy of the receiving side
    Rule("blocked-by-recipient", Cause.REPUTATION, "blocked_by_recipient", (
        "rejected by recipients", "mail is rejected by recipient", "user entry", "manually blocked senders", "block send er",
        "sender is on user denylist", "blocked by recipient", "recipient*blocked*sender", "sender denied", "envelope blocked",
    )),
    Rule("recipient-policy", Cause.REPUTATION, "recipient_policy", (
        "policy that prohibited", "organization policy", "administrative prohibition", "local policy", "policy rejection",
        "policy restriction", "policy violation", "policy reason", "rejected by policy", "denied by policy", "security policies",
        "security policy", "policy error", "due to policy", "content policy", "mailpolicy", "authrequired", "transport rules",
        "resolver rst", "violating*policies", "command rejected", "sender rejected", "message refused", "not allowed by policy",
        "policy violations", "for policy", "by policy", "rejected for policy",
    )),
)  # fmt: skip

RECIPIENT = (
    Rule("mailbox-inactive", Cause.MAILBOX_INACTIVE, "", (
        "tried to reach is disabled", "tried to reach is inactive", "mailbox is disabled", "mailbox disabled", "account is disabled",
        "user is disabled", "user disabled", "disabled user", "account disabled", "account has been disabled", "has been disabled",
        "deactivated mailbox", "deactivated", "inactive mailbox", "mailbox is inactive", "user is inactive", "account is inactive",
        "account inactive", "inactive email address", "inactive user", "is inactive", "user suspended", "account suspended",
        "account is suspended", "temporarily suspended", "currently suspended", "user is locked", "mailbox is locked", "account is locked",
        "mailbox locked", "user hangup", "archived recipient", "boite du destinataire archivee", "recipient account isblocked",
        "recipient account is blocked", "compte du destinataire est bloque", "mailbox is frozen", "account expired", "account is not active",
        "not activated", "mailbox not activated", "mailbox temporarily disabled", "mailbox*unused", "not poped", "has been suspended",
        "用户已冻结", "帐号被禁用", "账号被禁用", "邮箱被锁", "长时间未登录",
    ), links=("p=disableduser",)),
    Rule("mailbox-full", Cause.MAILBOX_FULL, "", (
        "over quota", "overquota", "quota exceed", "exceeded*quota", "mailbox is full", "mailbox full", "mail box is full", "mail box full",
        "full mailbox", "inbox is full", "account is full", "inbox is out of storage", "out of storage space", "exceeded storage allocation",
        "exhausted allowed storage", "over storage quota", "mailbox size limit", "quota violation", "storage quota", "disk quota",
        "quotaexceeded", "boite du destinataire pleine", "mailbox quota", "user quota", "insufficient storage", "mailbox limit exe",
        "space not enough", "not enough space", "mailbox has exceeded", "too many messages on the server", "quota limit", "over the maximum*storage",
        "speichervolumen", "邮箱已满", "信箱已满", "收件人空间不足", "空间不足", "容量已满",
    ), links=("p=overquota",)),
    Rule("address-unknown", Cause.INVALID_ADDRESS, "", (
        "user unknown", "unknown user", "no such user", "no such person", "no such mailbox", "no such recipient", "no such account",
        "no such address", "no such id", "no such email", "does not exist", "doesnt exist", "do not exist", "dont exists", "not exist",
        "user not found", "user no found", "mailbox not found", "recipient not found", "recipnotfound", "recipientnotfound",
        "mail user not found", "address not found", "account not found", "doesnt have a", "invalid recipient", "invalid mailbox",
        "invalid user", "invalid address", "invalid account", "invalid rcptto", "address invalid", "recipient invalid",
        "marked as invalid", "is no longer valid", "no longer on server", "no longer valid", "not a valid email", "not a valid user",
        "not a valid recipient", "not a valid mailbox", "not a valid rfc", "addressee unknown", "address unknown", "unknown address",
        "recipient unknown", "unknown recipient", "unknown or illegal", "illegal alias", "recipient unrecognized", "not our customer",
        "mailbox unallocated", "account closed", "unrouteable address", "unroutable address", "undeliverable address", "not in recipient list",
        "no mailbox here", "no mail box here", "sorry no mailbox", "address rejected access denied", "recipient address rejected", "null mx",
        "does not accept mail", "bad destination", "bad address syntax", "bad recipient address", "utilisateur inconnu", "destinataire invalide",
        "user is unknown", "user not known", "not known to us", "not listed in", "no valid recipient", "that recipient is not allowed",
        "mailbox name not allowed", "blank mailhost", "action aborted mailbox not found", "not local", "no user",
        "该用户不存在", "用户不存在", "邮箱不存在", "收件人不存在", "地址不存在", "用户未开通",
    ), ("5.1.10",), ("p=nosuchuser",)),
)  # fmt: skip

WAY = (
    Rule("dns", Cause.TECHNICAL, "", (
        "host not found", "domain name not found", "name service error", "unable to get mx", "no mx", "couldnt find any host",
        "couldnt find a mail exchanger", "dns query", "dns resolve", "dns fail", "unable to resolve", "nxdomain", "servfail",
        "domain is not reachable", "no route to host", "unreachable host",
    )),
    Rule("connection", Cause.TECHNICAL, "", (
        "establish an smtp connection", "connection refused", "connection timed out", "connect to*timed out", "i o timeout", "timeout",
        "timed out", "connection reset", "connection closed", "lost connection", "connection lost", "error dialing", "broken pipe",
        "cannot connect", "connection dropped", "starttls", "tls handshake", "certificate",
    )),
    Rule("expired", Cause.TECHNICAL, "", (
        "message expired", "delivery time expired", "retried for 72 hours", "in the queue too long", "queue too long", "unable to deliver*hours",
        "expired*deliver", "max retry", "retry timeout", "too old",
    ), ("4.4.7", "5.4.7")),
    Rule("relaying", Cause.TECHNICAL, "", ("relay", "not in my list of allowed rcpthosts", "rp frl")),
    Rule("loop", Cause.TECHNICAL, "", ("mail loop", "mailloop", "routing loop", "looping message", "hop count", "too many hops", "exceeded 50 hops")),
    Rule("server-fault", Cause.TECHNICAL, "", (
        "service not available", "temporarily rejected", "temporary server error", "local error in processing", "temporary failure",
        "temporary system problem", "temporarily unavailable", "internal resource", "server busy", "system resources", "configuration error",
        "server error", "internal error", "service refuse", "please try later", "service temporarily", "try again later", "try later",
        "database temporary error", "queue unavailable", "out of memory", "message tempfailed", "unable to process", "license expired",
    )),
    Rule("protocol", Cause.TECHNICAL, "", ("syntax error", "bad sequence", "command not", "bad command", "mi nhd", "mi cel", "rp cel", "invalid smtpapi")),
)  # fmt: skip

WORDS = (
    Rule("word-authentication", Cause.REPUTATION, "authentication", ("dmarc", "dkim", "spf")),
    Rule("word-spam", Cause.CONTENT, "content_filter", ("spam", "unsolicited", "junk", "antispam", "phishing", "virus", "malware")),
    Rule("word-blocked", Cause.REPUTATION, "sender_refused", (
        "blocked", "banned", "poor reputation", "not welcome", "abuse", "suspicious", "policy", "prohibited",
    )),
    Rule("word-rate", Cause.VOLUME, "slow_down", ("rate limit", "too many", "too much", "frequency", "excessive", "limit exceeded")),
)  # fmt: skip

RULES: tuple[Rule, ...] = (*LOOKALIKES, *SENDER, *RECIPIENT, *WAY, *WORDS)

# "Mailbox unavailable" is what Outlook.com, GMX and Sina write for an address that does not exist, and what RFC 5321 prints
# behind every 550. So it decides only where no code and no other word speaks of a policy.
MAILBOX_UNAVAILABLE = Rule("mailbox-unavailable", Cause.INVALID_ADDRESS, "", ("mailbox unavailable", "mailbox not available"))
