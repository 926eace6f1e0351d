"""Shows a heading in an article."""

from composer.issue.blocks.heading import SubHeading
from composer.rendering.text_wrapping import hanging
from composer.rendering.writers.html_fragments import FragmentWriter, block_html
from composer.rendering.writers.mail_search import SearchTarget, search_target
from composer.rendering.writers.text_writer import HEADING, LineWriter, ReaderLine, TextWriter, block_text, reader_lines
from composer.rendering.writers.wechat_writer import WechatWriter, block_wechat

NAMES_IN_THEMES = {"heading": ("h4",)}
CLASSES = ("part",)


@block_html.register(SubHeading)
def _html(block: SubHeading, writer: FragmentWriter) -> str:
    numeral = "" if block.number is None else f'<span class="part">{block.number}.</span> '
    return f"<h4>{numeral}{writer.text_html(block.text)}</h4>"


@block_text.register(SubHeading)
def _text(block: SubHeading, writer: TextWriter, width: int) -> str:
    marker = "* " if block.number is None else f"{block.number}. "
    return f"\n{hanging(block.text, marker, width)}"


@search_target.register(SubHeading)
def _target(block: SubHeading) -> SearchTarget:
    return SearchTarget(texts=(block.text,))


@reader_lines.register(SubHeading)
def _lines(block: SubHeading, writer: LineWriter) -> list[ReaderLine]:
    return [ReaderLine(HEADING, block.text if block.number is None else f"{block.number}. {block.text}")]


@block_wechat.register(SubHeading)
def _wechat(block: SubHeading, writer: WechatWriter) -> str:
    numeral = "" if block.number is None else f"{block.number}. "
    style = f"margin:24px 0 12px;font-size:16px;line-height:1.5;font-weight:bold;color:{writer.colours.accent}"
    return f'<h4 style="{style}">{numeral}{writer.text(block.text)}</h4>'
