"""Sources: templates and pages show them below the text of their article (`Article.sources`), so only reviews have them here."""

from composer.issue.blocks.sources import Sources
from composer.rendering.writers.text_writer import SOURCE, LineWriter, ReaderLine, reader_lines
from composer.rendering.writers.wechat_writer import WechatWriter, block_wechat


@reader_lines.register(Sources)
def _lines(sources: Sources, writer: LineWriter) -> list[ReaderLine]:
    return [ReaderLine(SOURCE, writer.text(entry)) for entry in sources.entries]


@block_wechat.register(Sources)
def _wechat(sources: Sources, writer: WechatWriter) -> str:
    return ""
