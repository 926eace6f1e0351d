"""The texts of the preview page in English and 简体中文, without Django. Findings are in English only."""

from __future__ import annotations

from composer.issue.languages import serving

LANGUAGES = {"en": "English", "zh-Hans": "简体中文"}

# key -> English, Chinese. Braces are filled by the page.
WORDS: dict[str, tuple[str, str]] = {
    "preview": ("Preview", "预览"),
    "skip": ("Skip to the mail", "跳到邮件"),
    "waiting": ("Composing …", "正在生成……"),
    "live": ("live", "实时"),
    "live-hint": (
        "The page reloads when a file of the issue or its theme changes",
        "本期内容或主题的文件一有变化，本页就会自动刷新",
    ),
    "ended": ("The preview has ended. Start it again: mailroom issue preview", "预览已结束。重新启动：mailroom issue preview"),
    "in-order": ("no errors", "没有错误"),
    "one-error": ("1 error", "1 个错误"),
    "errors": ("{count} errors", "{count} 个错误"),
    "one-warning": ("1 warning", "1 个警告"),
    "warnings": ("{count} warnings", "{count} 个警告"),
    "stale": (
        "The issue cannot be composed as it is now. Below is the last good mail, from {time}.",
        "本期内容目前无法生成邮件。下面是 {time} 生成的最后一封正常邮件。",
    ),
    "none-yet": ("The issue cannot be composed as it is now.", "本期内容目前无法生成邮件。"),
    "last-good": ("last good mail", "最后一封正常邮件"),
    "inbox": ("In the inbox", "收件箱中"),
    "now": ("now", "刚刚"),
    "view": ("Show", "显示方式"),
    "designed": ("Light", "浅色"),
    "dark": ("Dark", "深色"),
    "no-pictures": ("No pictures", "不显示图片"),
    "no-styles": ("No styles", "无样式块"),
    "outlook": ("Outlook", "Outlook"),
    "text": ("Plain text", "纯文本"),
    "designed-hint": ("As Apple Mail and other clients with full support show it.", "在 Apple Mail 等支持完整的邮件客户端中的显示效果。"),
    "dark-hint": (
        "As Apple Mail shows it, with the mail's own dark colours. Gmail and Outlook on Windows change colours in their own way.",
        "Apple Mail 按邮件自带的深色配色显示的效果。Gmail 和 Windows 版 Outlook 会自行改变颜色。",
    ),
    "no-pictures-hint": ("As many mail clients show it until the reader allows pictures.", "许多邮件客户端在读者允许之前不显示图片。"),
    "no-styles-hint": (
        "As Gmail shows it to accounts of other providers: without style blocks.",
        "Gmail 显示其他服务商账号的邮件时的效果：去除样式块。",
    ),
    "outlook-hint": (
        "What Outlook on Windows reads, without media queries and rounded corners. Outlook uses Word's layout engine, so this is "
        "only close to it.",
        "Windows 版 Outlook 读取的内容，没有媒体查询和圆角。Outlook 由 Word 引擎排版，这里只是近似效果。",
    ),
    "text-hint": ("The part for mail clients and readers that do not use HTML.", "供不使用 HTML 的邮件客户端和读者阅读的部分。"),
    "width": ("Width", "宽度"),
    "both": ("Both", "两者"),
    "desktop": ("Desktop", "桌面"),
    "phone": ("Phone", "手机"),
    "pixels": ("{count} pixels", "{count} 像素"),
    "scaled": ("shown at {percent} %", "以 {percent}% 显示"),
    "frame": ("The mail: {view}, {width}", "邮件：{view}，{width}"),
    "variant": ("Variant", "版本"),
    "by-reader": ("Chosen for this reader: {number}", "按读者自动选择：{number}"),
    "of-variants": ("variant {number}, {count} in all", "版本 {number}，共 {count} 个"),
    "everybody": ("everybody", "所有人"),
    "reader": ("Reader", "读者"),
    "reader-hint": (
        "The reader for whom the mail is shown: choose a sample, or type the fields of a real subscriber.",
        "邮件显示给哪位读者：可以选择示例读者，也可以填写真实订阅者的资料。",
    ),
    "sample": ("Sample reader", "示例读者"),
    "choose": ("choose …", "请选择……"),
    "sample-usual": ("With all fields", "资料齐全"),
    "sample-empty": ("Without a name", "没有姓名"),
    "sample-long": ("With a very long name", "姓名很长"),
    "sample-chinese": ("With a Chinese name", "中文姓名"),
    "sample-arabic": ("With an Arabic name", "阿拉伯文姓名"),
    "sample-odd": ("With special characters in the name", "姓名含特殊字符"),
    "name": ("Name", "姓名"),
    "language": ("Language", "语言"),
    "country": ("Country", "国家"),
    "several": ("separate several with commas", "多个值用逗号分隔"),
    "panels": ("About this mail", "关于这封邮件"),
    "findings": ("Findings", "检查结果"),
    "no-findings": ("The checks found nothing.", "检查未发现任何问题。"),
    "error": ("error", "错误"),
    "warning": ("warning", "警告"),
    "info": ("info", "提示"),
    "show-place": ("Show in the mail", "在邮件中显示"),
    "copy-place": ("Copy {place}", "复制 {place}"),
    "copied": ("copied", "已复制"),
    "place-shown": ("Marked in the mail: {what}", "已在邮件中标出：{what}"),
    "place-none": ("The mail has no single place for this", "邮件中没有与此对应的单一位置"),
    "in-variants": ("in variants {numbers}", "在版本 {numbers} 中"),
    "articles": ("Articles", "文章"),
    "articles-hint": (
        "Bytes of HTML from one title to the next. Choose one to see it.",
        "从一个标题到下一个标题的 HTML 字节数。选择一篇即可查看。",
    ),
    "headers": ("Headers", "邮件头"),
    "headers-hint": ("As Mailroom will send it to this reader.", "Mailroom 将发给这位读者的内容。"),
    "from-sender": ("the sender is chosen in the campaign", "发件人在发送任务中选定"),
    "from-reader": ("the sample reader", "示例读者"),
    "from-token": ("different for each recipient", "每位收件人各不相同"),
    "from-list": ("the list is chosen in the campaign", "邮件列表在发送任务中选定"),
    "from-archive": ("only if the list's archive is public", "仅当邮件列表的往期公开时才有"),
    "refused": ("the provider would reject the mail", "发信服务商会拒收这封邮件"),
    "links": ("Links", "链接"),
    "links-hint": (
        "Links in the mail do nothing here. The links below open in a new tab.",
        "此处邮件中的链接无法打开；下面的链接会在新标签页中打开。",
    ),
    "own-page": ("a personal page of each recipient", "每位收件人各自的页面"),
    "no-words": ("(no text)", "（没有文字）"),
    "sizes": ("Sizes", "大小"),
    "size-html": ("HTML; Gmail clips a mail at {limit}", "HTML；超过 {limit} 会被 Gmail 截断"),
    "size-travelling": ("HTML as sent (quoted-printable)", "发送时的 HTML（quoted-printable）"),
    "size-styles": ("Style blocks; Gmail drops them above {limit}", "样式块；超过 {limit} 会被 Gmail 丢弃"),
    "size-text": ("Plain text", "纯文本"),
    "size-pictures": ("All pictures; keep them under {limit}", "全部图片；建议低于 {limit}"),
    "size-digest": ("Digest", "摘要"),
    "bytes": ("{count} bytes", "{count} 字节"),
    "kilobytes": ("{count} KB", "{count} KB"),
    "percent": ("{percent} % of the limit", "上限的 {percent}%"),
    "no-script": ("This page needs JavaScript. The mail itself is at {address}", "本页需要 JavaScript。邮件本身位于 {address}"),
}


def language_of(wanted: str) -> str:
    """The page's language for an Accept-Language header or a tag; English if it has none of them."""
    parts = [part.strip().partition(";") for part in wanted.split(",")]
    ranked = sorted(parts, key=lambda part: -_weight(part[2]))
    return next(filter(None, (serving(tag, ["", *LANGUAGES]) for tag, _, _ in ranked)), "en")


def _weight(rest: str) -> float:
    try:
        return float(rest.strip().removeprefix("q=") or 1)
    except ValueError:
        return 0.0


def words_in(language: str) -> dict[str, str]:
    """key -> text in this language."""
    which = list(LANGUAGES).index(language)
    return {key: both[which] for key, both in WORDS.items()}
