"""Shows a question to readers: its answers are links in a mail, and only a list on the archive page."""

from markupsafe import Markup

from composer.issue.blocks.question import ReaderQuestion
from composer.rendering import escaping
from composer.rendering.archive_page import PageWriter, block_page
from composer.rendering.text_wrapping import hanging, wrapped
from composer.rendering.writers.html_fragments import FragmentWriter, block_html
from composer.rendering.writers.mail_search import SearchTarget, search_target
from composer.rendering.writers.text_writer import ITEM, PARAGRAPH, LineWriter, ReaderLine, TextWriter, block_text, reader_lines
from composer.rendering.writers.wechat_writer import WechatWriter, block_wechat

CLASSES = ("question", "answers", "answer")


@block_html.register(ReaderQuestion)
def _html(question: ReaderQuestion, writer: FragmentWriter) -> str:
    # Cells, because Outlook on Windows draws no padding of links.
    rows = "".join(
        f'<tr><td class="answer"><a href="{escaping.quoted(writer.tags.answer_href(question.name, number))}">'
        f"{writer.text_html(answer)}</a></td></tr>"
        for number, answer in enumerate(question.answers, start=1)
    )
    return (
        f'<p class="question"><strong>{writer.text_html(question.text)}</strong></p>'
        f'<table role="presentation" class="answers" width="100%" cellpadding="0" cellspacing="0" border="0">{rows}</table>'
    )


@block_text.register(ReaderQuestion)
def _text(question: ReaderQuestion, writer: TextWriter, width: int) -> str:
    answers = [
        hanging(writer.numbered(writer.tags.answer_href(question.name, number), answer), "- ", width)
        for number, answer in enumerate(question.answers, start=1)
    ]
    return "\n".join([wrapped(question.text, width=width), *answers])


@block_page.register(ReaderQuestion)
def _page(question: ReaderQuestion, page: PageWriter) -> Markup:
    answers = Markup("").join(Markup("<li>{}</li>").format(page.writer.text(answer)) for answer in question.answers)
    return Markup('<div class="question"><p><strong>{}</strong></p><ul>{}</ul></div>').format(
        page.writer.text(question.text), answers
    )


@search_target.register(ReaderQuestion)
def _target(question: ReaderQuestion) -> SearchTarget:
    return SearchTarget(texts=question.own_texts())


@reader_lines.register(ReaderQuestion)
def _lines(question: ReaderQuestion, writer: LineWriter) -> list[ReaderLine]:
    return [ReaderLine(PARAGRAPH, question.text), *(ReaderLine(ITEM, answer, "○") for answer in question.answers)]


@block_wechat.register(ReaderQuestion)
def _wechat(question: ReaderQuestion, writer: WechatWriter) -> str:
    answers = "".join(f'<li style="margin:0 0 8px"><section>{writer.text(answer)}</section></li>' for answer in question.answers)
    asked = writer.paragraph(f'<strong style="font-weight:bold">{writer.text(question.text)}</strong>')
    return f'{asked}<ul style="{writer.body_style()};padding-left:24px;list-style-type:circle">{answers}</ul>'
