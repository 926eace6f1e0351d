"""The rules of the bounce table about the sender: authentication, block lists, volume, reputation, content, policy."""

from campaigns.tracking.bounces.bounce_types import BounceCause as Cause
from campaigns.tracking.bounces.bounce_types import rule

SENDER = (
    # -- authentication: SPF, DKIM, DMARC
    rule(
        "authentication-microsoft",
        Cause.REPUTATION,
        codes="7.515",
        phrases="does not meet the required authentication level; doesnt meet the required authentication level",
    ),
    rule(
        "authentication-google",
        Cause.REPUTATION,
        families="google",
        codes="7.26 7.27 7.30 7.32 7.24",
        phrases="gmail requires all; unauthenticated email from*is not accepted",
    ),
    rule(
        "authentication-yahoo",
        Cause.REPUTATION,
        families="yahoo",
        codes="7.9",
        phrases="yahoo requires all; sender is unauthenticated",
    ),
    rule("authentication-netease", Cause.REPUTATION, "authentication", phrases="mi spf; mi dma; dt sum"),
    rule(
        "authentication",
        Cause.REPUTATION,
        links="dmarcrejection",
        codes="7.20 7.21 7.22 7.23 7.24 7.26 7.27 7.30 7.32 7.40 7.9 7.509",
        phrases="""
            dmarc policy; dmarc check; dmarc verification; dmarc sender invalid; due to dmarc; senders dmarc; per dmarc; fails
            dmarc; failed dmarc; dmarc fail; pass dmarc; dmarc reject; dmarcreject; dmarc evaluation; verification dmarc; not
            accepted due to domain owner dmarc; spf check; spf fail; spf policy; spf sender invalid; spf validation; spf record;
            spf verification; spf hard fail; spf hardfail; spf softfail; due to spf; failed spf; fails spf; pass spf; spf is not
            allowed; spf*is not allowed to send mail; spf authentication; spf does not pass; spf dns; sender policy framework;
            not authorized to send in the name of; not permitted by the domain owner; dkim check; dkim fail; dkim sender
            invalid; dkim authentication; dkim does not pass; no valid dkim; dkim signature; authentication checks; spf or dkim;
            spf and dkim; arc authentication failed; rejecting spoofed; anti spoofing; fake sender; spoofed; possible forgery;
            unauthenticated; mail from*mismatch
        """,
    ),
    # -- the sender's domain and server
    rule(
        "sender-domain",
        Cause.REPUTATION,
        codes="1.8",
        phrases="""
            sender address rejected*domain; domain of sender address; envelope sender domain; unresolvable rfc 5321 from domain;
            unresolvable*from domain; unroutable sender; sender domain*resolve; sender domain must exist; has no a aaaa or mx;
            sender verify failed; valid sender domain; from domain is invalid; unable to verify sender; mx or a aaaa resource
            record; sender domain does not exist; sender*does not exist; sender*not found; sender*unknown; sender*invalid;
            invalid sender; mail from invalid; mail address invalid; from address*does not exist; from address*invalid; sender
            is unvalidated
        """,
    ),
    rule(
        "reverse-dns",
        Cause.REPUTATION,
        codes="7.25",
        phrases="""
            reverse dns; reverse hostname; ptr record; cannot find your hostname; invalid rdns; reverse lookup; reverse lookup
            rejected; reverse mapping; without a valid sender; helo*rejected
        """,
    ),
    rule(
        "transport-security",
        Cause.REPUTATION,
        codes="7.29",
        phrases="requires encryption; senders to use tls; tls*connection required",
    ),
    # -- block lists
    rule(
        "block-list-microsoft",
        Cause.REPUTATION,
        codes="7.606 7.511 7.512 7.513",
        phrases="network is on our block list; banned sending ip; banned sender; s3140; s3150; as3140; as3150",
    ),
    rule(
        "block-list-netease",
        Cause.REPUTATION,
        "block_list_china",
        phrases="""
            dt rbl; hl ihu; hl ipb; hl ipr; hl mep; mi spb; wm bli; wm blu; ip in blacklist; user in blacklist; ip is rejected;
            ip is hangup; suspected spam ip; black ip; suspected bounce attacks; spam behavior; black mail address
        """,
    ),
    rule(
        "block-list-china",
        Cause.REPUTATION,
        families="coremail netease sina sohu tencent",
        phrases="connection denied; ip reject; heloip reject",
    ),
    rule(
        "block-list",
        Cause.REPUTATION,
        links="spamhaus.org dnsbl barracudacentral.org csi.cloudmark.com sorbs.net /rbl barracudanetworks.com/reputation",
        phrases="""
            spamhaus; ip identified as spammer; ip address rejected; spamcop; barracudacentral; sorbs; uceprotect; invaluement;
            ivmsip; surbl; uribl; dnsbl; in an rbl; rbl deny; in rbl; listed in*rbl; rbl restriction; rbl reject; in the pbl; ip
            has been blocked; ip has been temporarily blocked; problem occurred ask your postmaster; badmailfrom; blacklist;
            black list; blocklist; block list; denylist; blocked using; blocked by*list; is blocked*for information; deferred
            using; email reputation database; client host*blocked; listed on*please; con b1; hvu b; dyn t1; rly b; ip in prison;
            adresse ip source bloquee; blocked for spamming; csi cloudmark; not accepting connections; denyip
        """,
    ),
    # -- volume
    rule(
        "volume-qq",
        Cause.VOLUME,
        "slow_down_qq",
        phrases="""
            ip frequency limit; connection frequency limit; domain frequency limit; sender frequency limit; frequency limited;
            sending frequency
        """,
    ),
    rule(
        "volume-netease",
        Cause.VOLUME,
        "slow_down_netease",
        phrases="""
            dt spm; hl icc; hl ifc; hl ifq; hl itc; mi stc; mi sfq; mi dmc; rp qrc; rp trc; rp rcl; rp drc; exceed the sent
            limit
        """,
    ),
    rule(
        "volume",
        Cause.VOLUME,
        "slow_down",
        phrases="""
            excessive volume; rate limit reached; rate limit exceeded; exceeded*rate limit; ratelimit; throttl; too many
            connection; too many session; max number of messages; number of messages per; too many concurrent; concurrent
            connections; trop de connexions; too many message; too many recipients; too many same size; too much recipient; too
            many mails; max message per connection; maximum number of*connections; number of messages*exceeded; sent too many;
            slow down; exceeding*limit of messages; transient reject by behaviour; currently unexpected sending; reject by
            behaviour; many recipients received this hour; connection rate; daily*quota exceeded; sending quota; sending limit;
            messages per hour; mails per hour; ofr005 104; lpn105 104
        """,
    ),
    # -- reputation of the sender
    rule(
        "reputation-google",
        Cause.REPUTATION,
        families="google",
        codes="7.28",
        phrases="very low reputation; unusual rate of; try again later closing connection",
    ),
    rule(
        "reputation-yahoo",
        Cause.REPUTATION,
        phrases="tss0; tss1; user complaints; permanently deferred; message not allowed 299; ts0",
    ),
    rule(
        "reputation",
        Cause.REPUTATION,
        codes="7.650 7.651",
        phrases="""
            reputation; will not accept delivery of this message; access to submit messages*rejected; does not want your mail
        """,
    ),
    # -- content
    rule(
        "content-size",
        Cause.CONTENT,
        "message_size",
        codes="3.4 2.3",
        phrases="""
            message too large; message size; exceeded mailsize limit; message is too long; mail too large; size limits; too big;
            messages this big; message length exceeds; attachment is too long; taille limite du message; maximum email size
        """,
    ),
    rule(
        "content-format",
        Cause.CONTENT,
        "message_format",
        phrases="""
            rfc compliant; rfc 5322 compliant; not rfc*compliant; message is malformed; duplicate headers; invalid header;
            maximum line length; multiple addresses in from; missing a valid*header; contains invalid characters; mi imf;
            invalid data in message; mime reject; mime error
        """,
    ),
    rule(
        "content-virus",
        Cause.CONTENT,
        "attachment",
        phrases="""
            virus*detected; virus found; contains a virus; infected; illegal attachment; banned file; presents a potential
            security; attachments here
        """,
    ),
    rule("content-phishing", Cause.CONTENT, "phishing", phrases="ph01; phishing*rejected; phishing attempt"),
    rule(
        "content-qq",
        Cause.CONTENT,
        "content_filter_china",
        phrases="""
            mail content denied; inappropriate words or content; spam is embedded; content rejct; content reject by; reject by
            content spam; spamed by local spam engine; spammed by local spam engine; anti spam engine
        """,
    ),
    rule(
        "content",
        Cause.CONTENT,
        "content_filter",
        phrases="""
            nature of the content; likely unsolicited; unsolicited mail; spam message rejected; under suspicion of spam; spam or
            virus; flagged as spam; rejected as spam; because it is spam; classified as spam; identified as spam; considered
            spam; detected as spam; message looks like spam; looks like spam; spam content; spam pattern; content rejected;
            content filter; content examination; banned content; spam url; spam filter; spam detected; message filtered; mail
            rejete; junk mail; junkmail; bulk mail; spam score; suspected spam; rejected due to spam; reject spam; spamtext;
            contains spam; spamassassin; message content; due to content; spam mail; content reject; mail data refused; action
            not taken mail*is rejected
        """,
    ),
    # -- policies of the receiving side
    rule(
        "blocked-by-recipient",
        Cause.REPUTATION,
        phrases="""
            rejected by recipients; user refused to receive; mail is rejected by recipient; user entry; manually blocked
            senders; block send er; sender is on user denylist; blocked by recipient; recipient*blocked*sender; sender denied;
            envelope blocked
        """,
    ),
    rule(
        "recipient-policy",
        Cause.REPUTATION,
        phrases="""
            policy that prohibited; organization policy; administrative prohibition; local policy; policy rejection; policy
            restriction; policy violation; policy reason; rejected by policy; denied by policy; security policies; security
            policy; policy error; due to policy; content policy; mailpolicy; authrequired; transport rules; resolver rst;
            violating*policies; command rejected; sender rejected; sender address rejected; sender email address rejected;
            message refused; not allowed by policy; policy violations; for policy; by policy; rejected for policy;
            sender*denied; sender*disabled; sender*suspended; your account has been; does not accept mail from; host denies;
            sender is rejected
        """,
    ),
)
