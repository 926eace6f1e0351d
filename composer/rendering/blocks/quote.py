"""Shows a quotation; a short one in large type, and the name below it, if its last paragraph begins with a dash."""

from composer.issue.blocks.paragraph import Paragraph
from composer.issue.blocks.quote import Quote
from composer.issue.digest import length_of
from composer.issue.inline_content import plain
from composer.rendering.writers.html_fragments import FragmentWriter, block_html
from composer.rendering.writers.text_writer import TextWriter, block_text
from composer.rendering.writers.wechat_writer import WechatWriter, block_wechat

NAMES_IN_THEMES = {"quotation": ("blockquote", ".pull", ".speaker")}
CLASSES = ("pull", "speaker")
_DASHES = ("—", "–", "―", "-- ")
_MOST_WORDS, _MOST_HAN = 30, 50  # of a quotation that is seen at a glance


@block_html.register(Quote)
def _html(block: Quote, writer: FragmentWriter) -> str:
    *quoted, last = block.blocks or (None,)
    speaker = last if isinstance(last, Paragraph) and quoted and plain(last.content).lstrip().startswith(_DASHES) else None
    quotation = tuple(block.blocks[:-1]) if speaker is not None else block.blocks
    kind = ' class="pull"' if _is_short(quotation) else ""
    name = f'<p class="speaker">{writer.inlines_html(speaker.content)}</p>' if speaker is not None else ""
    return f"<blockquote{kind}>{writer.blocks_html(quotation)}{name}</blockquote>"


def _is_short(blocks: tuple[object, ...]) -> bool:
    if not all(isinstance(block, Paragraph) for block in blocks):
        return False
    length = length_of(" ".join(plain(block.content) for block in blocks if isinstance(block, Paragraph)))
    return 0 < length.word_count / _MOST_WORDS + length.han_count / _MOST_HAN <= 1


@block_text.register(Quote)
def _text(block: Quote, writer: TextWriter, width: int) -> str:
    inner = writer.blocks(block.blocks, max(20, width - 2))
    return "\n".join(f"> {line}".rstrip() for line in inner.split("\n"))


@block_wechat.register(Quote)
def _wechat(block: Quote, writer: WechatWriter) -> str:
    frame = f"margin:0 0 16px;padding:4px 0 1px 16px;border-left:3px solid {writer.colours.accent};color:{writer.colours.quiet}"
    return f'<blockquote style="{frame}">{writer.blocks(block.blocks)}</blockquote>'
