"""Shows the summary and the author of an article above its text, where the whole text follows."""

from composer.issue.blocks.summary import Summary
from composer.rendering.text_wrapping import wrapped
from composer.rendering.writers.html_fragments import FragmentWriter, block_html
from composer.rendering.writers.text_writer import PARAGRAPH, LineWriter, ReaderLine, TextWriter, block_text, reader_lines
from composer.rendering.writers.wechat_writer import WechatWriter, block_wechat

NAMES_IN_THEMES = {"summary": (".standfirst", ".byline")}
CLASSES = ("standfirst", "byline")


@block_html.register(Summary)
def _html(summary: Summary, writer: FragmentWriter) -> str:
    standfirst = f'<p class="standfirst">{writer.inlines_html(summary.content)}</p>' if summary.content else ""
    return standfirst + (f'<p class="byline">{writer.text_html(summary.byline)}</p>' if summary.byline else "")


@block_text.register(Summary)
def _text(summary: Summary, writer: TextWriter, width: int) -> str:
    texts = (writer.inlines(summary.content), summary.byline)
    return "\n\n".join(wrapped(text, width=width) for text in texts if text)


@reader_lines.register(Summary)
def _lines(summary: Summary, writer: LineWriter) -> list[ReaderLine]:
    return [ReaderLine(PARAGRAPH, text) for text in (writer.text(summary.content), summary.byline) if text]


@block_wechat.register(Summary)
def _wechat(summary: Summary, writer: WechatWriter) -> str:
    standfirst = writer.paragraph(writer.inlines(summary.content), "font-weight:bold") if summary.content else ""
    return standfirst + (writer.small(writer.text(summary.byline)) if summary.byline else "")
