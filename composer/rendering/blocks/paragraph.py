"""Shows a paragraph."""

from composer.issue.blocks.paragraph import Paragraph
from composer.rendering.text_wrapping import wrapped
from composer.rendering.writers.html_fragments import FragmentWriter, block_html
from composer.rendering.writers.text_writer import PARAGRAPH, LineWriter, ReaderLine, TextWriter, block_text, reader_lines
from composer.rendering.writers.wechat_writer import WechatWriter, block_wechat

NAMES_IN_THEMES = {"text": ("p",)}


@block_html.register(Paragraph)
def _html(block: Paragraph, writer: FragmentWriter) -> str:
    return f"<p>{writer.inlines_html(block.content)}</p>"


@block_text.register(Paragraph)
def _text(block: Paragraph, writer: TextWriter, width: int) -> str:
    return wrapped(writer.inlines(block.content), width=width)


@reader_lines.register(Paragraph)
def _lines(block: Paragraph, writer: LineWriter) -> list[ReaderLine]:
    return [ReaderLine(PARAGRAPH, writer.text(block.content))]


@block_wechat.register(Paragraph)
def _wechat(block: Paragraph, writer: WechatWriter) -> str:
    return writer.paragraph(writer.inlines(block.content))
