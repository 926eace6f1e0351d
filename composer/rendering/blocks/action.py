"""Shows a call to action: a button in the mail, a link elsewhere."""

from markupsafe import Markup

from composer.issue.blocks.action import Action
from composer.rendering.archive_page import PageWriter, block_page
from composer.rendering.text_wrapping import wrapped
from composer.rendering.writers.mail_search import SearchTarget, search_target, search_texts
from composer.rendering.writers.template_parts import PartsMaker, TemplatePart, block_parts
from composer.rendering.writers.text_writer import BUTTON, LineWriter, ReaderLine, TextWriter, block_text, reader_lines
from composer.rendering.writers.wechat_writer import WechatWriter, block_wechat

NAMES_IN_THEMES: dict[str, tuple[str, ...]] = {"action": ()}


@block_parts.register(Action)
def _parts(action: Action, maker: PartsMaker, language: str) -> list[TemplatePart]:
    label = maker.writer.label(action.link.children, language)
    return [{"kind": "action", "label": label, "url": maker.writer.href(action.link.href)}]


@block_text.register(Action)
def _text(action: Action, writer: TextWriter, width: int) -> str:
    return wrapped(f"→ {writer.inlines((action.link,))}", width=width)


@block_page.register(Action)
def _page(action: Action, page: PageWriter) -> Markup:
    return Markup('<p class="action">{}</p>').format(page.writer.inlines((action.link,)))


@search_target.register(Action)
def _target(action: Action) -> SearchTarget:
    return SearchTarget(url=action.link.href, texts=search_texts(action))


@reader_lines.register(Action)
def _lines(action: Action, writer: LineWriter) -> list[ReaderLine]:
    return [ReaderLine(BUTTON, writer.text((action.link,)))]


@block_wechat.register(Action)
def _wechat(action: Action, writer: WechatWriter) -> str:
    # Nothing can be pressed in WeChat, so it does not look like a button.
    return writer.paragraph(f"→ {writer.link(action.link)}", f"font-weight:bold;color:{writer.colours.accent}")
