"""Shows a picture with its caption and credit, and while the picture is missing, a text that it is still to come."""

from markupsafe import Markup

from composer.images.picture_encoder import Picture
from composer.issue.blocks.figure import Figure
from composer.rendering import escaping, shared_values
from composer.rendering.archive_page import PageWriter, block_page, legible
from composer.rendering.text_wrapping import wrapped
from composer.rendering.theme_model import SMALL
from composer.rendering.writers.mail_search import SearchTarget, search_target, search_texts
from composer.rendering.writers.template_parts import PartsMaker, TemplatePart, block_parts
from composer.rendering.writers.text_writer import (
    CAPTION,
    CREDIT,
    PICTURE,
    LineWriter,
    ReaderLine,
    TextWriter,
    block_text,
    reader_lines,
)
from composer.rendering.writers.wechat_writer import WechatWriter, block_wechat

NAMES_IN_THEMES: dict[str, tuple[str, ...]] = {"figure": (), "waiting": ()}


@block_parts.register(Figure)
def _parts(figure: Figure, maker: PartsMaker, language: str) -> list[TemplatePart]:
    return [figure_part(figure, maker, language)]


def figure_part(figure: Figure, maker: PartsMaker, language: str, widest: int = 0) -> TemplatePart:
    """Returns the part of a picture; `widest` is in CSS pixels, that of the theme if it is 0."""
    picture = maker.pictures.get(figure.src)
    credit = maker.writer.inlines(figure.credit, language)
    if credit:
        before, after = shared_values.around_credit(figure.credit, maker.fixed_texts)
        credit = maker.fixed(before, "photo") + credit + maker.fixed(after, "photo")
    if picture is None:
        # Caption and credit are shown as well, so that people who review a draft can correct them.
        caption = maker.writer.inlines(figure.caption, language) if figure.alt else Markup("")
        texts = [maker.fixed(shared_values.waiting_text(figure, maker.fixed_texts), "waiting"), caption, credit]
        return {"kind": "waiting", "words": Markup("<br />").join(text for text in texts if text)}
    limits = maker.theme.settings["pictures"]
    width = _shown_width(picture, widest or int(limits["widest"]), int(limits["tallest"]))
    return {
        "kind": "figure",
        "url": maker.urls[figure.src],
        "alt": figure.alt,
        "width": width,
        "height": max(1, round(width * picture.height / picture.width)),
        "caption": maker.writer.inlines(figure.caption, language),
        "credit": credit,
    }


def small_picture(figure: Figure, maker: PartsMaker) -> TemplatePart | None:
    """Returns the picture for the place beside the text of a story; None if there is none, or the theme has no such place."""
    widest = int(maker.theme.settings["pictures"].get("small", 0))
    src = SMALL + figure.src if SMALL + figure.src in maker.pictures else figure.src
    picture = maker.pictures.get(src)
    if picture is None or not widest:
        return None
    is_tall = picture.height > picture.width
    width = max(1, min(round(widest * 0.75) if is_tall else widest, picture.width))
    height = max(1, round(width * picture.height / picture.width))
    return {"url": maker.urls[src], "alt": figure.alt, "width": width, "height": height}


def _shown_width(picture: Picture, widest: int, tallest: int) -> int:
    """Returns the width in CSS pixels: never more than the picture's own pixels, and so that it is at most `tallest` high."""
    return max(1, min(widest, picture.width, round(tallest * picture.width / picture.height)))


@block_text.register(Figure)
def figure_text(figure: Figure, writer: TextWriter, width: int) -> str:
    """Describes a picture by its caption, or else by its alternative text."""
    if figure.missing:
        caption = writer.inlines(figure.caption) if figure.alt else ""
        texts = [shared_values.waiting_text(figure, writer.fixed_texts), caption, writer.inlines(figure.credit)]
        return wrapped(f"[{' · '.join(text for text in texts if text)}]", width=width)
    texts = [writer.inlines(figure.caption) or figure.alt, writer.inlines(figure.credit)]
    described = " · ".join(text for text in texts if text)
    return wrapped(f"[{described}]", width=width) if described else ""


@block_page.register(Figure)
def _page(figure: Figure, page: PageWriter) -> Markup:
    image = image_html(figure, page)
    caption = page.writer.inlines(figure.caption)
    credit = credit_html(figure, page)
    if image is None:
        image = Markup('<p class="waiting">{}</p>').format(legible(shared_values.waiting_text(figure, page.fixed_texts)))
    described = Markup(" · ").join(text for text in (caption, credit) if text)
    below = Markup("<figcaption>{}</figcaption>").format(described) if described else Markup("")
    return Markup("<figure>{}{}</figure>").format(image, below)


def credit_html(figure: Figure, page: PageWriter) -> Markup:
    """Returns the credit of a picture on the archive page; empty if it has none."""
    if not figure.credit:
        return Markup("")
    before, after = shared_values.around_credit(figure.credit, page.fixed_texts)
    return Markup("{}{}{}").format(before, page.writer.inlines(figure.credit), after)


def image_html(figure: Figure, page: PageWriter) -> Markup | None:
    """Returns the picture itself on the archive page, or None while it is missing."""
    picture = None if figure.missing else page.targets.picture(figure.src)
    if picture is None:
        return None
    page.pictures += 1
    later = Markup(' loading="lazy"') if page.pictures > 1 else Markup("")
    upright = Markup(' class="upright"') if picture.height > picture.width else Markup("")
    return Markup('<img src="{}" alt="{}" width="{}" height="{}"{}{} decoding="async">').format(
        picture.url, escaping.attribute(legible(figure.alt)), picture.width, picture.height, upright, later
    )


@search_target.register(Figure)
def _target(figure: Figure) -> SearchTarget:
    return SearchTarget(picture=figure.alt, texts=search_texts(figure))


@reader_lines.register(Figure)
def _lines(figure: Figure, writer: LineWriter) -> list[ReaderLine]:
    below = ((CAPTION, figure.caption), (CREDIT, figure.credit))
    return [ReaderLine(PICTURE, figure.alt), *(ReaderLine(kind, writer.text(content)) for kind, content in below if content)]


@block_wechat.register(Figure)
def _wechat(figure: Figure, writer: WechatWriter) -> str:
    image = writer.image(figure)
    if not image:
        image = writer.small(f"[{escaping.escaped(shared_values.waiting_text(figure, writer.fixed_texts))}]")
    below = "<br>".join(filter(None, (writer.inlines(figure.caption), writer.credit(figure))))
    caption = writer.small(below, "margin-top:8px;text-align:center") if below else ""
    return f'<section style="margin:24px 0;text-align:center">{image}{caption}</section>'
