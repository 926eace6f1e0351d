"""Conditional blocks: the variants of an issue, which are what is rendered, have none, so only reviews show the condition."""

from composer.issue.blocks.only import Only
from composer.rendering.writers.text_writer import CONDITION, LineWriter, ReaderLine, reader_lines
from composer.rendering.writers.wechat_writer import WechatWriter, block_wechat


@reader_lines.register(Only)
def _lines(only: Only, writer: LineWriter) -> list[ReaderLine]:
    return [ReaderLine(CONDITION, only.condition), *writer.nested(only)]


@block_wechat.register(Only)
def _wechat(only: Only, writer: WechatWriter) -> str:
    """Writes nothing: whether a reader meets the condition is decided before (`composer.issue.variants`)."""
    return ""
