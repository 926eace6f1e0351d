"""Shows a table: on phones row by row if it is broad, and in the text part always."""

from markupsafe import Markup

from composer.issue import languages
from composer.issue.blocks.table import Table
from composer.issue.document import Inlines, plain
from composer.rendering import soft_hyphens
from composer.rendering.archive_page import PageWriter, block_page, legible
from composer.rendering.text_wrapping import hanging, wrapped
from composer.rendering.writers.html_fragments import FragmentWriter, block_html
from composer.rendering.writers.text_writer import CAPTION, ROW, LineWriter, ReaderLine, TextWriter, block_text, reader_lines
from composer.rendering.writers.wechat_writer import WechatWriter, block_wechat

NAMES_IN_THEMES = {"table": (".data",)}
CLASSES = ("data", "broad", "tight", "crowded", "lead", "key", "soft")
_PHONE, _COLUMN, _CARD = 40, 60, 72  # letters that fit side by side at 15 pixels (phone) and at 12 (column, mail width)
_FEW_COLUMNS = 3  # columns that fit side by side on a phone


@block_html.register(Table)
def _html(table: Table, writer: FragmentWriter) -> str:
    needed = _letters_across(table)
    is_crowded = needed > _CARD
    with writer.soft_hyphens_beyond(soft_hyphens.LONG if is_crowded else 0):
        return _rows(table, writer, _breadth(needed, _letters_across(table, parted=True) if is_crowded else needed))


def _rows(table: Table, writer: FragmentWriter, breadth: str) -> str:
    # Every column gets an align attribute, because headings would be centred by default.
    start = "right" if languages.direction_of(writer.language) == "rtl" else "left"
    aligns = [align or start for align in table.aligns or ("",) * len(table.head)]
    sides = [f' align="{align}"' for align in aligns]
    cells = [writer.inlines_html(cell) for cell in table.head]
    head = "".join(f'<th scope="col"{side}>{cell}</th>' for cell, side in zip(cells, sides, strict=True))
    broad = bool(breadth)
    # On phones, a theme stacks the cells of a broad table; each cell then begins with the heading of its column.
    keys = [f'<span class="key soft">{cell} </span>' if broad and cell else "" for cell in cells]
    leads = [' class="lead"' if broad else "", *[""] * (len(table.head) - 1)]
    rows = "".join(
        "<tr>"
        + "".join(
            f"<td{lead}{side}>{key}{writer.inlines_html(cell)}</td>"
            for cell, side, key, lead in zip(row, sides, ["", *keys[1:]], leads, strict=True)
        )
        + "</tr>"
        for row in table.rows
    )
    caption = f"<caption>{writer.inlines_html(table.caption)}</caption>" if table.caption else ""
    headings = f"<thead><tr>{head}</tr></thead>" if table.has_headings else ""
    return (
        f'<table class="data{breadth}" width="100%" cellpadding="0" cellspacing="0" border="0">{caption}'
        f"{headings}<tbody>{rows}</tbody></table>"
    )


def _breadth(letters: int, parted: int) -> str:
    """Returns the classes of a table whose longest words do not fit side by side: on a phone (broad), in a narrow column (tight),
    or in the full width of the mail even with soft hyphens (crowded)."""
    named = (("broad", letters > _PHONE), ("tight", letters > _COLUMN), ("crowded", parted > _CARD))
    return "".join(f" {name}" for name, applies in named if applies)


def _letters_across(table: Table, *, parted: bool = False) -> int:
    """Returns the minimum width of a table in letters, including the gaps between its columns."""
    rows = (table.head, *table.rows)
    longest = [max(_longest(plain(row[column]), parted) for row in rows) for column in range(len(table.head))]
    return sum(longest) + 2 * len(longest)


def _longest(text: str, parted: bool) -> int:
    """Returns the letters of the longest word, or of its longest piece. Lines may break between Han characters, but at least
    three of them should be on a line."""
    pieces = soft_hyphens.softened(text).replace(soft_hyphens.SOFT, " ") if parted else text
    parts = languages.parts_of(pieces, "")
    return max((min(2 * len(word), 6) if language else len(word) for part, language in parts for word in part.split()), default=1)


@block_text.register(Table)
def _text(table: Table, writer: TextWriter, width: int) -> str:
    """Writes a table row by row, each cell after the heading of its column, because aligned columns break on phones."""
    heads = [plain(head) for head in table.head]
    colon = writer.fixed_texts["colon"]
    rows = [
        "\n".join(
            hanging(writer.inlines(cell), f"{head}{colon}" if head else "", width)
            for head, cell in zip(heads, row, strict=True)
            if cell
        )
        for row in table.rows
    ]
    caption = [wrapped(writer.inlines(table.caption), width=width)] if table.caption else []
    return "\n\n".join([*caption, *(row for row in rows if row)])


@block_page.register(Table)
def _page(table: Table, page: PageWriter) -> Markup:
    sides = [f"to-{align}" if align in ("right", "center") else "" for align in table.aligns or ("",) * len(table.head)]
    classes = [Markup(' class="{}"').format(side) if side else Markup("") for side in sides]

    def row(shape: Markup, cells: tuple[Inlines, ...]) -> Markup:
        written = (shape.format(name, page.writer.inlines(cell)) for name, cell in zip(classes, cells, strict=True))
        return Markup("<tr>{}</tr>").format(Markup("").join(written))

    caption = Markup("<caption>{}</caption>").format(page.writer.inlines(table.caption)) if table.caption else Markup("")
    head = Markup("")
    if table.has_headings:
        head = Markup("<thead>{}</thead>").format(row(Markup('<th scope="col"{}>{}</th>'), table.head))
    rows = Markup("").join(row(Markup("<td{}>{}</td>"), cells) for cells in table.rows)
    whole = Markup("<table>{}{}<tbody>{}</tbody></table>").format(caption, head, rows)
    if len(table.head) <= _FEW_COLUMNS and _letters_across(table) <= _PHONE:
        return whole
    # A table wider than a phone scrolls separately; tabindex lets keyboard users scroll it.
    label = plain(table.caption) or ", ".join(map(plain, next(filter(any, (table.head, *table.rows)), ())))
    return Markup('<section class="scroll" tabindex="0" aria-label="{}">{}</section>').format(legible(label), whole)


@reader_lines.register(Table)
def _lines(table: Table, writer: LineWriter) -> list[ReaderLine]:
    caption = [ReaderLine(CAPTION, writer.text(table.caption))] if table.caption else []
    rows = [ReaderLine(ROW, " · ".join(filter(None, map(writer.text, row)))) for row in (table.head, *table.rows)]
    return caption + rows


@block_wechat.register(Table)
def _wechat(table: Table, writer: WechatWriter) -> str:
    line, start = writer.colours.line, writer.start_side()
    sides = [align or start for align in table.aligns or ("",) * len(table.head)]
    frame = f"border:1px solid {line};padding:6px 8px;text-align:"

    def row(tag: str, cells: tuple[Inlines, ...]) -> str:
        written = (
            f'<{tag} style="{frame}{side}">{writer.inlines(cell)}</{tag}>' for side, cell in zip(sides, cells, strict=True)
        )
        return f"<tr>{''.join(written)}</tr>"

    head = f"<thead>{row('th', table.head)}</thead>" if table.has_headings else ""
    rows = "".join(row("td", cells) for cells in table.rows)
    caption = writer.small(writer.inlines(table.caption), "margin:24px 0 8px") if table.caption else ""
    style = "width:100%;border-collapse:collapse;font-size:14px;line-height:1.5"
    return (
        f'{caption}<section style="margin:0 0 16px;overflow-x:auto"><table style="{style}">{head}<tbody>{rows}</tbody></table>'
        "</section>"
    )
