"""Edit scripts of what is pasted: the HTML that Word, WPS, Google Docs, web pages and WeChat's editors put into the clipboard."""

from collections.abc import Iterator

from tests.support.edit_steps import at, paste, press, save, write
from tests.web.console.edit_scripts import ESCAPED, EVERYTHING, MARKUP, Script, changed, script

_WORD = """<html xmlns:v="urn:schemas-microsoft-com:vml" xmlns:o="urn:schemas-microsoft-com:office:office"
xmlns:w="urn:schemas-microsoft-com:office:word" xmlns="http://www.w3.org/TR/REC-html40"><head>
<meta http-equiv=Content-Type content="text/html; charset=utf-8"><meta name=Generator content="Microsoft Word 15">
<link rel=File-List href="file:///C:/Users/mei/AppData/Local/Temp/msohtmlclip1/01/clip_filelist.xml">
<!--[if gte mso 9]><xml><w:WordDocument><w:View>Normal</w:View></w:WordDocument></xml><![endif]-->
<style><!-- p.MsoNormal {margin:0cm; font-size:10.5pt; font-family:"DengXian",serif;} @list l0 {mso-list-id:1;} --></style>
</head><body lang=ZH-CN style='tab-interval:21.0pt;word-wrap:break-word'><!--StartFragment-->%s<!--EndFragment--></body></html>"""
_ITEM = """<p class=MsoListParagraph%s style='margin-left:21.0pt;text-indent:-21.0pt;mso-list:l0 level%d lfo1'><![if !supportLists]><span
lang=EN-US style='font-family:Wingdings;mso-fareast-font-family:Wingdings'><span style='mso-list:Ignore'>%s<span
style='font:7.0pt "Times New Roman"'>&nbsp;&nbsp; </span></span></span><![endif]><span lang=EN-US>%s<o:p></o:p></span></p>"""


def word(html: str) -> str:
    return _WORD % html


def item(text: str, sign: str = "·", level: int = 1, css_class: str = "CxSpMiddle") -> str:
    return _ITEM % (css_class, level, sign, text)


NORMAL = "<p class=MsoNormal style='text-indent:21.0pt'><span lang=EN-US>%s<o:p></o:p></span></p>"
_CELL = "<td width=277 valign=top style='width:207.4pt;border:solid windowtext 1.0pt'>" + NORMAL + "</td>"
WORD = {
    "paragraphs": (NORMAL % "One." + NORMAL % "Two.", "One.\n\nTwo."),
    "empty paragraphs": (NORMAL % "One." + NORMAL % "&nbsp;" + "<p class=MsoNormal><o:p>&nbsp;</o:p></p>" + NORMAL % "Two.", "One.\n\nTwo."),
    "bold and italic": (NORMAL % "One <b style='mso-bidi-font-weight:normal'>two</b> <i>three</i><u> four</u>.", "One **two** *three* four."),
    "bold in a style": (NORMAL % "One <span style='font-weight:bold;color:#C00000'>two</span>.", "One **two**."),
    "a list": (item("One", css_class="CxSpFirst") + item("Two") + item("Three", css_class="CxSpLast"), "- One\n- Two\n- Three"),
    "a nested list": (item("One") + item("Two", "o", 2) + item("Three", "o", 2) + item("Four"), "- One\n\n  * Two\n  * Three\n- Four"),
    "a numbered list": (item("One", "1.") + item("Two", "2."), "1. One\n2. Two"),
    "a list from three": (item("One", "3)") + item("Two", "4)"), "3. One\n4. Two"),
    "a Chinese list": (item("一", "1、") + item("二", "2、"), "1. 一\n2. 二"),
    "a list between paragraphs": (NORMAL % "Before." + item("One") + NORMAL % "After.", "Before.\n\n- One\n\nAfter."),
    "headings": ("<h1><span lang=EN-US>One</span></h1><h2 style='mso-list:none'>Two <b>b</b></h2>" + NORMAL % "Text.", "### One\n\n### Two b\n\nText."),
    "a heading with a line break": ("<h2>One<br>two</h2>", "### One two"),
    "a table": (
        "<table class=MsoTableGrid border=1 style='border-collapse:collapse'><tr style='mso-yfti-irow:0'>" + _CELL % "<b>A</b>" + _CELL % "B"
        + "</tr><tr>" + _CELL % "1" + _CELL % "2" + "</tr></table>", "| **A** | B |\n|---|---|\n| 1 | 2 |",
    ),
    "merged cells": (
        "<table><tr><td colspan=2><p>A</p></td><td rowspan=2><p>B</p></td></tr><tr><td><p>1</p></td><td><p>2</p></td></tr></table>",
        "| A |  | B |\n|---|---|---|\n| 1 | 2 |  |",
    ),
    "a footnote": (
        NORMAL % "One<a style='mso-footnote-id:ftn1' href=\"#_ftn1\" name=\"_ftnref1\"><span class=MsoFootnoteReference>[1]</span></a>."
        + "<div style='mso-element:footnote-list'><br clear=all><hr align=left size=1 width=\"33%\"><div style='mso-element:footnote' id=ftn1>"
        + "<p class=MsoFootnoteText><a href=\"#_ftnref1\" name=\"_ftn1\">[1]</a> A book.</p></div></div>",
        "One\\[1\\].\n\n\\[1\\] A book.",
    ),
    "a picture": (NORMAL % "One <img width=553 height=311 src=\"file:///C:/Temp/msohtmlclip1/01/clip_image002.jpg\" v:shapes=\"_x0000_i1025\">two.", "One two."),
    "tracked changes": (
        NORMAL % "One <del cite=\"mailto:Mei\" datetime=\"2027-01-01T09:00\">old</del><ins cite=\"mailto:Mei\" datetime=\"2027-01-01T09:00\">new</ins> two.",
        "One new two.",
    ),
    "a comment": (
        NORMAL % "One <a style='mso-comment-reference:M_1'>two</a><span class=MsoCommentReference><a class=msocomanchor href=\"#_msocom_1\">[M1]</a></span>."
        + "<div style='mso-element:comment-list'><p class=MsoCommentText>Is that so?</p></div>", "One two.",
    ),
    "a link": (NORMAL % "One <a href=\"https://example.org/a?b=1&amp;c=2\"><span style='color:windowtext'>two</span></a>.", "One [two](<https://example.org/a?b=1\\&c=2>)."),
    "Chinese text": (NORMAL % "<span style='font-family:宋体'>“光源”，</span><b>很亮</b>。", "“光源”，**很亮**。"),
}  # fmt: skip
WPS = {
    "bold in a style": (
        '<html><head><meta charset="utf-8"><style>@font-face{font-family:"宋体";}</style></head><body><!--StartFragment-->'
        '<p class="MsoNormal" style="text-indent:21pt;"><span style="font-family:宋体;font-weight:bold;font-size:10.5pt">光源</span>'
        '<span style="font-size:10.5pt">很亮。</span><span><o:p></o:p></span></p><!--EndFragment--></body></html>', "**光源**很亮。",
    ),
    "a list": ('<p class="MsoNormal" style="mso-list:l0 level1 lfo1"><span style="mso-list:Ignore">● </span>一</p>'
               '<p class="MsoNormal" style="mso-list:l0 level1 lfo1"><span style="mso-list:Ignore">● </span>二</p>', "- 一\n- 二"),
}  # fmt: skip
_GOOGLE = '<meta charset="utf-8"><b style="font-weight:normal;" id="docs-internal-guid-1a2b">%s</b><br class="Apple-interchange-newline">'
GOOGLE = {
    "text": (_GOOGLE % ('<p dir="ltr" style="line-height:1.38"><span style="font-size:11pt;font-weight:400">One </span>'
                        '<span style="font-weight:700">two</span><span style="font-style:italic"> three</span></p><br /><p dir="ltr"><span>Four</span></p>'),
             "One **two** *three*\n\nFour"),
    "a list": (_GOOGLE % ('<ul style="margin-top:0"><li dir="ltr" style="list-style-type:disc" aria-level="1"><p role="presentation"><span>One</span></p></li>'
                          '<ul><li aria-level="2"><p role="presentation"><span>Two</span></p></li></ul></ul>'), "- One\n\n  * Two"),
    "a table": (_GOOGLE % ('<div align="left"><table style="border:none"><colgroup><col width="301" /></colgroup><tbody><tr><td><p><span>A</span></p></td>'
                           '<td><p>B</p></td></tr><tr><td><p>1</p><p>2</p></td><td></td></tr></tbody></table></div>'), "| A | B |\n|---|---|\n| 1 2 |  |"),
}  # fmt: skip
WEB = {
    "an article": (
        '<style>.a{color:red}</style><script>console.log("markup-ran")</script><article class="a" onclick="console.log(\'markup-ran\')"><h1 class="t">Title</h1>'
        '<div class="lead"><p style="color:red">One <em>two</em>.</p></div><figure><img src="https://example.org/a.png" onerror="console.log(\'markup-ran\')">'
        "<figcaption>A caption</figcaption></figure><blockquote><p>Three</p></blockquote><hr><p>Four<br>five</p></article>",
        "### Title\n\nOne *two*.\n\nA caption\n\n> Three\n\nFour\\\nfive",
    ),
    "two line breaks": ("<p>One<br><br>Two<br></p>", "One\n\nTwo"),
    "links that may not be": (
        '<p><a href="javascript:console.log(\'markup-ran\')">One</a> <a href="data:text/html,x">two</a> <a href="#top">three</a> '
        '<a href="/relative">four</a> <a href="mailto:a@b.example">five</a></p>', "One two three four [five](mailto:a@b.example)",
    ),
    "a table with a title": (
        "<table><caption>Prices</caption><thead><tr><th>A</th><th>B</th></tr></thead><tbody><tr><td>1</td></tr></tbody></table>",
        "Table: Prices\n\n| A | B |\n|---|---|\n| 1 |  |",
    ),
    "nested tables": ("<table><tr><td>A</td></tr><tr><td><table><tr><td>1</td><td>2</td></tr><tr><td>3</td></tr></table></td></tr></table>",
                      "| A |\n|---|\n| 1 2 3 |"),
    "a table of enormous spans": (
        ("<table>" + "<tr>" + "<td colspan=50 rowspan=40>A</td>" * 40 + "</tr>" + ("<tr>" + "<td colspan=50 rowspan=40>1</td>" * 40 + "</tr>") * 39),
        "\n".join(["|" + " A |" * 40, "|" + "---|" * 40, *["|" + " 1 |" * 40] * 39]),
    ),
    "a table of too many cells": (
        "<table><caption>Sums</caption>" + "<tr><td>1</td><td>2</td><td>3</td></tr>" * 667 + "</table>", "Sums\n\n" + "\n\n".join(["1 2 3"] * 667),
    ),
    "divisions": ("<div>One</div><div><div>Two</div>Three</div>", "One\n\nTwo\n\nThree"),
    "a style in words": ("<p>He said: a style=b.</p>", "He said: a style=b."),
    "inputs": ("<p>One <button>x</button><input value=y> two</p>", "One two"),
}  # fmt: skip
WECHAT = {
    "sections": (
        '<section style="box-sizing:border-box;font-size:16px"><section style="text-align:center" data-role="paragraph"><section style="display:inline-block">'
        '<p style="margin:0"><span style="color:rgb(255,76,0)"><strong style="box-sizing:border-box">光源</strong></span></p></section></section>'
        '<section><section><p style="text-indent:2em"><span style="font-size:15px">很亮，<span leaf="">也很小</span>。</span></p><p><br></p></section></section></section>',
        "**光源**\n\n很亮，也很小。",
    ),
    "135editor": (
        '<section class="_135editor" data-tools="135编辑器" data-id="94783"><section style="margin:10px auto"><section style="width:100%;height:6px"></section>'
        '<section class="135brush" data-brushtype="text" style="font-weight:bold">标题</section><section><p>正文<img src="https://mmbiz.qpic.cn/a.png" data-ratio="0.5"></p>'
        "</section></section></section>", "标题\n\n正文",
    ),
    "spans": ('<p><span style="a"><span style="b"><span style="c">一</span></span><span>二</span></span></p>', "一二"),
}  # fmt: skip
TEXT = {
    "paragraphs": ("One.\n\nTwo.\nThree.", "One.\n\nTwo.\n\nThree."),
    "line ends of Windows": ("One.\r\n\r\nTwo.", "One.\n\nTwo."),
    "markup": (MARKUP, ESCAPED),
    "a list": ("- One\n- Two\n1. Three", "\\- One\n\n\\- Two\n\n1\\. Three"),
    "full width": ("ＡＢ１２，。：「」　！", "ＡＢ１２，。：「」　！"),
    "invisible": ("a\u200bb\u2060c\ufeffd\u0007e\u202ef", "a\u200bb\u2060cdef"),
    "emoji": ("👩‍🔬🇨🇳", "👩‍🔬🇨🇳"),
    "right to left": ("שלום (1)", "שלום (1)"),
    "HTML": ("<b onclick=x>a</b> &amp; <script>y</script>", "\\<b onclick=x\\>a\\</b\\> \\&amp; \\<script\\>y\\</script\\>"),
}  # fmt: skip


def pastes() -> Iterator[Script]:
    samples = {
        "Word": {name: (word(html), after) for name, (html, after) in WORD.items()},
        "WPS": WPS,
        "Google Docs": GOOGLE,
        "the web": WEB,
        "WeChat": WECHAT,
    }
    below = (at("Old."), press("Enter"))
    for source, kinds in samples.items():
        for name, (html, after) in kinds.items():
            yield script(f"paste {name} from {source}", "Old.", *below, paste(html), after=f"Old.\n\n{after}")
    for name, (text, after) in TEXT.items():
        yield script(f"paste {name} as text", "Old.", press("Control+a"), paste(text=text), after=after)
    table = WORD["a table"][0]
    yield script(
        "paste a table and undo", "Old.", *below, paste(word(table)), save, press("Control+z", "Control+z"), after="Old."
    )


def into_lines() -> Iterator[Script]:
    """Paragraphs, a list and a table become one line where there is only one."""
    html = word(NORMAL % "One <b>two</b>." + item("Three") + "<table><tr>" + _CELL % "Four" + "</tr></table>")
    for text, after in (
        ("HEADING", "One two. Three Four"),
        ("CAPTION", "One **two**. Three Four"),
        ("BODYCELL", "One **two**. Three Four"),
    ):
        yield script(
            f"paste several lines into {text}", EVERYTHING, at(text, "around"), paste(html), after=changed((text, after))
        )
    lines = paste(text="One\n\nTwo")
    yield script(
        "paste lines of text into a title",
        EVERYTHING,
        at("TITLE", "around"),
        lines,
        write("!"),
        after=changed(("TITLE", "One Two!")),
    )


def scripts() -> list[Script]:
    return [*pastes(), *into_lines()]
