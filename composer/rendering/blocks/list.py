"""Shows a bulleted or numbered list."""

from composer.issue.blocks.list import ListBlock
from composer.issue.blocks.paragraph import Paragraph
from composer.issue.document import Block
from composer.rendering.writers.html_fragments import FragmentWriter, block_html
from composer.rendering.writers.text_writer import ITEM, PARAGRAPH, LineWriter, ReaderLine, TextWriter, block_text, reader_lines
from composer.rendering.writers.wechat_writer import WechatWriter, block_wechat

NAMES_IN_THEMES = {"list": ("ul", "ol")}


@block_html.register(ListBlock)
def _html(block: ListBlock, writer: FragmentWriter) -> str:
    tag = "ol" if block.ordered else "ul"
    first = f' start="{block.start}"' if block.ordered and block.start != 1 else ""
    return f"<{tag}{first}>{''.join(_item(item, writer) for item in block.items)}</{tag}>"


def _item(blocks: tuple[Block, ...], writer: FragmentWriter) -> str:
    # The first paragraph of an item has no <p>, which would put a gap between the items.
    parts = [
        writer.inlines_html(block.content) if number == 0 and isinstance(block, Paragraph) else block_html(block, writer)
        for number, block in enumerate(blocks)
    ]
    return f"<li>{''.join(parts)}</li>"


@block_text.register(ListBlock)
def _text(block: ListBlock, writer: TextWriter, width: int) -> str:
    items: list[str] = []
    for number, item in enumerate(block.items, start=block.start):
        marker = f"{number}. " if block.ordered else "- "
        lines = writer.blocks(item, max(20, width - len(marker)), "\n").split("\n")
        items.append("\n".join([marker + lines[0], *(" " * len(marker) + line for line in lines[1:])]))
    return "\n".join(items)


@reader_lines.register(ListBlock)
def _lines(block: ListBlock, writer: LineWriter) -> list[ReaderLine]:
    lines: list[ReaderLine] = []
    for number, item in enumerate(block.items, block.start):
        first, *others = writer.blocks(item) or [ReaderLine(PARAGRAPH, "")]
        name = f"{number}." if block.ordered else "•"
        lines += [ReaderLine(ITEM, first.text, name) if first.kind == PARAGRAPH else first, *others]
    return lines


@block_wechat.register(ListBlock)
def _wechat(block: ListBlock, writer: WechatWriter) -> str:
    tag, kind = ("ol", "decimal") if block.ordered else ("ul", "disc")
    first = f' start="{block.start}"' if block.ordered and block.start != 1 else ""
    # WeChat's editor keeps the content of an item together if it is in a section.
    items = "".join(f'<li style="margin:0 0 8px"><section>{_wechat_item(item, writer)}</section></li>' for item in block.items)
    return f'<{tag}{first} style="{writer.body_style()};padding-left:24px;list-style-type:{kind}">{items}</{tag}>'


def _wechat_item(blocks: tuple[Block, ...], writer: WechatWriter) -> str:
    return "".join(
        writer.inlines(block.content) if number == 0 and isinstance(block, Paragraph) else block_wechat(block, writer)
        for number, block in enumerate(blocks)
    )
