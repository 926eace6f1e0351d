"""Shows dates with an event and a place."""

from markupsafe import Markup

from composer.issue.blocks.calendar import Calendar, CalendarEvent
from composer.issue.languages import direction_of
from composer.rendering import shared_values
from composer.rendering.archive_page import PageWriter, block_page
from composer.rendering.escaping import escaped
from composer.rendering.text_wrapping import hanging
from composer.rendering.writers.template_parts import PartsMaker, TemplatePart, block_parts
from composer.rendering.writers.text_writer import ROW, LineWriter, ReaderLine, TextWriter, block_text, reader_lines
from composer.rendering.writers.wechat_writer import WechatWriter, block_wechat

NAMES_IN_THEMES: dict[str, tuple[str, ...]] = {"calendar": ()}


@block_parts.register(Calendar)
def _parts(calendar: Calendar, maker: PartsMaker, language: str) -> list[TemplatePart]:
    events = [
        {
            "when": _days(event, maker),
            "title": maker.writer.inlines(event.title, language),
            "place": maker.writer.inlines(event.location, language),
        }
        for event in calendar.events
    ]
    return [{"kind": "calendar", "events": events}]


def _days(event: CalendarEvent, maker: PartsMaker) -> Markup:
    days = shared_values.days_text(event, maker.fixed_texts)
    return maker.fixed(days, "months") if direction_of(maker.writer.language) == "rtl" else shared_values.unbroken(days)


@block_text.register(Calendar)
def _text(calendar: Calendar, writer: TextWriter, width: int) -> str:
    return "\n\n".join(_event_text(event, writer, width) for event in calendar.events)


def _event_text(event: CalendarEvent, writer: TextWriter, width: int) -> str:
    location = writer.inlines(event.location)
    text = writer.inlines(event.title) + (f" · {location}" if location else "")
    return f"{shared_values.days_text(event, writer.fixed_texts)}\n{hanging(text, '  ', width)}"


@block_page.register(Calendar)
def _page(calendar: Calendar, page: PageWriter) -> Markup:
    entries = [
        Markup('<div><dt><time datetime="{}">{}</time></dt><dd>{}{}</dd></div>').format(
            event.start.isoformat(),
            shared_values.unbroken(shared_values.days_text(event, page.fixed_texts)),
            page.writer.inlines(event.title),
            (
                Markup(' <span class="place">{}</span>').format(page.writer.inlines(event.location))
                if event.location
                else Markup("")
            ),
        )
        for event in calendar.events
    ]  # fmt: skip
    return Markup('<dl class="calendar">{}</dl>').format(Markup("").join(entries))


@reader_lines.register(Calendar)
def _lines(calendar: Calendar, writer: LineWriter) -> list[ReaderLine]:
    lines: list[ReaderLine] = []
    for event in calendar.events:
        days = " – ".join(day.isoformat() for day in (event.start, event.end) if day is not None)
        lines.append(ReaderLine(ROW, " · ".join(filter(None, (days, writer.text(event.title), writer.text(event.location))))))
    return lines


@block_wechat.register(Calendar)
def _wechat(calendar: Calendar, writer: WechatWriter) -> str:
    rule = f"border-left:3px solid {writer.colours.line};padding-left:12px;text-align:{writer.start_side()}"
    written: list[str] = []
    for event in calendar.events:
        days = f'<span style="color:{writer.colours.accent}">{escaped(shared_values.days_text(event, writer.fixed_texts))}</span>'
        location = f" · {writer.inlines(event.location)}" if event.location else ""
        written.append(writer.paragraph(f"{days}<br>{writer.inlines(event.title)}{location}", rule))
    return "".join(written)
