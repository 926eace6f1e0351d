"""The texts of the preview page in English and 简体中文, without Django. Those of findings are in config/locale."""

from __future__ import annotations

import gettext
from pathlib import Path

from composer.issue.languages import serving
from composer.messages.phrases import Translate

CATALOGUES = Path(__file__).resolve().parents[3] / "config" / "locale"

LANGUAGES = {"en": "English", "zh-Hans": "简体中文"}

# key -> (English, Chinese). The page fills the braces.
WORDS: dict[str, tuple[str, str]] = {
    "preview": ("Preview", "预览"),
    "skip": ("Skip to the mail", "跳到邮件"),
    "waiting": ("Composing …", "正在生成……"),
    "live": ("live", "实时"),
    "live-hint": (
        "This page updates when a file of the issue or its theme changes",
        "本期或主题的文件有改动时，本页会自动更新",
    ),
    "ended": (
        "The preview has stopped. Start it again: mailroom issue preview",
        "预览已停止。重新启动请运行：mailroom issue preview",
    ),
    "in-order": ("no problems", "没有问题"),
    "one-error": ("1 error", "1 个错误"),
    "errors": ("{count} errors", "{count} 个错误"),
    "one-warning": ("1 warning", "1 个警告"),
    "warnings": ("{count} warnings", "{count} 个警告"),
    "stale": (
        "No mail can be composed from the issue at the moment. Below is the last good mail, from {time}.",
        "目前无法从本期内容生成邮件。下面显示的是 {time} 最后一次成功生成的邮件。",
    ),
    "none-yet": ("No mail can be composed from the issue at the moment.", "目前无法从本期内容生成邮件。"),
    "last-good": ("last good mail", "最后一次成功生成的邮件"),
    "inbox": ("In the inbox", "收件箱中的样子"),
    "now": ("now", "刚刚"),
    "view": ("View", "显示方式"),
    "designed": ("Light", "浅色"),
    "dark": ("Dark", "深色"),
    "no-pictures": ("No pictures", "不显示图片"),
    "no-styles": ("No styles", "无样式块"),
    "outlook": ("Outlook", "Outlook"),
    "text": ("Plain text", "纯文本"),
    "designed-hint": (
        "As in Apple Mail and other mail clients with full support.",
        "Apple Mail 等功能完整的邮件客户端中的样子。",
    ),
    "dark-hint": (
        "As in Apple Mail, with the mail's own dark colours. Gmail and Outlook on Windows change colours in their own ways.",
        "Apple Mail 中的样子，使用邮件自带的深色配色。Gmail 和 Windows 版 Outlook 会自行调整颜色。",
    ),
    "no-pictures-hint": (
        "Many mail clients show the mail like this until the reader allows pictures.",
        "在读者允许显示图片之前，许多邮件客户端中是这个样子。",
    ),
    "no-styles-hint": (
        "Without style blocks, as in Gmail when it shows an account of another provider.",
        "去除样式块：用 Gmail 收取其他邮箱账号的邮件时是这个样子。",
    ),
    "outlook-hint": (
        "An approximation of Outlook on Windows: without media queries and rounded corners. Outlook uses Word's layout engine.",
        "近似 Windows 版 Outlook 的效果：没有媒体查询和圆角。Outlook 实际由 Word 引擎排版。",
    ),
    "text-hint": (
        "The plain text part, for mail clients and readers without HTML.",
        "纯文本部分，供不显示 HTML 的邮件客户端和读者阅读。",
    ),
    "width": ("Width", "宽度"),
    "both": ("Both", "同时显示"),
    "desktop": ("Desktop", "桌面"),
    "phone": ("Phone", "手机"),
    "pixels": ("{count} pixels", "{count} 像素"),
    "scaled": ("shown at {percent} %", "按 {percent}% 显示"),
    "frame": ("The mail: {view}, {width}", "邮件：{view}，{width}"),
    "variant": ("Variant", "版本"),
    "by-reader": ("Variant of the reader: {number}", "该读者的版本：{number}"),
    "of-variants": ("variant {number}, {count} in all", "版本 {number}，共 {count} 个"),
    "everybody": ("all readers", "所有读者"),
    "reader": ("Reader", "读者"),
    "reader-hint": (
        "Choose who the mail is for: a sample reader, or enter the details of a real subscriber.",
        "选择邮件发给谁：可以选一位示例读者，也可以填写真实订阅者的资料。",
    ),
    "sample": ("Sample reader", "示例读者"),
    "choose": ("choose …", "请选择……"),
    "sample-usual": ("With complete details", "资料齐全"),
    "sample-empty": ("Without a name", "没有姓名"),
    "sample-long": ("With a very long name", "姓名很长"),
    "sample-chinese": ("With a Chinese name", "中文姓名"),
    "sample-arabic": ("With an Arabic name", "阿拉伯文姓名"),
    "sample-odd": ("With special characters in the name", "姓名中有特殊字符"),
    "name": ("Name", "姓名"),
    "language": ("Language", "语言"),
    "country": ("Country", "国家"),
    "several": ("separate several values with commas", "多个值用逗号分隔"),
    "panels": ("About this mail", "关于这封邮件"),
    "findings": ("Findings", "检查结果"),
    "no-findings": ("No findings: the mail passes all checks.", "没有检查结果：邮件通过了全部检查。"),
    "error": ("error", "错误"),
    "warning": ("warning", "警告"),
    "info": ("info", "提示"),
    "show-place": ("Show in the mail", "在邮件中显示"),
    "copy-place": ("Copy {place}", "复制 {place}"),
    "copied": ("copied", "已复制"),
    "place-shown": ("Marked in the mail: {what}", "已在邮件中标出：{what}"),
    "place-none": ("This does not belong to a single place in the mail", "邮件中没有与此对应的单一位置"),
    "in-variants": ("in variants {numbers}", "在版本 {numbers} 中"),
    "articles": ("Articles", "文章"),
    "articles-hint": (
        "HTML size from one title to the next. Choose an article to go to it.",
        "从一个标题到下一个标题的 HTML 大小。点击一篇文章即可跳转。",
    ),
    "headers": ("Headers", "邮件头"),
    "headers-hint": ("The headers that Mailroom will send to this reader.", "Mailroom 发给这位读者时使用的邮件头。"),
    "from-sender": ("placeholder: the campaign sets the sender", "占位内容：发件人由发送任务决定"),
    "from-reader": ("placeholder: the sample reader", "占位内容：示例读者"),
    "from-token": ("placeholder: different for each recipient", "占位内容：每位收件人各不相同"),
    "from-list": ("placeholder: the campaign sets the list", "占位内容：邮件列表由发送任务决定"),
    "from-archive": ("only if the archive of the list is public", "仅当邮件列表的往期公开时才有"),
    "refused": ("the provider would reject the mail", "发信服务商会拒绝这封邮件"),
    "links": ("Links", "链接"),
    "links-hint": (
        "Links in the mail itself do nothing here. The links below open in a new tab.",
        "上面邮件中的链接在预览里不会跳转。下面的链接会在新标签页中打开。",
    ),
    "own-page": ("a different page for each recipient", "每位收件人各自的页面"),
    "no-words": ("(no text)", "（没有文字）"),
    "sizes": ("Sizes", "大小"),
    "size-html": ("HTML; Gmail clips a mail at {limit}", "HTML；超过 {limit} 会被 Gmail 截断"),
    "size-travelling": ("HTML in transit (quoted-printable)", "传输时的 HTML（quoted-printable）"),
    "size-styles": ("Style blocks; Gmail drops them above {limit}", "样式块；超过 {limit} 会被 Gmail 丢弃"),
    "size-text": ("Plain text", "纯文本"),
    "size-pictures": ("All pictures; keep them under {limit}", "全部图片；建议低于 {limit}"),
    "size-digest": ("Digest", "内容摘要（哈希）"),
    "bytes": ("{count} bytes", "{count} 字节"),
    "kilobytes": ("{count} KB", "{count} KB"),
    "percent": ("{percent} % of the limit", "上限的 {percent}%"),
    "no-script": (
        "This page needs JavaScript. You can open the mail itself at {address}",
        "本页需要启用 JavaScript。可以直接打开邮件：{address}",
    ),
}


def language_of(wanted: str) -> str:
    """Returns the language of the page for an Accept-Language header or a tag; English if none of them is available."""
    parts = [part.strip().partition(";") for part in wanted.split(",")]
    ranked = sorted(parts, key=lambda part: -_weight(part[2]))
    return next(filter(None, (serving(tag, ["", *LANGUAGES]) for tag, _, _ in ranked)), "en")


def _weight(rest: str) -> float:
    try:
        return float(rest.strip().removeprefix("q=") or 1)
    except ValueError:
        return 0.0


def words_in(language: str) -> dict[str, str]:
    """Returns key -> text in this language."""
    which = list(LANGUAGES).index(language)
    return {key: both[which] for key, both in WORDS.items()}


def translation(language: str) -> Translate:
    """Translates the texts of findings; they stay English where the catalogue is not compiled."""
    return gettext.translation("django", CATALOGUES, [language.replace("-", "_")], fallback=True).gettext
