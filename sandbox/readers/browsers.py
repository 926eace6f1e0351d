"""The headers of real browsers, on phones and desktops, when somebody taps a link in a mail."""

import random

from sandbox.readers.visits import Headers

_CHROME_ACCEPT = (
    "text/html,application/xhtml+xml,application/xml;q=0.9,image/avif,image/webp,image/apng,*/*;q=0.8,"
    "application/signed-exchange;v=b3;q=0.7"
)
_WEBVIEW_ACCEPT = "text/html,application/xhtml+xml,application/xml;q=0.9,image/wxpic,image/tpg,image/webp,image/apng,*/*;q=0.8"
_PLAIN_ACCEPT = "text/html,application/xhtml+xml,application/xml;q=0.9,*/*;q=0.8"
_FETCH: Headers = (
    ("Sec-Fetch-Site", "none"), ("Sec-Fetch-Mode", "navigate"), ("Sec-Fetch-User", "?1"), ("Sec-Fetch-Dest", "document"),
)  # fmt: skip
_CHINESE, _ENGLISH = "zh-CN,zh;q=0.9,en-US;q=0.8,en;q=0.7", "en-US,en;q=0.9"
_LANGUAGES = (_CHINESE, _CHINESE, _CHINESE, _ENGLISH, "fr-FR,fr;q=0.9,en;q=0.8", "ru-RU,ru;q=0.9,en;q=0.8")


def _agent(text: str) -> str:
    return f"Mozilla/5.0 {text}"


def _chrome(agent: str, language: str, brand: str = "Google Chrome", system: str = "Windows", *, mobile: bool = False) -> Headers:
    version = agent.partition("Chrome/")[2].partition(".")[0]
    hints = f'"Chromium";v="{version}", "{brand}";v="{version}", "Not.A/Brand";v="99"'
    return (
        ("sec-ch-ua", hints), ("sec-ch-ua-mobile", "?1" if mobile else "?0"), ("sec-ch-ua-platform", f'"{system}"'),
        ("Upgrade-Insecure-Requests", "1"), ("User-Agent", agent), ("Accept", _CHROME_ACCEPT), *_FETCH,
        ("Accept-Encoding", "gzip, deflate, br, zstd"), ("Accept-Language", language),
    )  # fmt: skip


def _safari(agent: str, language: str) -> Headers:
    return (
        ("Sec-Fetch-Dest", "document"), ("User-Agent", agent), ("Accept", _PLAIN_ACCEPT), ("Sec-Fetch-Site", "none"),
        ("Sec-Fetch-Mode", "navigate"), ("Accept-Language", language.partition(";")[0]), ("Accept-Encoding", "gzip, deflate, br"),
    )  # fmt: skip


def _webview(agent: str, *package: str) -> Headers:
    """A browser inside an app; those for Android name the app's package."""
    return (
        ("Upgrade-Insecure-Requests", "1"), ("User-Agent", agent), ("Accept", _WEBVIEW_ACCEPT),
        *(("X-Requested-With", name) for name in package), *_FETCH,
        ("Accept-Encoding", "gzip, deflate"), ("Accept-Language", _CHINESE),
    )  # fmt: skip


_WINDOWS, _MAC = "(Windows NT 10.0; Win64; x64)", "(Macintosh; Intel Mac OS X 10_15_7)"
_GECKO, _KHTML = "Gecko/20100101", "AppleWebKit/537.36 (KHTML, like Gecko)"
_IPHONE = "(iPhone; CPU iPhone OS 18_5 like Mac OS X) AppleWebKit/605.1.15 (KHTML, like Gecko)"
_VERSIONS = (124, 126, 128, 131, 134, 136)


def _chrome_desktop(chance: random.Random, language: str) -> Headers:
    return _chrome(_agent(f"{_WINDOWS} {_KHTML} Chrome/{chance.choice(_VERSIONS)}.0.0.0 Safari/537.36"), language)


def _edge(chance: random.Random, language: str) -> Headers:
    version = chance.choice(_VERSIONS)
    agent = _agent(f"{_WINDOWS} {_KHTML} Chrome/{version}.0.0.0 Safari/537.36 Edg/{version}.0.0.0")
    return _chrome(agent, language, "Microsoft Edge")


def _firefox(chance: random.Random, language: str) -> Headers:
    version = chance.choice((115, 128, 136, 139))
    agent = _agent(f"(Windows NT 10.0; Win64; x64; rv:{version}.0) {_GECKO} Firefox/{version}.0")
    return (
        ("User-Agent", agent), ("Accept", _PLAIN_ACCEPT), ("Accept-Language", language.replace("q=0.9", "q=0.8")),
        ("Accept-Encoding", "gzip, deflate, br, zstd"), ("Upgrade-Insecure-Requests", "1"), *_FETCH, ("Priority", "u=0, i"),
    )  # fmt: skip


def _mac(chance: random.Random, language: str) -> Headers:
    agent = f"{_MAC} AppleWebKit/605.1.15 (KHTML, like Gecko) Version/{chance.choice(('16.6', '17.6', '18.5'))} Safari/605.1.15"
    return _safari(_agent(agent), language)


def _iphone(chance: random.Random, language: str) -> Headers:
    return _safari(_agent(f"{_IPHONE} Version/{chance.choice(('17.5', '18.5'))} Mobile/15E148 Safari/604.1"), language)


def _android(chance: random.Random, language: str) -> Headers:
    agent = _agent(f"(Linux; Android 10; K) {_KHTML} Chrome/{chance.choice(_VERSIONS)}.0.0.0 Mobile Safari/537.36")
    return _chrome(agent, language, system="Android", mobile=True)


def _wechat_iphone(chance: random.Random, language: str) -> Headers:
    app = "Mobile/15E148 MicroMessenger/8.0.59(0x18003b2e) NetType/WIFI Language/zh_CN"
    return _safari(_agent(f"{_IPHONE} {app}"), "zh-CN,zh-Hans;q=0.9")


def _wechat_android(chance: random.Random, language: str) -> Headers:
    app = "XWEB/1340129 MMWEBSDK/20250201 MMWEBID/2247 MicroMessenger/8.0.58.2841(0x28003A35) WeChat/arm64 Weixin NetType/5G"
    agent = f"(Linux; Android 14; 23127PN0CC Build/UKQ1; wv) {_KHTML} Version/4.0 Chrome/134.0.6998.136 Mobile Safari/537.36"
    return _webview(_agent(f"{agent} {app} Language/zh_CN ABI/arm64"), "com.tencent.mm")


def _wechat_desktop(chance: random.Random, language: str) -> Headers:
    app = "NetType/WIFI MicroMessenger/7.0.20.1781(0x6700143B) WindowsWechat(0x63090c33) XWEB/13639 Flue"
    return _webview(_agent(f"{_WINDOWS} {_KHTML} Chrome/132.0.0.0 Safari/537.36 {app}"))


def _qq_phone(chance: random.Random, language: str) -> Headers:
    agent = f"(Linux; U; Android 14; zh-cn; V2309A Build/UP1A) {_KHTML} Version/4.0 Chrome/109.0.5414.86 MQQBrowser/15.8"
    return _webview(_agent(f"{agent} Mobile Safari/537.36 COVC/047601"), "com.tencent.mtt")


def _qq_desktop(chance: random.Random, language: str) -> Headers:
    agent = _agent(f"{_WINDOWS} {_KHTML} Chrome/123.0.0.0 Safari/537.36 QQBrowser/19.3.6420.400")
    return _chrome(agent, "zh-CN,zh;q=0.9", "QQBrowser")


def _outlook_android(chance: random.Random, language: str) -> Headers:
    agent = (
        f"(Linux; Android 14; SM-S918B; wv) {_KHTML} Version/4.0 Chrome/134.0.6998.135 Mobile Safari/537.36 Outlook-Android/2.0"
    )
    return _webview(_agent(agent), "com.microsoft.office.outlook")


def _huawei(chance: random.Random, language: str) -> Headers:
    agent = f"(Linux; Android 12; HarmonyOS; NOH-AN00; HMSCore 6.15.0.302) {_KHTML} Chrome/114.0.5735.196"
    return _webview(_agent(f"{agent} HuaweiBrowser/16.0.1.302 Mobile Safari/537.36"), "com.huawei.browser")


def _explorer(chance: random.Random, language: str) -> Headers:
    """Institutes still have it."""
    return (
        ("Accept", "text/html, application/xhtml+xml, */*"), ("Accept-Language", "zh-CN"),
        ("User-Agent", _agent("(Windows NT 6.1; WOW64; Trident/7.0; rv:11.0) like Gecko")), ("Accept-Encoding", "gzip, deflate"),
    )  # fmt: skip


_KINDS = {
    _chrome_desktop: 18, _edge: 14, _firefox: 4, _mac: 4, _iphone: 14, _android: 10, _wechat_iphone: 6, _wechat_android: 9,
    _wechat_desktop: 4, _qq_phone: 4, _qq_desktop: 3, _outlook_android: 4, _huawei: 5, _explorer: 1,
}  # fmt: skip


def draw_browser(chance: random.Random) -> Headers:
    """The headers of a person's browser."""
    [kind] = chance.choices(list(_KINDS), list(_KINDS.values()))
    return kind(chance, chance.choice(_LANGUAGES))


def draw_desktop(chance: random.Random) -> Headers:
    """The headers that a scanner copies from a browser."""
    return chance.choice((_chrome_desktop, _edge, _mac))(chance, _ENGLISH)


def draw_rare_phone(chance: random.Random) -> Headers:
    """A phone whose maker's name contains `bot`."""
    agent = _agent(f"(Linux; Android 11; CUBOT X50) {_KHTML} Chrome/{chance.choice(_VERSIONS)}.0.0.0 Mobile Safari/537.36")
    return _chrome(agent, _ENGLISH, system="Android", mobile=True)


def without(headers: Headers, *names: str) -> Headers:
    return tuple((name, value) for name, value in headers if name not in names)
