"""Markdown to a Word file: headings, paragraphs, bold, tables. Nothing else is needed here, so nothing else is done."""

from __future__ import annotations

import zipfile
from collections.abc import Iterator
from pathlib import Path
from xml.sax.saxutils import escape

from markdown_it import MarkdownIt
from markdown_it.token import Token

W = "http://schemas.openxmlformats.org/wordprocessingml/2006/main"
PACKAGE = "http://schemas.openxmlformats.org/package/2006"
OFFICE = "http://schemas.openxmlformats.org/officeDocument/2006/relationships"
XML = '<?xml version="1.0" encoding="UTF-8" standalone="yes"?>\n'
MEDIA = "application/vnd.openxmlformats-officedocument.wordprocessingml"

CONTENT_TYPES = f"""{XML}<Types xmlns="{PACKAGE}/content-types">
<Default Extension="rels" ContentType="application/vnd.openxmlformats-package.relationships+xml"/>
<Default Extension="xml" ContentType="application/xml"/>
<Override PartName="/word/document.xml" ContentType="{MEDIA}.document.main+xml"/>
<Override PartName="/word/styles.xml" ContentType="{MEDIA}.styles+xml"/>
<Override PartName="/docProps/core.xml" ContentType="application/vnd.openxmlformats-package.core-properties+xml"/>
</Types>"""
RELATIONS = f"""{XML}<Relationships xmlns="{PACKAGE}/relationships">
<Relationship Id="rId1" Type="{OFFICE}/officeDocument" Target="word/document.xml"/>
<Relationship Id="rId2" Type="{PACKAGE}/relationships/metadata/core-properties" Target="docProps/core.xml"/>
</Relationships>"""
DOCUMENT_RELATIONS = f"""{XML}<Relationships xmlns="{PACKAGE}/relationships">
<Relationship Id="rId1" Type="{OFFICE}/styles" Target="styles.xml"/>
</Relationships>"""
STYLES = f"""{XML}<w:styles xmlns:w="{W}">
<w:style w:type="paragraph" w:default="1" w:styleId="Normal"><w:name w:val="Normal"/>
<w:pPr><w:spacing w:after="140" w:line="276" w:lineRule="auto"/></w:pPr><w:rPr><w:sz w:val="22"/></w:rPr></w:style>
<w:style w:type="paragraph" w:styleId="Heading1"><w:name w:val="heading 1"/><w:basedOn w:val="Normal"/>
<w:pPr><w:keepNext/><w:outlineLvl w:val="0"/></w:pPr><w:rPr><w:b/><w:sz w:val="36"/></w:rPr></w:style>
<w:style w:type="paragraph" w:styleId="Heading2"><w:name w:val="heading 2"/><w:basedOn w:val="Normal"/>
<w:pPr><w:keepNext/><w:outlineLvl w:val="1"/></w:pPr><w:rPr><w:b/><w:sz w:val="26"/></w:rPr></w:style>
</w:styles>"""


def runs(inline: Token) -> Iterator[str]:
    bold = False
    for child in inline.children or []:
        if child.type in {"strong_open", "strong_close"}:
            bold = child.type == "strong_open"
        elif child.content:
            style = "<w:rPr><w:b/></w:rPr>" if bold else ""
            yield f'<w:r>{style}<w:t xml:space="preserve">{escape(child.content)}</w:t></w:r>'


def body(tokens: list[Token]) -> Iterator[str]:
    """The paragraphs and tables of the document, in order."""
    style, header = "", False
    for token in tokens:
        match token.type:
            case "heading_open":
                style = f'<w:pPr><w:pStyle w:val="Heading{token.tag[1:]}"/></w:pPr>'
            case "heading_close":
                style = ""
            case "table_open":
                edges = "".join(
                    f'<w:{edge} w:val="single" w:sz="4" w:space="0" w:color="999999"/>'
                    for edge in ("top", "left", "bottom", "right", "insideH", "insideV")
                )
                yield f'<w:tbl><w:tblPr><w:tblW w:w="5000" w:type="pct"/><w:tblBorders>{edges}</w:tblBorders></w:tblPr>'
            case "table_close":
                yield "</w:tbl><w:p/>"
            case "thead_open" | "thead_close":
                header = token.type == "thead_open"
            case "tr_open":
                yield "<w:tr>" + ("<w:trPr><w:tblHeader/></w:trPr>" if header else "")
            case "tr_close":
                yield "</w:tr>"
            case "th_open" | "td_open":
                yield "<w:tc>"
            case "th_close" | "td_close":
                yield "</w:tc>"
            case "inline":
                yield f"<w:p>{style}{''.join(runs(token))}</w:p>"


def write(path: Path, markdown: str, title: str) -> None:
    tokens = MarkdownIt().enable("table").parse(markdown)
    section = '<w:sectPr><w:pgSz w:w="11906" w:h="16838"/><w:pgMar w:top="1300" w:right="1300" w:bottom="1300" w:left="1300"/></w:sectPr>'
    core = (
        f'{XML}<cp:coreProperties xmlns:cp="{PACKAGE}/metadata/core-properties" '
        f'xmlns:dc="http://purl.org/dc/elements/1.1/"><dc:title>{escape(title)}</dc:title></cp:coreProperties>'
    )
    parts = {
        "[Content_Types].xml": CONTENT_TYPES,
        "_rels/.rels": RELATIONS,
        "docProps/core.xml": core,
        "word/_rels/document.xml.rels": DOCUMENT_RELATIONS,
        "word/styles.xml": STYLES,
        "word/document.xml": f'{XML}<w:document xmlns:w="{W}"><w:body>{"".join(body(tokens))}{section}</w:body></w:document>',
    }
    with zipfile.ZipFile(path, "w", zipfile.ZIP_DEFLATED) as archive:
        for name, text in parts.items():
            archive.writestr(zipfile.ZipInfo(name, (2026, 1, 1, 0, 0, 0)), text.encode(), zipfile.ZIP_DEFLATED)
