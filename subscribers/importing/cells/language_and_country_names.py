"""Reads languages and countries as people write them: by their names in English and Chinese, beside the codes."""

from collections.abc import Mapping
from functools import lru_cache

from babel import Locale

from subscribers import attributes
from subscribers.errors import InputError
from subscribers.importing.state_words import squeezed

_TONGUES = ("en", "zh_Hans", "zh_Hant")
# Names that people write and CLDR has not, or has for something less usual here.
_LANGUAGES = {
    "zh-Hans": "Chinese, Simplified Chinese, Mandarin, 中文, 汉语, 汉文, 华语, 普通话, 国语, 简体, 简中, 简体中文,"
    "中文简体, 简体字, 中国语",
    "zh-Hant": "Traditional Chinese, 繁体, 繁中, 繁体中文, 繁體, 繁體中文, 中文繁体, 中文繁體, 正體中文",
    "en": "英文, 英语, 英語",
    "ja": "日文, 日语", "fr": "法文", "de": "德文", "ru": "俄文", "es": "西文, 西班牙文", "ko": "韩文, 韓文", "it": "意大利文",
    "pt": "葡萄牙文, 葡文", "ar": "阿拉伯文",
}  # fmt: skip
_COUNTRIES = {
    "CN": "中国大陆, 中国内地, 大陆, 中华人民共和国, PRC, P.R. China, PR China, Mainland China, People's Republic of China",
    "HK": "香港, 中国香港, Hong Kong", "MO": "澳门, 中国澳门, Macau, Macao", "TW": "台湾, 中国台湾, 臺灣",
    "US": "USA, U.S., U.S.A., United States of America, America, 美利坚合众国",
    "GB": "Great Britain, Britain, England, Scotland, Wales, 英格兰, 大不列颠", "KR": "Korea, South Korea, 南韩, 大韩民国",
    "RU": "Russian Federation, 俄国", "CZ": "Czech Republic", "NL": "Holland", "AE": "UAE, 阿联酋",
}  # fmt: skip


@lru_cache(maxsize=1)
def _languages() -> Mapping[str, str]:
    return _table("languages", _LANGUAGES)


@lru_cache(maxsize=1)
def _countries() -> Mapping[str, str]:
    return {name: code for name, code in _table("territories", _COUNTRIES).items() if len(code) == 2 and code.isalpha()}


def _table(kind: str, more: Mapping[str, str]) -> dict[str, str]:
    """Every name, squeezed, and its code; a name of two codes has the shorter one."""
    names: dict[str, str] = {}
    for tongue in _TONGUES:
        for code, name in sorted(getattr(Locale.parse(tongue), kind).items(), key=lambda pair: (len(pair[0]), pair[0])):
            names.setdefault(squeezed(str(name)), code.replace("_", "-"))
    names |= {squeezed(name): code for code, texts in more.items() for name in texts.split(",")}
    return names


@lru_cache(maxsize=1024)
def read_language(cell: str) -> str:
    """The tag of a language that a cell names: zh-Hans, 简体中文 or Chinese. Raises InputError."""
    try:
        return attributes.read_language(cell)
    except InputError:
        tag = _languages().get(squeezed(cell))
        if tag is None:
            raise InputError(
                "language", f"“{cell[:40]}” is not a language",
                "write its name, such as English, 英文 or 简体中文, or its tag, such as en",
                cell=cell[:40],
            ) from None  # fmt: skip
        return attributes.read_language(tag)


@lru_cache(maxsize=1024)
def read_country(cell: str) -> str:
    """The code of a country that a cell names: CN, 中国 or China. Raises InputError."""
    try:
        return attributes.read_country(cell)
    except InputError as fault:
        code = _countries().get(squeezed(cell))
        if code is None:
            hint = fault.hint if cell.upper() == "UK" else "write its name, such as China or 中国, or its two letters, such as CN"
            raise InputError("country", f"“{cell[:40]}” is not a country", hint, cell=cell[:40]) from None
        return code
