"""Shows blocks in another language, marked with it."""

from markupsafe import Markup

from composer.issue.blocks.passage import Passage
from composer.issue.languages import direction_of
from composer.rendering.archive_page import PageWriter, block_page
from composer.rendering.writers.html_fragments import FragmentWriter, block_html, is_text
from composer.rendering.writers.template_parts import PartsMaker, TemplatePart, block_parts
from composer.rendering.writers.text_writer import TextWriter, block_text
from composer.rendering.writers.wechat_writer import WechatWriter, block_wechat


@is_text.register(Passage)
def _is_text(passage: Passage) -> bool:
    return all(map(is_text, passage.blocks))


@block_html.register(Passage)
def _html(passage: Passage, writer: FragmentWriter) -> str:
    return writer.within(passage.language, "div", lambda: writer.blocks_html(passage.blocks))


@block_parts.register(Passage)
def _parts(passage: Passage, maker: PartsMaker, language: str) -> list[TemplatePart]:
    return maker.of(passage.blocks, passage.language)


@block_text.register(Passage)
def _text(passage: Passage, writer: TextWriter, width: int) -> str:
    return writer.blocks(passage.blocks, width)


@block_page.register(Passage)
def _page(passage: Passage, page: PageWriter) -> Markup:
    outer, page.writer.language = page.writer.language, passage.language
    try:
        return Markup('<div lang="{}" dir="{}">{}</div>').format(
            passage.language, direction_of(passage.language), page.blocks_html(passage.blocks)
        )
    finally:
        page.writer.language = outer


@block_wechat.register(Passage)
def _wechat(passage: Passage, writer: WechatWriter) -> str:
    with writer.within(passage.language) as direction:
        written = writer.blocks(passage.blocks)
    return f'<section style="{direction}">{written}</section>' if direction else written
