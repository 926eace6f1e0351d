"""Shows a person: portrait, name, role, and a short description."""

from markupsafe import Markup

from composer.issue.blocks.profile import Profile
from composer.rendering.archive_page import PageWriter, block_page
from composer.rendering.blocks.figure import credit_html, figure_part, figure_text, image_html
from composer.rendering.text_wrapping import wrapped
from composer.rendering.writers.mail_search import SearchTarget, search_target
from composer.rendering.writers.template_parts import PartsMaker, TemplatePart, block_parts
from composer.rendering.writers.text_writer import (
    HEADING,
    PARAGRAPH,
    LineWriter,
    ReaderLine,
    TextWriter,
    block_text,
    reader_lines,
)
from composer.rendering.writers.wechat_writer import WechatWriter, block_wechat

_WIDE = 1.3  # width to height
NAMES_IN_THEMES: dict[str, tuple[str, ...]] = {"profile": ()}


@block_parts.register(Profile)
def _parts(profile: Profile, maker: PartsMaker, language: str) -> list[TemplatePart]:
    portrait = _portrait_part(profile, maker, language)
    return [
        {
            "kind": "profile",
            "name": maker.writer.title(profile.name),
            "role": maker.writer.title(profile.role),
            "portrait": portrait,
            "wide": portrait is not None and portrait["kind"] == "figure" and portrait["width"] > maker.portrait_width,
            "html": maker.writer.blocks(profile.blocks, language),
        }
    ]


def _portrait_part(profile: Profile, maker: PartsMaker, language: str) -> TemplatePart | None:
    """Returns the picture of a person: beside the text, or above it in full width if it is much wider than high."""
    if profile.portrait is None:
        return None
    picture = maker.pictures.get(profile.portrait.src)
    is_wide = picture is not None and picture.width >= _WIDE * picture.height
    return figure_part(profile.portrait, maker, language, 0 if is_wide else maker.portrait_width)


@block_text.register(Profile)
def _text(profile: Profile, writer: TextWriter, width: int) -> str:
    head = profile.name + (f" · {profile.role}" if profile.role else "")
    portrait = figure_text(profile.portrait, writer, width) if profile.portrait else ""
    parts = [wrapped(head, width=width), portrait, writer.blocks(profile.blocks, width)]
    return "\n\n".join(part for part in parts if part)


@block_page.register(Profile)
def _page(profile: Profile, page: PageWriter) -> Markup:
    image = image_html(profile.portrait, page) if profile.portrait else None
    portrait = Markup("")
    if profile.portrait and image is not None:
        credit = credit_html(profile.portrait, page)
        portrait = Markup("<figure>{}{}</figure>").format(image, credit and Markup("<figcaption>{}</figcaption>").format(credit))
    role = Markup('<p class="role">{}</p>').format(page.writer.text(profile.role)) if profile.role else Markup("")
    return Markup('<div class="profile">{}<div><p class="name">{}</p>{}{}</div></div>').format(
        portrait, page.writer.text(profile.name), role, page.blocks_html(profile.blocks)
    )


@search_target.register(Profile)
def _target(profile: Profile) -> SearchTarget:
    return SearchTarget(texts=(profile.name,))


@reader_lines.register(Profile)
def _lines(profile: Profile, writer: LineWriter) -> list[ReaderLine]:
    role = [ReaderLine(PARAGRAPH, profile.role)] if profile.role else []
    return [ReaderLine(HEADING, profile.name), *role, *writer.nested(profile)]


@block_wechat.register(Profile)
def _wechat(profile: Profile, writer: WechatWriter) -> str:
    image = writer.image(profile.portrait) if profile.portrait else ""
    credit = writer.credit(profile.portrait) if profile.portrait and image else ""
    below = writer.small(credit, "margin-top:8px;text-align:center") if credit else ""
    name = writer.paragraph(writer.text(profile.name), "margin:16px 0 0;font-weight:bold")
    role = writer.small(writer.text(profile.role)) if profile.role else ""
    frame = f"margin:24px 0;padding:16px;border:1px solid {writer.colours.line}"
    return f'<section style="{frame}">{image}{below}{name}{role}{writer.blocks(profile.blocks)}</section>'
