"""The table of bounce texts: what receiving servers write, and the cause that it means. docs/bounces.md is generated from it.

The first matching rule decides, so the order is the priority:

1. Texts that look like something else (greylisting mentions reputation, a rate limit mentions the mailbox).
2. Faults of the sender. They come before faults of the recipient, because servers write "user unknown" or "mailbox
   unavailable" next to a rejection by policy, and a rejection by policy must never suppress a reader.
3. Faults of the recipient: a mailbox that is inactive, full or unknown.
4. Technical faults of the transport.
5. Single words such as "spam" that occur in all kinds of texts; they decide only if nothing above matches.

A phrase is compared with the text in lower case, without addresses, links, host names and codes, and with a space for
everything that is neither a letter nor a digit. It must start at the beginning of a word. "a*b" means b at most 60 characters
after a. There are no regular expressions, which a long text could make slow.
"""

from campaigns.tracking.bounces.bounce_types import BounceCause as Cause
from campaigns.tracking.bounces.bounce_types import BounceRule, rule
from campaigns.tracking.bounces.sender_rules import SENDER

LOOKALIKES = (
    rule(
        "account-or-blocked", Cause.UNCLASSIFIED, phrases="may not exist*may be blacklisted; or domain may not exist they may be"
    ),
    rule(
        "list-quality",
        Cause.REPUTATION,
        phrases="""
            too many invalid; too many bad; too many unknown; too many non exist; too many nonexist; address enumeration; hl
            rep; number of invalid; many*invalid recipients; excessive*recipients; number of*invalid recipients; high number
            of*invalid
        """,
    ),
    rule("sendgrid-dns", Cause.TECHNICAL, phrases="unable to get mx info"),
    rule("sendgrid-quota", Cause.VOLUME, "provider_quota", phrases="recipient list over package quota"),
    rule(
        "greylisting",
        Cause.TECHNICAL,
        phrases="greylist; graylist; grey listed; please wait*and then try again; tempfailed as anti spam measure",
    ),
    rule(
        "verification-pending",
        Cause.TECHNICAL,
        phrases="unverified address; address verification in progress; your email is being verified",
    ),
    rule(
        "recipient-rate",
        Cause.VOLUME,
        links="receivingrate",
        phrases="""
            receiving mail at a rate; receiving mail too quickly; recipient has exceeded their limit for the number; recipient
            has exceeded message rate; mailbox unavailable or access deni; organization queue quota; frequency of receiving
            messages is limited; messages they can receive per hour
        """,
    ),
)

RECIPIENT = (
    rule(
        "mailbox-inactive",
        Cause.MAILBOX_INACTIVE,
        links="p=disableduser",
        phrases="""
            tried to reach is disabled; tried to reach is inactive; mailbox is disabled; mailbox disabled; account is disabled;
            user is disabled; user disabled; closed due to inactivity; mailbox*is restricted; status is locked; is now disabled;
            disabled user; account disabled; account has been disabled; has been disabled; deactivated mailbox; deactivated;
            inactive mailbox; mailbox is inactive; user is inactive; account is inactive; account inactive; inactive email
            address; inactive user; is inactive; user suspended; account suspended; account is suspended; currently suspended;
            user is locked; mailbox is locked; account is locked; mailbox locked; user hangup; archived recipient; boite du
            destinataire archivee; recipient account isblocked; recipient account is blocked; compte du destinataire est bloque;
            mailbox is frozen; account expired; account is not active; not activated; mailbox not activated; mailbox temporarily
            disabled; mailbox*unused; not poped; has been suspended; account temporarily suspended; account has been temporarily
            suspended; mailbox temporarily suspended;
            用户已冻结; 帐号被禁用; 账号被禁用; 邮箱被锁; 长时间未登录
        """,
    ),
    rule(
        "mailbox-full",
        Cause.MAILBOX_FULL,
        links="p=overquota",
        phrases="""
            over quota; overquota; quota exceed; exceeded*quota; mailbox is full; mailbox full; mail box is full; mail box full;
            full mailbox; inbox is full; account is full; inbox is out of storage; out of storage space; exceeded storage
            allocation; exhausted allowed storage; over storage quota; mailbox size limit; quota violation; storage quota;
            storage limit; too much mail data; disk quota; quotaexceeded; boite du destinataire pleine; mailbox quota; user
            quota; insufficient storage; mailbox limit exe; space not enough; not enough space; mailbox has exceeded; too many
            messages on the server; quota limit; over the maximum*storage; speichervolumen; exceeds quota; storage full; zuviele
            mails auf dem server; mailbox exceeds allowed size; have enough space; error writing message file too large;
            邮箱已满; 信箱已满; 收件人空间不足; 空间不足; 容量已满
        """,
    ),
    # With this code Exchange Online's directory does not know the address; with other codes the text means a policy.
    rule("address-unknown-exchange", Cause.INVALID_ADDRESS, needs="4.1", phrases="recipient address rejected access denied"),
    rule(
        "address-unknown",
        Cause.INVALID_ADDRESS,
        links="p=nosuchuser",
        codes="1.10",
        phrases="""
            user unknown; wrong recipient; not a member of domain; recipient cannot be verified; not have an account; no longer
            exist; command rcpt user*not ok; unavailable mail user; does no exist; not found in server; unknown user; no such
            user; no such person; no such mailbox; no such recipient; no such account; no such address; no such id; no such
            email; does not exist; doesnt exist; do not exist; dont exists; not exist; user not found; user no found; mailbox
            not found; recipient not found; recipnotfound; recipientnotfound; mail user not found; address not found; account
            not found; doesnt have a; invalid recipient; invalid mailbox; invalid user; invalid address; invalid account;
            invalid rcptto; address invalid; recipient invalid; marked as invalid; is no longer valid; no longer on server; no
            longer valid; not a valid email; not a valid user; not a valid recipient; not a valid mailbox; not a valid rfc;
            addressee unknown; address unknown; unknown address; recipient unknown; unknown recipient; unknown or illegal;
            illegal alias; recipient unrecognized; not our customer; mailbox unallocated; account closed; unrouteable address;
            unroutable address; undeliverable address; not in recipient list; no mailbox here; no mail box here; sorry no
            mailbox; null mx; bad destination; bad address syntax; bad recipient address; utilisateur inconnu; destinataire
            invalide; user is unknown; user not known; not known to us; not a known user; not an active address; mailbox is not
            allowed; no mailbox; no mail box; mail box not found; bad recipient; no valid recipient; that recipient is not
            allowed; mailbox name not allowed; blank mailhost; action aborted mailbox not found; user not local; user not listed
            in; not listed in public; user path no exist;
            该用户不存在; 用户不存在; 邮箱不存在; 收件人不存在; 地址不存在; 用户未开通
        """,
    ),
)

WAY = (
    rule(
        "dns",
        Cause.TECHNICAL,
        phrases="""
            host not found; domain name not found; name service error; unable to get mx; no mx; couldnt find any host; couldnt
            find a mail exchanger; dns query; dns resolve; dns error; dns fail; unable to resolve; nxdomain; servfail; domain is
            not reachable; no route to host; unreachable host; host unknown
        """,
    ),
    rule(
        "connection",
        Cause.TECHNICAL,
        phrases="""
            establish an smtp connection; connection refused; connection timed out; connect to*timed out; i o timeout; timeout;
            timed out; connection reset; connection closed; lost connection; connection lost; error dialing; broken pipe; cannot
            connect; connection dropped; starttls; tls handshake; certificate; temporarily suspended connect
        """,
    ),
    rule(
        "expired",
        Cause.TECHNICAL,
        codes="4.7",
        phrases="""
            message expired; delivery time expired; retried for 72 hours; in the queue too long; queue too long; unable to
            deliver*hours; expired*deliver; max retry; retry timeout; too old
        """,
    ),
    rule("relaying", Cause.TECHNICAL, phrases="relay; not in my list of allowed; isnt in my list of allowed; rp frl"),
    rule(
        "loop",
        Cause.TECHNICAL,
        phrases="""
            mail loop; mailloop; routing loop; looping message; message is looping; hop count; too many hops; exceeded 50 hops;
            loops back to
        """,
    ),
    rule(
        "server-fault",
        Cause.TECHNICAL,
        phrases="""
            service not available; temporarily rejected; temporary server error; local error in processing; temporary failure;
            temporary system problem; temporarily unavailable; internal resource; server busy; system resources; configuration
            error; server error; internal error; service refuse; please try later; service temporarily; try again later; try
            later; database temporary error; queue unavailable; out of memory; message tempfailed; unable to process; license
            expired; service is unavailable
        """,
    ),
    rule(
        "protocol",
        Cause.TECHNICAL,
        phrases="syntax error; bad sequence; command not; bad command; mi nhd; mi cel; rp cel; invalid smtpapi",
    ),
)

WORDS = (
    rule("word-authentication", Cause.REPUTATION, "authentication", phrases="dmarc; dkim; spf"),
    rule("word-spam", Cause.CONTENT, "content_filter", phrases="spam; unsolicited; junk; antispam; phishing; virus; malware"),
    rule(
        "word-blocked",
        Cause.REPUTATION,
        "sender_refused",
        phrases="blocked; banned; poor reputation; not welcome; abuse; suspicious; policy; prohibited",
    ),
    rule(
        "word-rate",
        Cause.VOLUME,
        "slow_down",
        codes="5.3",
        phrases="rate limit; too many; too much; frequency; excessive; limit exceeded",
    ),
)

RULES: tuple[BounceRule, ...] = (*LOOKALIKES, *SENDER, *RECIPIENT, *WAY, *WORDS)

# Servers write these texts both for an address that does not exist and for a rejected sender: RFC 5321 prints "mailbox
# unavailable" after every 550, and Postfix "recipient address rejected" before every reason. So they decide only if no
# other rule matches and no code names a policy.
REJECTED_ADDRESS = rule(
    "rejected-address",
    Cause.INVALID_ADDRESS,
    phrases="mailbox unavailable; mailbox not available; recipient address rejected; recipient rejected; 550 address rejected",
)
