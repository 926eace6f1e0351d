"""Finds the provider family of an answer: by the receiving domain, otherwise by texts that only this family writes."""

_DOMAINS: dict[str, tuple[str, ...]] = {
    "google": ("gmail.com", "googlemail.com"),
    "microsoft": ("outlook.com", "hotmail.com", "live.com", "msn.com", "passport.com"),
    "yahoo": ("yahoo.com", "ymail.com", "rocketmail.com", "aol.com", "aim.com", "verizon.net"),
    "apple": ("icloud.com", "me.com", "mac.com"),
    "tencent": ("qq.com", "foxmail.com"),
    "netease": ("163.com", "126.com", "yeah.net", "188.com", "netease.com"),
    "sina": ("sina.com", "sina.cn", "sina.com.cn"),
    "sohu": ("sohu.com",),
    "alibaba": ("aliyun.com", "alibaba-inc.com"),
    "china_mobile": ("139.com",),
    "china_telecom": ("189.cn", "21cn.com"),
    "mail_ru": ("mail.ru", "inbox.ru", "list.ru", "bk.ru"),
    "yandex": ("yandex.ru", "yandex.com", "ya.ru"),
    "united_internet": ("gmx.de", "gmx.net", "gmx.com", "gmx.at", "gmx.ch", "web.de", "mail.com"),
    "telekom": ("t-online.de", "magenta.de"),
    "orange": ("orange.fr", "wanadoo.fr"),
    "la_poste": ("laposte.net",),
    "free": ("free.fr",),
    "comcast": ("comcast.net", "xfinity.com"),
}
_FAMILIES = {domain: family for family, domains in _DOMAINS.items() for domain in domains}
# The same provider under domains of many countries: hotmail.co.uk, yahoo.co.jp, outlook.de.
_BRANDS = {
    "outlook": "microsoft",
    "hotmail": "microsoft",
    "live": "microsoft",
    "yahoo": "yahoo",
    "yandex": "yandex",
    "gmx": "united_internet",
}

# Companies use these providers under their own domains. Filters in front of a mail server come last.
_HINTS = (
    ("gsmtp", "google"), ("support.google.com", "google"), ("protection.outlook.com", "microsoft"), ("resolver.", "microsoft"),
    ("storedrv.", "microsoft"), ("yahoodns", "yahoo"), ("postmaster.yahoo", "yahoo"), ("mail.qq.com", "tencent"),
    ("help_spam_16", "netease"), ("antispam_bat", "alibaba"), ("local spam engine", "alibaba"), ("icoremail", "coremail"),
    ("mimecast", "mimecast"), ("proofpoint", "proofpoint"), ("pphosted", "proofpoint"), ("barracuda", "barracuda"),
    ("cuda_nsu", "barracuda"), ("symanteccloud", "symantec"), ("messagelabs", "symantec"), ("cloudmark", "cloudmark"),
    ("trend micro", "trend_micro"), ("zerospam", "zerospam"),
)  # fmt: skip


def of(domain: str, text: str) -> str:
    """The family, or "" if neither domain nor text shows it. `text` is in lower case."""
    name = domain.lower().rstrip(".")
    labels = name.split(".")
    for start in range(len(labels) - 1):
        if family := _FAMILIES.get(".".join(labels[start:])):
            return family
    is_national = len(labels) == 2 or (len(labels) == 3 and labels[1] in {"co", "com"})
    if is_national and (family := _BRANDS.get(labels[0])):
        return family
    return next((family for hint, family in _HINTS if hint in text), "")
