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
        "The page renews itself when a file of the issue or its theme changes",
        "刊物或主题的文件一有变化，本页就会自动更新",
    ),
    "ended": ("The preview has ended. Start it again: mailroom issue preview", "预览已结束。重新启动：mailroom issue preview"),
    "in-order": ("in order", "没有问题"),
    "one-error": ("1 error", "1 个错误"),
    "errors": ("{count} errors", "{count} 个错误"),
    "one-warning": ("1 warning", "1 个警告"),
    "warnings": ("{count} warnings", "{count} 个警告"),
    "stale": (
        "The issue as it is now makes no mail. Below is the last good one, of {time}.",
        "刊物目前的内容无法生成邮件。下面是 {time} 生成的最后一封完好的邮件。",
    ),
    "none-yet": ("The issue as it is now makes no mail.", "刊物目前的内容无法生成邮件。"),
    "last-good": ("last good mail", "最后一封完好的邮件"),
    "inbox": ("In the inbox", "收件箱中"),
    "now": ("now", "刚刚"),
    "view": ("Show", "显示方式"),
    "designed": ("Light", "浅色"),
    "dark": ("Dark", "深色"),
    "no-pictures": ("No pictures", "不显示图片"),
    "no-styles": ("No styles", "无样式块"),
    "outlook": ("Outlook", "Outlook"),
    "text": ("Plain text", "纯文本"),
    "designed-hint": ("As Apple Mail and others with full support show it.", "Apple Mail 等完整支持的邮件程序中的样子。"),
    "dark-hint": (
        "As Apple Mail shows it, by the mail's own dark colours. Gmail and Outlook on Windows turn colours as they see fit.",
        "Apple Mail 按邮件自带的深色配色显示的样子。Gmail 和 Windows 版 Outlook 会自行改变颜色。",
    ),
    "no-pictures-hint": ("As many programs show it until the reader asks for pictures.", "许多程序在读者允许之前不显示图片。"),
    "no-styles-hint": (
        "As Gmail shows it to accounts of other providers: without style blocks.",
        "Gmail 对其他服务商的账户的显示方式：去除样式块。",
    ),
    "outlook-hint": (
        "What Outlook on Windows reads, less media queries and rounded corners. Word lays it out; a browser comes near.",
        "Windows 版 Outlook 读取的标记，没有媒体查询和圆角。实际由 Word 引擎排版，浏览器只能近似呈现。",
    ),
    "text-hint": ("The part for programs and readers without HTML.", "供不使用 HTML 的程序和读者阅读的部分。"),
    "width": ("Width", "宽度"),
    "both": ("Both", "两者"),
    "desktop": ("Desktop", "桌面"),
    "phone": ("Phone", "手机"),
    "pixels": ("{count} pixels", "{count} 像素"),
    "scaled": ("shown at {percent} %", "以 {percent}% 显示"),
    "frame": ("The mail: {view}, {width}", "邮件：{view}，{width}"),
    "variant": ("Variant", "版本"),
    "by-reader": ("By the reader: {number}", "按读者：{number}"),
    "of-variants": ("variant {number}, {count} in all", "版本 {number}，共 {count} 个"),
    "everybody": ("everybody", "所有人"),
    "reader": ("Reader", "读者"),
    "reader-hint": (
        "Whom the mail is shown for: invent somebody, or type in what is known of a real subscriber.",
        "邮件显示给谁：可以虚构一位读者，也可以填写真实订阅者的资料。",
    ),
    "sample": ("Somebody to begin with", "示例读者"),
    "choose": ("choose …", "请选择……"),
    "sample-usual": ("With everything known", "资料齐全"),
    "sample-empty": ("Without a name", "没有姓名"),
    "sample-long": ("With a very long name", "姓名很长"),
    "sample-chinese": ("With a Chinese name", "中文姓名"),
    "sample-arabic": ("With an Arabic name", "阿拉伯文姓名"),
    "sample-odd": ("With signs in the name", "姓名中有符号"),
    "name": ("Name", "姓名"),
    "language": ("Language", "语言"),
    "country": ("Country", "国家"),
    "several": ("several with commas", "多个值用逗号分隔"),
    "panels": ("About this mail", "关于这封邮件"),
    "findings": ("Findings", "检查结果"),
    "no-findings": ("Nothing stands in the way of sending.", "没有妨碍发送的问题。"),
    "error": ("error", "错误"),
    "warning": ("warning", "警告"),
    "info": ("note", "提示"),
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
    "from-sender": ("the sender is chosen with the campaign", "发件人在发送活动中选定"),
    "from-reader": ("the imagined reader", "设想的读者"),
    "from-token": ("own to each recipient", "每位收件人各不相同"),
    "from-list": ("the list is chosen with the campaign", "列表在发送活动中选定"),
    "from-archive": ("only where the list's archive is public", "仅当列表的往期公开时才有"),
    "refused": ("the provider would refuse the mail", "服务商会拒收这封邮件"),
    "links": ("Links", "链接"),
    "links-hint": (
        "In the mail they lead nowhere here; these open in a tab of their own.",
        "在此处的邮件中点击链接不会跳转；这里的链接在新标签页中打开。",
    ),
    "own-page": ("a page of each recipient's own", "每位收件人各自的页面"),
    "no-words": ("(no words)", "（没有文字）"),
    "sizes": ("Sizes", "大小"),
    "size-html": ("HTML; Gmail cuts a mail off at {limit}", "HTML；超过 {limit} 会被 Gmail 截断"),
    "size-travelling": ("HTML as it travels (quoted-printable)", "传输时的 HTML（quoted-printable）"),
    "size-styles": ("Style blocks; Gmail drops them above {limit}", "样式块；超过 {limit} 会被 Gmail 丢弃"),
    "size-text": ("Plain text", "纯文本"),
    "size-pictures": ("All pictures; keep them under {limit}", "全部图片；建议低于 {limit}"),
    "size-digest": ("Digest", "摘要"),
    "bytes": ("{count} bytes", "{count} 字节"),
    "kilobytes": ("{count} KB", "{count} KB"),
    "percent": ("{percent} % of the limit", "上限的 {percent}%"),
    "no-script": ("This page needs scripts. The mail itself is at {address}", "本页需要脚本。邮件本身位于 {address}"),
}


def language_of(wanted: str) -> str:
    """The page's language for an Accept-Language line or a tag; English where none is ours."""
    parts = [part.strip().partition(";") for part in wanted.split(",")]
    ranked = sorted(parts, key=lambda part: -_weight(part[2]))
    return next(filter(None, (serving(tag, ["", *LANGUAGES]) for tag, _, _ in ranked)), "en")


def _weight(rest: str) -> float:
    try:
        return float(rest.strip().removeprefix("q=") or 1)
    except ValueError:
        return 0.0


def words_in(language: str) -> dict[str, str]:
    """key -> words."""
    which = list(LANGUAGES).index(language)
    return {key: both[which] for key, both in WORDS.items()}
