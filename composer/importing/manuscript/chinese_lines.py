"""Recognises single lines of Chinese documents by their form: sources, staff, addresses of the publisher, number of the issue."""

import re
from collections.abc import Iterable
from typing import NamedTuple

from composer.importing.manuscript.vocabulary import word_set

HAN = "\u3007\u3400-\u9fff\U00020000-\U0003ffff"
GAP = r"\s{0,4}"  # bounded, so that no expression takes more than linear time
COLON = rf"{GAP}[:：]{GAP}"
OPEN, CLOSE = "（(【\\[〔", "）)】\\]〕"
DIGITS = "[0-9０-９〇零一二三四五六七八九十百]+"


# The first character of most Chinese names. Without it, 户外摄影 could be a person called 户外.
SURNAMES = (
    "赵钱孙李周吴郑王冯陈褚卫蒋沈韩杨朱秦尤许何吕施张孔曹严华金魏陶姜戚谢邹喻苏潘葛奚范彭郎鲁韦昌马苗凤方俞任袁柳鲍史唐费"
    "廉岑薛雷贺倪汤滕殷罗毕郝邬安常乐于时傅皮卞齐康伍余元卜顾孟平黄穆萧肖尹姚邵湛汪祁毛禹狄米贝明臧计伏成戴宋茅庞熊纪舒屈项"
    "祝董梁杜阮蓝闵席季麻强贾路娄危江童颜郭梅盛林刁钟徐邱骆高夏蔡田樊胡凌霍虞万支柯管卢莫房裘丁宣邓郁杭洪包左石崔吉龚程裴陆"
    "荣翁荀羊甄曲封储靳焦谷车侯全班仰伊宫宁仇栾甘厉武符刘景詹龙叶司黎白蒲卓蔺池乔胥苍党谭申冉桑桂牛边燕尚农温庄晏柴瞿阎连习"
    "艾向古易廖终居衡步都耿满匡文欧聂曾沙养关荆游权盖桓岳帅涂丛闫覃仲佟巩苟付邢辛兰代严解欧阳司马上官诸葛"
)


def spaced_words(labels: Iterable[str]) -> str:
    """Returns a pattern for one of the words, the longest first. People write `校　对` to make labels equally wide."""
    return "|".join(GAP.join(label) for label in sorted(labels, key=lambda label: (-len(label), label)))


def unspaced(text: str) -> str:
    return "".join(text.split())


# -- sources ------------------------------------------------------------------------------------------------------------

# 数据来源 is not here: it names the source of a table. 图片来源 is a picture credit.
_SOURCE = rf"(?:资料|信息|稿件|文章|新闻|消息|内容|素材|本文)?来{GAP}源|稿源|转载自|转自|摘自|选自|摘编自"
_TAKEN_FROM = "转载自|转自|摘自|选自|摘编自"
_LABELLED = (
    re.compile(rf"(?P<label>{GAP}(?:{_SOURCE}){COLON})(?P<body>.{{1,160}}?)(?P<ending>{GAP}[。.]?{GAP})", re.DOTALL),
    re.compile(
        rf"(?P<label>{GAP}[{OPEN}]{GAP}(?:{_SOURCE}){COLON})(?P<body>.{{1,160}}?)(?P<ending>{GAP}[。.]?{GAP}[{CLOSE}]{GAP}[。.]?{GAP})"
    ),
    re.compile(rf"(?P<label>{GAP}[{OPEN}]{GAP}(?:{_TAKEN_FROM}){GAP})(?P<body>.{{1,160}}?)(?P<ending>{GAP}[{CLOSE}]{GAP})"),
    # 据说, 据悉 and the like begin a sentence.
    re.compile(
        rf"(?P<label>{GAP}[{OPEN}]{GAP}(?:据|综合){GAP})(?![说悉称了此其统介实不])"
        rf"(?P<body>[{HAN}《》、，0-9A-Za-z .]{{1,60}}?)(?P<ending>{GAP}(?:综合)?(?:报道|消息){GAP}[{CLOSE}]{GAP})"
    ),
)
_ENTRY = re.compile(r"(?:《[^》]{0,80}》|（[^）]{0,80}）|\([^)]{0,80}\)|[^、，,；;《（(]|[《（(])+")
_TRAILING = re.compile(rf"(?<=[。！？!?”’…]){GAP}([{OPEN}][^{OPEN}{CLOSE}]{{2,120}}[{CLOSE}]){GAP}$")
_LONGEST_SOURCES, _LONGEST_SOURCE = 160, 30


class SourceLine(NamedTuple):
    """The parts of a line that names sources: `label` ends before the first source, `ending` begins after the last."""

    label: str
    body: str
    ending: str


def read_sources(text: str) -> SourceLine | None:
    """Returns the parts of the line if it names nothing but sources, as `（来源：科技日报、省科协网站）`."""
    if len(text) > _LONGEST_SOURCES:
        return None
    for pattern in _LABELLED:
        match = pattern.fullmatch(text)
        if match and all(map(_is_source, split_chinese_sources(match["body"]))) and not STAFF_LABEL.search(match["body"]):
            return SourceLine(match["label"], match["body"], match["ending"])
    return None


def _is_source(entry: str) -> bool:
    return "://" in entry or (0 < len(entry) <= _LONGEST_SOURCE and re.search("[。！？!?]", entry) is None)


def split_chinese_sources(body: str) -> list[str]:
    """Splits the sources of a line at commas and semicolons that are not inside a title or brackets."""
    if "://" in body:  # an address may contain commas
        return [part.strip() for part in re.split("[、，；]", body) if part.strip()]
    return [entry.strip() for entry in _ENTRY.findall(body) if entry.strip()]


def trailing_sources(text: str) -> int:
    """Returns where the sources in brackets begin that follow the last sentence of a paragraph; -1 if there are none."""
    match = _TRAILING.search(text)
    return match.start(1) if match and read_sources(match[1]) else -1


# -- staff --------------------------------------------------------------------------------------------------------------

_RANKS = "(?:本期|本版|执行|值班|助理|见习|特约|首席|副)?"
_ROLES = spaced_words(
    word_set(
        """
        主编 总编 总编辑 责任编辑 责编 执行编辑 执行主编 编辑 美编 美术编辑 文字编辑 图文编辑 技术编辑
        新媒体编辑 网络编辑 校对 责任校对 审核 审校 审稿 初审 复审 终审 编审 签发 撰稿 撰文 供稿 翻译 译审
        编译 设计 版式设计 美术设计 排版 制作 制图 摄影 策划 统筹 监制 总监制 记者 通讯员 顾问
        """
    )
)
STAFF_LABEL = re.compile(rf"(?<![{HAN}])({_RANKS}(?:{_ROLES})(?:{GAP}[、/／和及]{GAP}(?:{_ROLES})){{0,3}}){GAP}[:：｜丨]{GAP}")
_SURE_ROLE = re.compile("[主责执总]编|编辑|校对|责编|撰稿|撰文|供稿|审校|终审")
_BODY = re.compile("(?:部|室|处|会|社|局|院|委|组|科协|中心|学校|大学|公司|站|馆|所)$")
_PADDED = re.compile(rf"(?<![{HAN}])([{HAN}])\s+([{HAN}])(?![{HAN}])")


def read_chinese_staff(text: str) -> list[tuple[str, str]]:
    """Returns (role, name) pairs if the line names nothing but staff, as `责任编辑：周晓　校对：郑洁`; otherwise nothing."""
    bare = text.strip()
    if len(bare) > 1 and bare[0] in "（(【[" and bare[-1] in "）)】]":
        bare = bare[1:-1].strip()
    if len(bare) > 400 or STAFF_LABEL.match(bare) is None:
        return []
    parts = STAFF_LABEL.split(bare)
    names = [_PADDED.sub(r"\1\2", name.strip(" \u3000,;，；|｜·/")) for name in parts[2::2]]
    pairs = list(zip(map(unspaced, parts[1::2]), names, strict=True))
    if not all(_are_names(name) for _, name in pairs):
        return []
    alone = len(pairs) == 1 and _SURE_ROLE.search(pairs[0][0]) is None  # 设计：以人为本 names nobody
    return [] if alone and not (is_surname(pairs[0][1]) or _BODY.search(pairs[0][1])) else pairs


def is_surname(name: str) -> bool:
    return name[:1] in SURNAMES


def _are_names(text: str) -> bool:
    names = [name for name in re.split(r"[、，,;；/&\s]+", text) if name]
    return bool(names) and all(map(_is_name, names))


def _is_name(name: str) -> bool:
    if re.fullmatch(rf"[{HAN}]{{2,4}}|[{HAN}]{{1,10}}(?:·[{HAN}]{{1,10}})+|[A-Z][\w.'’-]*", name):
        return True
    return re.fullmatch(rf"[{HAN}]{{3,20}}", name) is not None and _BODY.search(name) is not None


# -- publisher and addresses ------------------------------------------------------------------------------------------

PUBLISHER = ("主办", "主办单位", "编印单位", "编印", "编辑出版", "出版单位", "主办方")
_POSTAL = ("地址", "通讯地址", "通信地址", "联系地址", "单位地址", "社址", "编辑部地址")
_MAILBOX = ("邮箱", "电子邮箱", "电子邮件", "投稿", "来稿")
_WEBSITE = ("网址", "网站", "官网", "官方网站", "门户网站")
_OTHERS = (
    "主管", "主管单位", "承办", "承办单位", "协办", "协办单位", "支持单位", "邮编", "邮政编码", "电话",
    "传真", "联系人", "公众号", "微信公众号", "微信", "微博", "印刷", "印刷单位", "发行", "发送对象", "印数", "准印证号", "刊号",
    "版权所有",
)  # fmt: skip
_LABELS = spaced_words([*PUBLISHER, *_POSTAL, *_MAILBOX, *_WEBSITE, *_OTHERS])
_FIELD = re.compile(rf"(?<![{HAN}])({_LABELS}|[{HAN}]{{1,4}}(?:邮箱|电话)|E-?mail){COLON}", re.IGNORECASE)


class FooterField(NamedTuple):
    """One labelled value of a line about the publisher. `written_label` is the label as it was written, with its colon."""

    label: str
    written_label: str
    value: str

    @property
    def is_publisher(self) -> bool:
        return self.label in PUBLISHER

    @property
    def is_postal(self) -> bool:
        return self.label in _POSTAL

    @property
    def is_mailbox(self) -> bool:
        return self.label in _MAILBOX or self.label.endswith("邮箱") or self.label.casefold() in ("email", "e-mail")

    @property
    def is_website(self) -> bool:
        return self.label in _WEBSITE


def footer_fields(text: str) -> list[FooterField]:
    """Splits a line such as `主办：…　地址：…　邮编：…` at its labels. What comes before the first has an empty label."""
    matches = list(_FIELD.finditer(text))
    if not matches:
        return []
    ends = [*(match.start() for match in matches[1:]), len(text)]
    fields = [
        FooterField(unspaced(match[1]), match[0], text[match.end() : end].strip())
        for match, end in zip(matches, ends, strict=True)
    ]
    before = text[: matches[0].start()].strip()
    return [*([FooterField("", "", before)] if before else []), *fields]


# -- number of the issue ----------------------------------------------------------------------------------------------

_IN_ALL = rf"总{GAP}第{GAP}{DIGITS}{GAP}期"
_ISSUE = re.compile(
    rf"(?:(?:(?:19|20)\d\d{GAP}年{GAP})?(?:第{GAP}{DIGITS}{GAP}卷{GAP}[,，]?{GAP})?(?<!总)第{GAP}{DIGITS}{GAP}期"
    rf"(?:{GAP}[（(]{GAP}总{GAP}第?{GAP}{DIGITS}{GAP}期{GAP}[）)]|{GAP}{_IN_ALL})?)|[（(]{GAP}{_IN_ALL}{GAP}[）)]|{_IN_ALL}"
)
_DAY = re.compile(r"(?:19|20)\d\d\s*年\s*\d{1,2}\s*月(?:\s*\d{1,2}\s*日)?|(?:19|20)\d\d[-./]\d{1,2}(?:[-./]\d{1,2})?")
_BETWEEN = re.compile(r"[\s|｜·•—–\-/／,，;；()（）]+")
_REST = re.compile(
    "(?:(?:星期|周)[一二三四五六日天])?(?:农历.{2,8})?(?:内部(?:资料|刊物|交流))?(?:[月周季]刊|双月刊|半月刊|试刊|增刊|专刊|特刊)?(?:出版)?"
)


def find_issue_number(text: str) -> str:
    """Returns the number as Chinese mastheads write it, `2026年第11期（总第87期）`, without spaces; empty if there is none."""
    match = _ISSUE.search(text)
    if match is None:
        return ""
    bare = unspaced(match[0]).strip("（()）") if match[0].lstrip()[0] in "（(" else unspaced(match[0])
    return re.sub(rf"(?<=期){_IN_ALL}$", r"（\g<0>）", bare)


def is_issue_line(text: str) -> bool:
    """Whether the line says the number of the issue, and hardly more than that, its date and its publisher."""
    if _ISSUE.search(text) is None:
        return False
    rest = _BETWEEN.sub("", _DAY.sub("", _ISSUE.sub("", text, count=1)))
    return _REST.fullmatch(rest) is not None or _FIELD.match(rest) is not None


def without_issue_number(title: str) -> str:
    """Returns the title without the number of the issue behind it: `江南科技通讯 2026年第11期` names both."""
    match = _ISSUE.search(title)
    before = title[: match.start()].strip(" \u3000|｜·—–-（(") if match else ""
    return before if match and before and is_issue_line(title[match.start() :]) else title
