"""Recognises mistyped domains of well-known mailbox providers and endings that do not exist. A suggestion refuses no address."""

from functools import lru_cache

from subscribers import addresses

# Where most addresses of readers in China and elsewhere are.
KNOWN = (
    "gmail.com", "qq.com", "163.com", "126.com", "sina.com", "foxmail.com", "outlook.com", "hotmail.com", "yahoo.com",
    "icloud.com", "139.com", "189.cn", "sohu.com", "yeah.net", "aliyun.com", "tom.com", "live.com", "msn.com", "aol.com",
    "gmx.de", "gmx.net", "web.de", "mail.ru", "yandex.ru", "proton.me", "protonmail.com", "googlemail.com",
)  # fmt: skip
_MISTYPED_ENDINGS = {
    **{f".{name}.con": f".{name}.cn" for name in ("edu", "com", "org", "net", "gov", "ac")}, ".con": ".com", ".cmo": ".com",
}  # fmt: skip
# Real providers that are one step away from a domain above.
_ALSO_REAL = frozenset({"mail.com", "email.com", "ymail.com"})
_SHORT = 4  # letters


def suggestion(address: str) -> str:
    """The address with the domain that was probably meant; empty if nothing looks mistyped, or if two domains are as near."""
    local, at, domain = address.strip().rpartition("@")
    meant = domain_meant(addresses.ascii_domain(domain)) if at and local and domain else ""
    return f"{local}@{meant}" if meant else ""


@lru_cache(maxsize=65536)
def domain_meant(domain: str) -> str:
    """The domain that was probably meant by one in A-labels; empty as for `suggestion`."""
    if domain in KNOWN or domain in _ALSO_REAL:
        return ""
    for is_mistyped in (_without_ending, _swapped, _one_letter_off):
        near = [known for known in KNOWN if is_mistyped(domain, known)]
        if near:
            return near[0] if len(near) == 1 else ""
    wrong = next((ending for ending in _MISTYPED_ENDINGS if domain.endswith(ending)), "")
    if not wrong:
        return ""
    with_ending = domain.removesuffix(wrong) + _MISTYPED_ENDINGS[wrong]
    return domain_meant(with_ending) or with_ending  # the name may be mistyped, too


def _without_ending(domain: str, known: str) -> bool:
    """Whether only the name of the provider was typed."""
    return domain == known.partition(".")[0]


def _swapped(domain: str, known: str) -> bool:
    """Whether two neighbouring letters are in the wrong order."""
    differing = [position for position, pair in enumerate(zip(domain, known, strict=False)) if pair[0] != pair[1]]
    if len(domain) != len(known) or len(differing) != 2:
        return False
    first, second = differing
    return second == first + 1 and (domain[first], domain[second]) == (known[second], known[first])


def _one_letter_off(domain: str, known: str) -> bool:
    """Whether one letter is missing, too many or wrong.

    Almost every name of up to four letters is somebody's, such as love.com, and every ending of two letters may be a country's.
    So one letter too many counts in such a name only if it is doubled, one that is missing only if four were meant, and a wrong
    one does not count.
    """
    shorter, longer = sorted((domain, known), key=len)
    if len(longer) - len(shorter) > 1 or domain == known:
        return False
    start = next(
        (position for position, pair in enumerate(zip(shorter, longer, strict=False)) if pair[0] != pair[1]), len(shorter)
    )
    rest = shorter[start:] if len(shorter) < len(longer) else shorter[start + 1 :]
    if rest != longer[start + 1 :]:
        return False
    name, _, ending = known.partition(".")
    if domain.partition(".")[0] == name:
        return len(ending) > 2 or len(domain) != len(known)
    if len(domain) > len(known):
        return len(name) > _SHORT or domain[start - 1 : start] == domain[start]
    return len(name) > _SHORT or (len(name) == _SHORT and len(domain) < len(known))
