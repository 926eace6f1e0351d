"""Normalises, validates and hashes email addresses.

Normalised: Unicode composition (NFC), letter case, the spelling of the domain. Never changed: dots, +tags, or anything else
by which a mailbox provider may distinguish two people.
"""

import re
import secrets
import unicodedata
from collections.abc import Callable
from functools import lru_cache
from hashlib import blake2b
from typing import NamedTuple

import idna
from email_validator import EmailNotValidError, validate_email

from subscribers import addresses_sql
from subscribers.errors import InputError

KEY_SIZE = 16
LONGEST = 254  # RFC 5321 4.5.3.1.3, less the angle brackets
LONGEST_LOCAL = 64  # RFC 5321 4.5.3.1.1

# The form of 98 % of real addresses, accepted without `email-validator` (30 us each). It excludes everything that needs more
# checks (see `_is_plain`): non-ASCII, quotes, A-labels, and top-level domains without mail (RFC 6761, 6762, 7686).
_ATOM = r"[A-Za-z0-9!#$%&'*+/=?^_`{|}~-]+"
_SHAPE = re.compile(rf"({_ATOM}(?:\.{_ATOM})*)@((?:[A-Za-z0-9-]{{1,63}}\.)+([A-Za-z]{{2,63}}))")
_NO_MAIL = frozenset({"arpa", "invalid", "local", "localhost", "onion", "test"})
_QUOTED = re.compile(r"(?<![^\s<>()\[\]\"':;,])[^\s<>()\[\]\"':;,][^\s<>()\[\]\"':;,@]*+@[^\s<>()\[\]\"':;,]++")
_USUAL = re.compile(r"[A-Za-z0-9.@!#$%&'*+/=?^_`{|}~-]")
_BLANKS = " \t\r\n\v\f\ufeff\u200b\u00a0\u3000"


_SHORTEST_ENDING = 2
_CUT_ENDING = re.compile(r"\.(?:ac|com|edu|gov|net|org)\.c")  # of .cn
_COMMA = re.compile(r"[,，、;；](?=(?:ac|cn|com|edu|gov|info|net|org)(?:[.,，、;；]|$))")  # in place of a full stop
_BETWEEN = re.compile(r"[\s,;/|、，；／｜]+")  # between several addresses in a cell
_NAMED = re.compile(r"[^<>＜＞]*+[<＜]([^<>＜＞]*+)[>＞]\s*+")


class Address(NamedTuple):
    """A valid address: the form used for mail (local part as typed, domain as lower-case A-labels), its domain, its key."""

    address: str
    domain: str
    key: bytes


class AddressError(InputError):
    """An address that cannot be mailed; `code` is missing, syntax, too_long, unsendable or domain."""


def normalise(text: str) -> str:
    """The normal form: equal for two spellings of the same mailbox. Accepts any text, is idempotent, checks no validity."""
    text = text.strip(_BLANKS)
    if text.isascii():
        local, at, domain = text.rpartition("@")
        return f"{local.lower()}{at}{ascii_domain(domain)}" if "xn--" in domain.lower() else text.lower()
    local, at, domain = _folded(text).rpartition("@")
    return f"{local}{at}{ascii_domain(domain)}"


def _folded(text: str) -> str:
    # Lower-casing can undo composition and the reverse (such as U+0130), so repeat until nothing changes.
    while (folded := unicodedata.normalize("NFC", unicodedata.normalize("NFC", text).lower())) != text:
        text = folded
    return text


@lru_cache(maxsize=4096)
def ascii_domain(domain: str) -> str:
    """Lower-case A-labels (RFC 5890, mapped by UTS 46); an invalid domain is only changed to lower case."""
    try:
        return idna.encode(idna.decode(domain, uts46=True), uts46=True).decode("ascii").lower()
    except (idna.IDNAError, UnicodeError, ValueError):
        return _folded(domain)


def without_name(text: str) -> str:
    """The address of `Anna <anna@example.org>`, as mail programs copy it; any other text as it is."""
    named = _NAMED.fullmatch(text)
    return named[1].strip() if named and "@" in named[1] else text


def masked(text: str, *names: str) -> str:
    """A foreign text, such as a provider's answer, with its addresses replaced, and these names of a person."""
    text = _QUOTED.sub("…@…", text)
    for name in filter(None, names):
        text = re.sub(re.escape(name), "…", text, flags=re.IGNORECASE)
    return text


def written_in(text: str) -> list[str]:
    """What looks like an address in a foreign text."""
    return _QUOTED.findall(text)


def hasher() -> Callable[[str], bytes]:
    """A function from normalised address to 16-byte key, for loops: about 1 us each."""
    keyed = blake2b(key=addresses_sql.hash_key(), digest_size=KEY_SIZE, person=b"address")

    def key(normalised: str) -> bytes:
        mac = keyed.copy()
        mac.update(normalised.encode("utf-8", "surrogatepass"))
        return mac.digest()

    return key


def random_key() -> bytes:
    """A key that belongs to no address."""
    return secrets.token_bytes(KEY_SIZE)


def key_of(normalised: str) -> bytes:
    """The 16-byte keyed BLAKE2b hash of a *normalised* address: the identity of a mailbox in every table."""
    return hasher()(normalised)


def key_of_spelling(text: str) -> bytes:
    """The key of an address in any spelling, valid or not."""
    return key_of(normalise(text))


def validate(text: str) -> Address:
    """A valid, mailable address.

    Raises AddressError. RFC 5321/5322 dot-atoms, IDNA 2008 domains; no quoted local parts, comments or literals; a local
    part outside ASCII is `unsendable`, because the provider's support for SMTPUTF8 is not established.
    """
    return read(text, hasher())


def read(text: str, key: Callable[[str], bytes]) -> Address:
    """`validate` for loops, with a `hasher()` made once."""
    if (shape := _SHAPE.fullmatch(text)) and _is_plain(*shape.groups()):
        domain = shape[2].lower()
        return Address(f"{shape[1]}@{domain}", domain, key(text.lower()))
    return _read_slowly(text.strip(_BLANKS), key)


def read_in_any_width(text: str, key: Callable[[str], bytes]) -> tuple[Address, bool]:
    """`read`, and whether the text is an address only in plain width. Raises AddressError about the text as it is."""
    try:
        return read(text, key), False
    except AddressError as fault:
        try:
            return read(in_plain_width(text), key), True
        except AddressError:
            raise fault from None


def validate_typed(text: str) -> Address:
    """`validate` of what staff typed or copied: also `Anna <a@example.org>`, and full-width characters. Raises AddressError."""
    return read_in_any_width(without_name(text.strip()), hasher())[0]


def as_read(text: str) -> str:
    """What staff typed, as `validate_typed` reads it; a text that is no address without spaces at its ends."""
    try:
        return validate_typed(text).address
    except AddressError:
        return text.strip()


def _is_plain(local: str, domain: str, top: str) -> bool:
    return ("-" not in domain or not ("--" in domain or "-." in domain or ".-" in domain or domain[0] == "-")) and (
        len(local) <= LONGEST_LOCAL and len(local) + len(domain) < LONGEST and top.lower() not in _NO_MAIL
    )


def _read_slowly(text: str, key: Callable[[str], bytes]) -> Address:
    if not text:
        raise AddressError("missing", "there is no address", "fill in the address, or remove the row")
    if len(text) > 4 * LONGEST:
        raise AddressError("too_long", f"an address has at most {LONGEST} characters, this has {len(text)}", "check the column")
    if (several := _several(text)) is not None:
        raise several
    local = text.rpartition("@")[0]
    if local and not local.isascii() and "<" not in text:
        letters = "".join(dict.fromkeys(character for character in local if not character.isascii()))[:20]
        raise AddressError("unsendable", "the part before the @ has letters that mail cannot carry yet", _plain_width_hint(text),
                           letters=letters)  # fmt: skip
    try:
        parsed = validate_email(text, check_deliverability=False, strict=True)
    except EmailNotValidError as error:
        raise _fault(text, str(error)) from None
    domain = parsed.ascii_domain.lower()
    if len(domain.rpartition(".")[2]) < _SHORTEST_ENDING:
        meant = f"{text}n" if _CUT_ENDING.search(domain) else ""
        hint = f"did you mean {meant}?" if meant else "mail cannot reach this domain"
        raise AddressError("domain", "no domain ends in one letter", hint, variant="top_level", suggestion=meant)
    address = f"{parsed.local_part}@{domain}"
    return Address(address, domain, key(normalise(address)))


def in_plain_width(text: str) -> str:
    """The text with ordinary characters in place of full-width ones, as Chinese input methods write them."""
    return unicodedata.normalize("NFKC", text).replace("。", ".").strip(_BLANKS)


def _several(text: str) -> AddressError | None:
    """The fault of a cell with several addresses."""
    if text.count("@") + text.count("＠") < 2:
        return None
    parts = [part for part in _BETWEEN.split(text) if part]
    if len(parts) < 2 or not all(_SHAPE.fullmatch(in_plain_width(part)) for part in parts):
        return None
    return AddressError(
        "syntax", f"{len(parts)} addresses in one cell", f"keep one of them, such as {in_plain_width(parts[0])}",
        variant="several_addresses", number=len(parts), suggestion=in_plain_width(parts[0]),
    )  # fmt: skip


def _plain_width_hint(text: str) -> str:
    narrow = unicodedata.normalize("NFKC", text)
    return f"did you mean {narrow}?" if narrow != text and narrow.isascii() else "ask for an address in ASCII letters"


def _fault(text: str, reason: str) -> AddressError:
    reason = reason.rstrip(".")
    if "＠" in text or "﹫" in text:
        return AddressError("syntax", "the @ is a full-width character", _plain_width_hint(text), variant="full_width_at",
                            suggestion=_narrow(text))  # fmt: skip
    if text.count("@") > 1:
        return AddressError("syntax", reason, "write one address, as name@example.org", variant="several_at")
    if "<" in text or "display name" in reason:
        named = without_name(text)
        return AddressError(
            "syntax", "a name and an address in one cell", "keep only the part between < and >", variant="name_and_address",
            suggestion=named if named != text else "",
        )  # fmt: skip
    if "too long" in reason:
        return AddressError("too_long", reason, "check that the cell contains nothing else", length=len(text))
    local, at, domain = text.rpartition("@")
    dotted = f"{local}{at}{_COMMA.sub('.', domain.lower())}"
    if at and dotted != text and (shape := _SHAPE.fullmatch(dotted)) and _is_plain(*shape.groups()):
        return AddressError("syntax", "the domain has a comma in place of a full stop", f"did you mean {dotted}?",
                            variant="comma", suggestion=dotted)  # fmt: skip
    variant = next((name for name, sign in _VARIANTS.items() if sign in reason), "")
    if "special-use" in reason or "should have a period" in reason or "not valid. It is not within" in reason:
        return AddressError("domain", reason, "mail cannot reach this domain", variant=variant)
    return AddressError("syntax", reason, "write it as name@example.org", variant=variant, characters=_unusual(text))


# Faults by what email-validator says of them. A longer sign comes before the sign that is part of it.
_VARIANTS = {
    "reserved_domain": "special-use", "domain_without_dot": "should have a period", "top_level": "It is not within",
    "no_at": "must have an @-sign", "nothing_before_at": "something before the @-sign",
    "nothing_after_at": "something after the @", "two_periods": "two periods in a row",
    "period_before_at": "period immediately before the @-sign", "period_after_at": "period immediately after the @-sign",
    "period_at_start": "start with a period", "period_at_end": "end with a period", "hyphen": "hyphen",
    "domain_characters": "after the @-sign contains", "characters": "invalid characters",
}  # fmt: skip


def _narrow(text: str) -> str:
    narrow = in_plain_width(text)
    return narrow if _SHAPE.fullmatch(narrow) else ""


def _unusual(text: str) -> str:
    """The characters of a text that no ordinary address has, for a message."""
    unusual = dict.fromkeys(character for character in text if not _USUAL.fullmatch(character))
    return " ".join("␣" if character.isspace() else character for character in unusual if character.isprintable())[:40]
