"""A small Word document writer for tests: paragraphs, headings, lists, tables, pictures, boxes, footnotes, tracked changes.

It writes the same XML as Word, so that a test can put any fault anywhere into a document.
"""

import io
import zipfile
from dataclasses import dataclass, field
from html import escape

from composer.issue.document import Emphasis, Inlines, LineBreak, Link, Strong, Text, plain

SPACES = (
    'xmlns:w="http://schemas.openxmlformats.org/wordprocessingml/2006/main" '
    'xmlns:r="http://schemas.openxmlformats.org/officeDocument/2006/relationships" '
    'xmlns:wp="http://schemas.openxmlformats.org/drawingml/2006/wordprocessingDrawing" '
    'xmlns:a="http://schemas.openxmlformats.org/drawingml/2006/main" '
    'xmlns:pic="http://schemas.openxmlformats.org/drawingml/2006/picture" '
    'xmlns:mc="http://schemas.openxmlformats.org/markup-compatibility/2006" '
    'xmlns:wps="http://schemas.microsoft.com/office/word/2010/wordprocessingShape" '
    'xmlns:v="urn:schemas-microsoft-com:vml"'
)
HEAD = '<?xml version="1.0" encoding="UTF-8" standalone="yes"?>\n'
RELS = "http://schemas.openxmlformats.org/officeDocument/2006/relationships"
STYLE_IDS = {"title": "Title", "subtitle": "Subtitle", "heading 1": "Heading1", "heading 2": "Heading2", "heading 3": "Heading3",
             "caption": "Caption", "quote": "Quote", "list paragraph": "ListParagraph"}  # fmt: skip
SIZES = {"title": 44, "subtitle": 24, "heading 1": 32, "heading 2": 26, "heading 3": 24, "caption": 18}
POINT = 12_700  # in the unit of drawings


@dataclass
class WordFile:
    """`localised`: style ids and names as a German program writes them; `styled`: False leaves out all styles."""

    body: list[str] = field(default_factory=list)
    styled: bool = True
    localised: bool = False
    media: dict[str, bytes] = field(default_factory=dict)
    relations: list[tuple[str, str, str, bool]] = field(default_factory=list)  # id, type, target, external
    footnotes: list[str] = field(default_factory=list)
    comments: list[tuple[str, str]] = field(default_factory=list)
    head: str = ""
    foot: str = ""
    columns: int = 1
    pictures: int = 0

    # -- paragraphs ------------------------------------------------------------------------------------------------

    def paragraph(self, content: Inlines | str, style: str = "", *, bold: bool = False, size: int = 0, extra: str = "") -> None:
        inlines: Inlines = (Text(content),) if isinstance(content, str) else content
        self.raw(self.runs(inlines, bold=bold, size=size), style, extra)

    def raw(self, runs: str, style: str = "", extra: str = "") -> None:
        self.body.append(f"<w:p>{self.properties(style, extra)}{runs}</w:p>")

    def properties(self, style: str, extra: str = "") -> str:
        name = f'<w:pStyle w:val="{self.style_id(style)}"/>' if style and self.styled else ""
        return f"<w:pPr>{name}{extra}</w:pPr>" if name or extra else ""

    def style_id(self, style: str) -> str:
        known = STYLE_IDS[style]
        return (
            {"Heading": "berschrift", "Title": "Titel", "Subtitle": "Untertitel", "Caption": "Beschriftung"}.get(
                known.rstrip("123"), known
            )
            + (known[-1] if known[-1].isdigit() else "")
            if self.localised
            else known
        )

    def runs(self, content: Inlines, *, bold: bool = False, italic: bool = False, size: int = 0) -> str:
        made = ""
        for node in content:
            match node:
                case Text(text):
                    made += self.run(text, bold=bold, italic=italic, size=size)
                case Strong(children):
                    made += self.runs(children, bold=True, italic=italic, size=size)
                case Emphasis(children):
                    made += self.runs(children, bold=bold, italic=True, size=size)
                case Link(href, children):
                    target = self.relate("hyperlink", href, external=True)
                    made += f'<w:hyperlink r:id="{target}">{self.runs(children, bold=bold, italic=italic)}</w:hyperlink>'
                case LineBreak():
                    made += "<w:r><w:br/></w:r>"
                case other:
                    made += self.run(plain((other,)), bold=bold, italic=italic, size=size)
        return made

    def run(self, text: str, *, bold: bool = False, italic: bool = False, size: int = 0, tag: str = "t") -> str:
        properties = ("<w:b/>" if bold else "") + ("<w:i/>" if italic else "") + (f'<w:sz w:val="{size}"/>' if size else "")
        inside = f"<w:rPr>{properties}</w:rPr>" if properties else ""
        return f'<w:r>{inside}<w:{tag} xml:space="preserve">{escape(text, quote=False)}</w:{tag}></w:r>'

    def item(self, content: Inlines, *, ordered: bool = False, depth: int = 0, number: int | None = None) -> None:
        which = number or (2 if ordered else 1)
        numbering = f'<w:numPr><w:ilvl w:val="{depth}"/><w:numId w:val="{which}"/></w:numPr>'
        self.paragraph(content, "list paragraph", extra=numbering)

    def new_numbering(self) -> int:
        """Begins a list with its own numbers."""
        self.numberings += 1
        return self.numberings

    numberings: int = 2
    own_shapes: list[tuple[tuple[str, str], ...]] = field(default_factory=list)

    def numbering_with(self, *levels: tuple[str, str]) -> int:
        """Begins a list whose depths have these (format, text around %1)."""
        self.own_shapes.append(levels)
        return 100 + len(self.own_shapes)

    def numbered(self, text: str, number: int, style: str = "", *, depth: int = 0) -> None:
        """Adds a paragraph that Word numbers."""
        self.paragraph(text, style, extra=f'<w:numPr><w:ilvl w:val="{depth}"/><w:numId w:val="{number}"/></w:numPr>')

    # -- pictures, boxes, notes ------------------------------------------------------------------------------------

    def picture(self, data: bytes, alt: str = "", ending: str = "jpg", *, style: str = "") -> None:
        self.raw(f"<w:r>{self.drawing(data, alt, ending)}</w:r>", style)

    def drawing(self, data: bytes, alt: str, ending: str) -> str:
        self.pictures += 1
        name = f"image{self.pictures}.{ending}"
        self.media[name] = data
        target = self.relate("image", f"media/{name}")
        return (
            f'<w:drawing><wp:inline><wp:extent cx="{220 * POINT}" cy="{117 * POINT}"/>'
            f'<wp:docPr id="{self.pictures}" name="Picture {self.pictures}" descr="{escape(alt)}"/>'
            '<a:graphic><a:graphicData uri="http://schemas.openxmlformats.org/drawingml/2006/picture"><pic:pic><pic:nvPicPr>'
            f'<pic:cNvPr id="{self.pictures}" name="{name}"/><pic:cNvPicPr/></pic:nvPicPr><pic:blipFill>'
            f'<a:blip r:embed="{target}"/><a:stretch><a:fillRect/></a:stretch></pic:blipFill><pic:spPr><a:xfrm><a:off x="0" y="0"/>'
            f'<a:ext cx="{220 * POINT}" cy="{117 * POINT}"/></a:xfrm><a:prstGeom prst="rect"><a:avLst/></a:prstGeom></pic:spPr>'
            "</pic:pic></a:graphicData></a:graphic></wp:inline></w:drawing>"
        )

    def box(self, text: str) -> str:
        """Adds a run with a text box in the new format and in the one for older programs, as Word writes both."""
        inside = f"<w:txbxContent><w:p>{self.run(text)}</w:p></w:txbxContent>"
        return (
            '<w:r><mc:AlternateContent><mc:Choice Requires="wps"><w:drawing><wp:anchor behindDoc="0" distT="0" distB="0" distL="0" '
            'distR="0" simplePos="0" locked="0" layoutInCell="1" allowOverlap="1" relativeHeight="2"><wp:simplePos x="0" y="0"/>'
            '<wp:positionH relativeFrom="column"><wp:posOffset>0</wp:posOffset></wp:positionH><wp:positionV relativeFrom="paragraph">'
            f'<wp:posOffset>0</wp:posOffset></wp:positionV><wp:extent cx="{220 * POINT}" cy="{60 * POINT}"/><wp:wrapTopAndBottom/>'
            '<wp:docPr id="900" name="Box"/><a:graphic><a:graphicData '
            'uri="http://schemas.microsoft.com/office/word/2010/wordprocessingShape"><wps:wsp><wps:cNvSpPr txBox="1"/><wps:spPr>'
            f'<a:xfrm><a:off x="0" y="0"/><a:ext cx="{220 * POINT}" cy="{60 * POINT}"/></a:xfrm><a:prstGeom prst="rect"><a:avLst/>'
            f"</a:prstGeom></wps:spPr><wps:txbx>{inside}</wps:txbx><wps:bodyPr/></wps:wsp></a:graphicData></a:graphic></wp:anchor>"
            f"</w:drawing></mc:Choice><mc:Fallback><w:pict><v:shape><v:textbox>{inside}</v:textbox></v:shape></w:pict></mc:Fallback>"
            "</mc:AlternateContent></w:r>"
        )

    def footnote(self, text: str) -> str:
        """Adds a run that refers to a footnote."""
        self.footnotes.append(text)
        return f'<w:r><w:footnoteReference w:id="{len(self.footnotes) + 1}"/></w:r>'

    def inserted(self, text: str, author: str = "Li Na") -> str:
        return f'<w:ins w:id="1" w:author="{author}" w:date="2023-03-20T10:00:00Z">{self.run(text)}</w:ins>'

    def deleted(self, text: str, author: str = "Li Na") -> str:
        return f'<w:del w:id="2" w:author="{author}" w:date="2023-03-20T10:00:00Z">{self.run(text, tag="delText")}</w:del>'

    def table(self, rows: list[list[tuple[str, int, str]]]) -> None:
        """Adds a table with rows of (text, number of columns, `restart`, `continue` or nothing for merged rows)."""
        width = sum(across for _, across, _ in rows[0])
        grid = "".join('<w:gridCol w:w="1800"/>' for _ in range(width))
        made = ""
        for row in rows:
            made += "<w:tr>"
            for text, across, down in row:
                span = f'<w:gridSpan w:val="{across}"/>' if across > 1 else ""
                merge = f'<w:vMerge w:val="{down}"/>' if down else ""
                made += f'<w:tc><w:tcPr><w:tcW w:w="{1800 * across}" w:type="dxa"/>{span}{merge}</w:tcPr>'
                made += f"<w:p>{self.run(text) if text else ''}</w:p></w:tc>"
            made += "</w:tr>"
        self.body.append(f'<w:tbl><w:tblPr><w:tblW w:w="0" w:type="auto"/></w:tblPr><w:tblGrid>{grid}</w:tblGrid>{made}</w:tbl>')

    def begin_columns(self, columns: int) -> None:
        """Sets the following text in this many columns; the text before becomes a separate section of the document."""
        self.body.append(f"<w:p><w:pPr>{self.section(self.columns)}</w:pPr></w:p>")
        self.columns = columns

    def section(self, columns: int) -> str:
        heads = "".join(
            f'<w:{kind}Reference w:type="default" r:id="{kind}1"/>' for kind in ("header", "footer") if getattr(self, kind[:4])
        )
        return (
            f'<w:sectPr>{heads}<w:type w:val="continuous"/><w:pgSz w:w="11906" w:h="16838"/>'
            f'<w:pgMar w:top="1300" w:right="1100" w:bottom="1300" w:left="1100" w:header="600" w:footer="600"/>'
            f'<w:cols w:num="{columns}" w:space="500"/></w:sectPr>'
        )

    # -- the archive -----------------------------------------------------------------------------------------------

    def relate(self, kind: str, target: str, *, external: bool = False) -> str:
        name = f"rId{len(self.relations) + 1}"
        self.relations.append((name, kind, target, external))
        return name

    def members(self) -> dict[str, bytes]:
        body = "".join(self.body) + self.section(self.columns)
        files = {"word/document.xml": f"{HEAD}<w:document {SPACES}><w:body>{body}</w:body></w:document>"}
        files["word/styles.xml"] = self.styles()
        files["word/numbering.xml"] = self.numbering()
        relations = [*self.relations, ("st", "styles", "styles.xml", False), ("nu", "numbering", "numbering.xml", False)]
        if self.footnotes:
            files["word/footnotes.xml"] = self.notes()
            relations.append(("fn", "footnotes", "footnotes.xml", False))
        if self.comments:
            files["word/comments.xml"] = self.remarks()
            relations.append(("co", "comments", "comments.xml", False))
        if self.head:
            files["word/header1.xml"] = f"{HEAD}<w:hdr {SPACES}><w:p>{self.run(self.head)}</w:p></w:hdr>"
            relations.append(("header1", "header", "header1.xml", False))
        if self.foot:
            page = '<w:fldSimple w:instr=" PAGE "><w:r><w:t>1</w:t></w:r></w:fldSimple>'
            files["word/footer1.xml"] = f"{HEAD}<w:ftr {SPACES}><w:p>{self.run(self.foot + ' ')}{page}</w:p></w:ftr>"
            relations.append(("footer1", "footer", "footer1.xml", False))
        files["word/_rels/document.xml.rels"] = rels(relations)
        files["_rels/.rels"] = rels([("r1", "officeDocument", "word/document.xml", False)])
        files["[Content_Types].xml"] = self.types(files)
        return {name: text.encode() for name, text in files.items()} | {
            f"word/media/{name}": data for name, data in self.media.items()
        }

    def save(self) -> bytes:
        out = io.BytesIO()
        with zipfile.ZipFile(out, "w", zipfile.ZIP_DEFLATED) as archive:
            for name, data in self.members().items():
                archive.writestr(zipfile.ZipInfo(name, (2023, 3, 31, 12, 0, 0)), data, zipfile.ZIP_DEFLATED)
        return out.getvalue()

    def styles(self) -> str:
        made = '<w:style w:type="paragraph" w:default="1" w:styleId="Normal"><w:name w:val="Normal"/><w:pPr><w:spacing w:after="110"/></w:pPr></w:style>'
        for name in STYLE_IDS if self.styled else ():
            bold = "<w:b/>" if name.startswith(("heading", "title")) else ""
            italic = "<w:i/>" if name == "quote" else ""
            size = f'<w:sz w:val="{SIZES[name]}"/>' if name in SIZES else ""
            outline = f'<w:outlineLvl w:val="{int(name[-1]) - 1}"/>' if name.startswith("heading") else ""
            shown = (
                {"heading": "Überschrift", "title": "Titel", "subtitle": "Untertitel", "caption": "Beschriftung"}.get(
                    name.split()[0], name
                )
                + (f" {name[-1]}" if name[-1].isdigit() else "")
                if self.localised
                else name
            )
            made += (
                f'<w:style w:type="paragraph" w:styleId="{self.style_id(name)}"><w:name w:val="{shown}"/><w:basedOn w:val="Normal"/>'
                f'<w:pPr><w:spacing w:before="120" w:after="80"/>{"" if self.localised else outline}</w:pPr>'
                f"<w:rPr>{bold}{italic}{size}</w:rPr></w:style>"
            )
        defaults = '<w:docDefaults><w:rPrDefault><w:rPr><w:rFonts w:ascii="Liberation Serif" w:hAnsi="Liberation Serif"/><w:sz w:val="20"/><w:lang w:val="en-US"/></w:rPr></w:rPrDefault></w:docDefaults>'
        return f"{HEAD}<w:styles {SPACES}>{defaults}{made}</w:styles>"

    def numbering(self) -> str:
        made = ""
        for number, shape in ((1, "bullet"), (2, "decimal")):
            levels = "".join(
                f'<w:lvl w:ilvl="{depth}"><w:start w:val="1"/><w:numFmt w:val="{shape}"/>'
                f'<w:lvlText w:val="{"•" if shape == "bullet" else f"%{depth + 1}."}"/>'
                f'<w:pPr><w:ind w:left="{360 * (depth + 1)}" w:hanging="360"/></w:pPr></w:lvl>'
                for depth in range(3)
            )
            made += f'<w:abstractNum w:abstractNumId="{number}">{levels}</w:abstractNum>'
        own = list(enumerate(self.own_shapes, 101))
        for number, depths in own:
            levels = "".join(
                f'<w:lvl w:ilvl="{depth}"><w:start w:val="1"/><w:numFmt w:val="{shape}"/><w:lvlText w:val="{text}"/></w:lvl>'
                for depth, (shape, text) in enumerate(depths)
            )
            made += f'<w:abstractNum w:abstractNumId="{number}">{levels}</w:abstractNum>'
        for number in range(1, self.numberings + 1):
            anew = '<w:lvlOverride w:ilvl="0"><w:startOverride w:val="1"/></w:lvlOverride>' if number > 2 else ""
            made += f'<w:num w:numId="{number}"><w:abstractNumId w:val="{min(number, 2)}"/>{anew}</w:num>'
        made += "".join(f'<w:num w:numId="{number}"><w:abstractNumId w:val="{number}"/></w:num>' for number, _ in own)
        return f"{HEAD}<w:numbering {SPACES}>{made}</w:numbering>"

    def notes(self) -> str:
        made = '<w:footnote w:type="separator" w:id="0"><w:p><w:r><w:separator/></w:r></w:p></w:footnote>'
        made += (
            '<w:footnote w:type="continuationSeparator" w:id="1"><w:p><w:r><w:continuationSeparator/></w:r></w:p></w:footnote>'
        )
        for number, text in enumerate(self.footnotes, start=2):
            made += f'<w:footnote w:id="{number}"><w:p><w:r><w:footnoteRef/></w:r>{self.run(" " + text)}</w:p></w:footnote>'
        return f"{HEAD}<w:footnotes {SPACES}>{made}</w:footnotes>"

    def remarks(self) -> str:
        made = "".join(
            f'<w:comment w:id="{number}" w:author="{escape(author)}" w:initials="x"><w:p>{self.run(text)}</w:p></w:comment>'
            for number, (author, text) in enumerate(self.comments)
        )
        return f"{HEAD}<w:comments {SPACES}>{made}</w:comments>"

    def types(self, files: dict[str, str]) -> str:
        word = "application/vnd.openxmlformats-officedocument.wordprocessingml"
        kinds = {"document": "document.main", "styles": "styles", "numbering": "numbering", "footnotes": "footnotes",
                 "comments": "comments", "header1": "header", "footer1": "footer"}  # fmt: skip
        made = '<Default Extension="rels" ContentType="application/vnd.openxmlformats-package.relationships+xml"/>'
        made += '<Default Extension="xml" ContentType="application/xml"/><Default Extension="jpg" ContentType="image/jpeg"/>'
        made += '<Default Extension="png" ContentType="image/png"/>'
        for name in files:
            stem = name.removeprefix("word/").removesuffix(".xml")
            if stem in kinds:
                made += f'<Override PartName="/{name}" ContentType="{word}.{kinds[stem]}+xml"/>'
        return f'{HEAD}<Types xmlns="http://schemas.openxmlformats.org/package/2006/content-types">{made}</Types>'


def rels(relations: list[tuple[str, str, str, bool]]) -> str:
    made = "".join(
        f'<Relationship Id="{name}" Type="{RELS}/{kind}" Target="{escape(target)}"{" TargetMode=" + chr(34) + "External" + chr(34) if external else ""}/>'
        for name, kind, target, external in relations
    )
    return f'{HEAD}<Relationships xmlns="http://schemas.openxmlformats.org/package/2006/relationships">{made}</Relationships>'
