"""Shows a quotation."""

from composer.issue.blocks.quote import Quote
from composer.rendering.writers.html_fragments import FragmentWriter, block_html
from composer.rendering.writers.text_writer import TextWriter, block_text

NAMES_IN_THEMES = {"quotation": ("blockquote",)}


@block_html.register(Quote)
def _html(block: Quote, writer: FragmentWriter) -> str:
    return f"<blockquote>{writer.blocks_html(block.blocks)}</blockquote>"


@block_text.register(Quote)
def _text(block: Quote, writer: TextWriter, width: int) -> str:
    inner = writer.blocks(block.blocks, max(20, width - 2))
    return "\n".join(f"> {line}".rstrip() for line in inner.split("\n"))
