"""A sentence in any place of a document is in the issue or in the report, or the report does not claim every word."""

import re
from pathlib import Path

from composer.importing.importer import Imported
from tests.composer.importing.test_pdf import ANNOTATION, LONG, one_page, packed, stream
from tests.composer.importing.test_report import CHART, COMPLETE, imported, paragraph
from tests.samples.mutated import zipped
from tests.samples.word_file import SPACES, WordFile

SENTENCE = "Seven wombats dig underneath Ballarat."
HEAD = "<h1>The Harbour Post</h1><h2>News</h2><h3>Robots learn to weld</h3><p>We weld, and we weld again, until the tide comes in.</p>"

PAGES = [
    "<p>{}</p>", "<noframes>{}</noframes>", "<title>{}</title>", '<svg data-x="a<b"><text>{}</text></svg>', "<svg><text>{}</text></svg>",
    "<svg><svg></svg><text>{}</text></svg>", "<svg><text>{}", "<svg><g/><text><![CDATA[{}]]></text></svg>", "<math><mtext>{}</mtext></math>",
    "<iframe>{}</iframe>", "<iframe srcdoc='<p>{}</p>'></iframe>", "<iframe src='words.html'></iframe>", "<embed src='words.pdf'>",
    "<object data='words.pdf'></object>", "<object><p>{}</p></object>", "<template><p>{}</p></template>", "<noscript><p>{}</p></noscript>",
    "<noembed>{}</noembed>", "<xmp>{}</xmp>", "<listing>{}</listing>", "<plaintext>{}", "<canvas>{}</canvas>", "<video>{}</video>",
    "<textarea>{}</textarea>", "<select><option>{}</select>", "<button>{}</button>", "<input value='{}'>", "<details><summary>{}</summary></details>",
    "<dialog>{}</dialog>", "<p hidden>{}</p>", "<p style='display:none'>{}</p>", "<nav>{}</nav>", "<ruby>a<rt>{}</rt></ruby>",
    "<table><caption>{}</caption><tr><td>1<td>2</table>", "<table>{}<tr><td>1</table>", "<dl><dt>{}<dd>x</dl>", "<o:p>{}</o:p>",
    "<custom-element>{}</custom-element>", "<![if !mso]>{}<![endif]>", "<figure><figcaption>{}</figcaption></figure>", "<marquee>{}</marquee>",
    "<script>1</script>{}", "<head><p>{}</p></head>", "<fieldset><legend>{}</legend></fieldset>", "<svg><style>a{{}}</style><desc>{}</desc></svg>",
]  # fmt: skip


def of_page(element: str) -> bytes:
    return f"<!DOCTYPE html><html><head><title>The Harbour Post</title></head><body>{HEAD}{element}</body></html>".encode()


DRAWING = "<w:r><w:drawing><wp:inline><a:graphic><a:graphicData>{}</a:graphicData></a:graphic></wp:inline></w:drawing></w:r>"
RUNS = {
    "text": "<w:r><w:t>{}</w:t></w:r>",
    "drawing": DRAWING.format("<a:p><a:r><a:t>{}</a:t></a:r></a:p>"),
    "word art": '<w:r><w:pict><v:shape><v:textpath string="{}"/></v:shape></w:pict></w:r>',
    "fallback": f'<w:r><mc:AlternateContent><mc:Choice Requires="wps"/><mc:Fallback><w:pict>{paragraph("{}")}</w:pict></mc:Fallback></mc:AlternateContent></w:r>',
    "hidden": "<w:r><w:rPr><w:vanish/></w:rPr><w:t>{}</w:t></w:r>",
    "tag": "<w:smartTag><w:r><w:t>{}</w:t></w:r></w:smartTag>",
    "control": "<w:sdt><w:sdtContent><w:r><w:t>{}</w:t></w:r></w:sdtContent></w:sdt>",
    "field": '<w:fldSimple w:instr=" AUTHOR "><w:r><w:t>{}</w:t></w:r></w:fldSimple>',
    "ruby": "<w:r><w:ruby><w:rt><w:r><w:t>{}</w:t></w:r></w:rt><w:rubyBase><w:r><w:t>a</w:t></w:r></w:rubyBase></w:ruby></w:r>",
}
HEADER = f"<w:hdr {SPACES}>{paragraph(SENTENCE)}</w:hdr>"
IN_CHART = f'<c:chartSpace xmlns:c="{CHART}"><c:pt><c:v>{SENTENCE}</c:v></c:pt></c:chartSpace>'
COMMENT = f'<w:comments {SPACES}><w:comment w:author="Li">{paragraph(SENTENCE)}</w:comment></w:comments>'
MEMBERS = {
    "word/header1.xml": HEADER, "word/header1.XML": HEADER, "word/styles-2.xml": HEADER, "word/settings/1.xml": HEADER,
    "word/numbering_head.xml": HEADER, "word/charts/chart1.xml": IN_CHART, "word/themes/chart.xml": IN_CHART, "customXml/item9.xml": HEADER,
    "word/comments.xml": COMMENT, "word/comments9.xml": COMMENT, "comments.xml": COMMENT,
    "word/header2.xml": f"<w:hdr {SPACES}><w:p>{DRAWING.format(f'<a:t>{SENTENCE}</a:t>')}</w:p></w:hdr>",
    "word/header3.xml": f"<w:hdr {SPACES}><w:p>{RUNS['fallback'].format(SENTENCE)}</w:p></w:hdr>",
}  # fmt: skip


def of_word(run: str = "", member: str = "", data: str = "", *, at_root: bool = False) -> bytes:
    file = WordFile()
    file.paragraph("The Harbour Post", "title")
    file.paragraph("News", "heading 1")
    file.paragraph("Robots learn to weld", "heading 2")
    file.raw(file.run("We weld, and we weld again.") + run)
    members = file.members() | ({member: data.encode()} if member else {})
    if at_root:
        return zipped({name.removeprefix("word/"): data.replace(b"word/", b"") for name, data in members.items()})
    return zipped(members)


def of_pdf(annotation: bytes = b"", drawn: bytes = b"", end: bytes = b"") -> bytes:
    font = b"<</Type/Font/Subtype/Type1/BaseFont/Helvetica>>"
    mapped = b"/CIDInit /ProcSet findresource begin begincmap 1 beginbfrange <C1> <DA> <0001> endbfrange endcmap"
    text = b"BT /F 12 Tf 50 700 Td (%b) Tj 0 -40 Td %b ET" % (LONG.encode(), end)
    data = one_page(packed(drawn + text), stream(b"", mapped)).replace(font, font[:-2] + b"/ToUnicode 6 0 R>>")
    return data.replace(b"/Contents", b"/Annots[%b]/Contents" % annotation)


SHAPES = b"10 10 m 20 30 40 30 50 10 c h f\n" * 200
PDFS = {
    "text": of_pdf(end=b"(%b) Tj" % SENTENCE.encode()),
    "control codes": of_pdf(end=b"<%b> Tj" % b"".join(b"%02X" % (0xC1 + at) for at in range(26))),
    "form field in UTF-16": of_pdf(ANNOTATION + b"Widget/FT/Tx/V<FEFF%b>>>" % SENTENCE.encode("utf-16-be").hex().encode()),
    "dynamic form": of_pdf().replace(b"/Type/Catalog", b"/Type/Catalog/AcroForm<</XFA(x)>>"),
    "shapes": of_pdf(drawn=SHAPES),
    **{kind: of_pdf(ANNOTATION + b"%b/Contents(%b)>>" % (kind.encode(), SENTENCE.encode()))
       for kind in ("FreeText", "Text", "Highlight", "Stamp", "Ink", "Square")},
    "stamp with its look alone": of_pdf(ANNOTATION + b"Stamp>>"),
}  # fmt: skip
PLACES = [
    *((element, "html", of_page(element.format(SENTENCE))) for element in PAGES),
    *((f"{label} of a page", "html", f"<html><meta charset={label}>{HEAD}<p>{SENTENCE}".encode()) for label in ("utf-16", "undefined")),
    *((f"{place} in a run", "docx", of_word(run.format(SENTENCE))) for place, run in RUNS.items()),
    *((member, "docx", of_word(member=member, data=data)) for member, data in MEMBERS.items()),
    *((f"{member}, document at the root", "docx", of_word(member=member, data=data, at_root=True)) for member, data in MEMBERS.items()),
    *((f"{place} of a PDF", "pdf", data) for place, data in PDFS.items()),
]  # fmt: skip


def keeps_its_promise(done: Imported) -> bool:
    found = " ".join(re.findall(r"\w+", SENTENCE)) in " ".join(re.findall(r"\w+", done.issue_md + done.report))
    return found or COMPLETE not in done.report


def test_a_sentence_anywhere_in_a_document_is_imported_or_reported(tmp_path: Path) -> None:
    lost = [place for place, ending, data in PLACES if not keeps_its_promise(imported(data, ending, tmp_path))]
    assert lost == []


def test_the_report_claims_every_word_if_nothing_is_hidden(tmp_path: Path) -> None:
    for ending, data in (
        ("html", of_page(f"<p>{SENTENCE}</p>")),
        ("docx", of_word(RUNS["text"].format(SENTENCE))),
        ("pdf", PDFS["text"]),
    ):
        assert COMPLETE in imported(data, ending, tmp_path).report
