"""Small real files made on the spot: PDF pages with text where it is wanted, Word packages, bombs."""

from __future__ import annotations

import io
import zipfile
import zlib
from dataclasses import dataclass, field

WORD = "http://schemas.openxmlformats.org/wordprocessingml/2006/main"
OFFICE = "http://schemas.openxmlformats.org/officeDocument/2006/relationships"
RELATIONS = "http://schemas.openxmlformats.org/package/2006/relationships"


@dataclass
class Page:
    """Lines at points (x, y) from the lower left, in Helvetica; ``turn`` is the page's /Rotate."""

    lines: list[tuple[float, float, float, str]] = field(default_factory=list)
    turn: int = 0

    def write(self, x: float, y: float, text: str, size: float = 11) -> Page:
        self.lines.append((x, y, size, text))
        return self

    def column(self, x: float, top: float, lines: list[str], size: float = 11) -> Page:
        for number, line in enumerate(lines):
            self.write(x, top - 1.2 * size * number, line, size)
        return self

    def stream(self) -> bytes:
        parts = []
        for x, y, size, text in self.lines:
            escaped = text.replace("\\", "\\\\").replace("(", "\\(").replace(")", "\\)")
            parts.append(f"BT /F1 {size} Tf {x} {y} Td ({escaped}) Tj ET")
        return zlib.compress("\n".join(parts).encode("cp1252"))


def pdf(pages: list[Page], title: str = "") -> bytes:
    """A PDF 1.4 of A4 pages."""
    objects: list[bytes] = [b"<< /Type /Catalog /Pages 2 0 R >>"]
    kids = " ".join(f"{4 + 2 * number} 0 R" for number in range(len(pages)))
    objects.append(f"<< /Type /Pages /Kids [{kids}] /Count {len(pages)} >>".encode())
    objects.append(b"<< /Type /Font /Subtype /Type1 /BaseFont /Helvetica /Encoding /WinAnsiEncoding >>")
    for number, page in enumerate(pages):
        objects.append(
            f"<< /Type /Page /Parent 2 0 R /MediaBox [0 0 595 842] /Rotate {page.turn}"
            f" /Resources << /Font << /F1 3 0 R >> >> /Contents {5 + 2 * number} 0 R >>".encode()
        )
        stream = page.stream()
        objects.append(b"<< /Length %d /Filter /FlateDecode >>\nstream\n%s\nendstream" % (len(stream), stream))
    objects.append(f"<< /Title ({title}) >>".encode())
    out = io.BytesIO()
    out.write(b"%PDF-1.4\n")
    offsets = []
    for number, body in enumerate(objects, 1):
        offsets.append(out.tell())
        out.write(b"%d 0 obj\n%s\nendobj\n" % (number, body))
    start = out.tell()
    out.write(b"xref\n0 %d\n0000000000 65535 f \n" % (len(objects) + 1))
    for offset in offsets:
        out.write(b"%010d 00000 n \n" % offset)
    out.write(
        b"trailer << /Size %d /Root 1 0 R /Info %d 0 R >>\nstartxref\n%d\n%%%%EOF\n"
        % (len(objects) + 1, len(objects), start)
    )
    return out.getvalue()


def package(parts: dict[str, str | bytes]) -> bytes:
    out = io.BytesIO()
    with zipfile.ZipFile(out, "w", zipfile.ZIP_DEFLATED) as archive:
        for name, content in parts.items():
            archive.writestr(name, content)
    return out.getvalue()


def docx(body: str, *, extra: dict[str, str | bytes] | None = None, prologue: str = "") -> bytes:
    """A Word document from the inside of ``w:body``; styles Title, Heading1 and Heading2 are there."""
    styles = "".join(
        f'<w:style w:styleId="{name}"><w:name w:val="{shown}"/></w:style>'
        for name, shown in (("Title", "Title"), ("Heading1", "heading 1"), ("Heading2", "heading 2"))
    )
    parts: dict[str, str | bytes] = {
        "[Content_Types].xml": "<Types/>",
        "_rels/.rels": (
            f'<Relationships xmlns="{RELATIONS}"><Relationship Id="r" Type="{OFFICE}/officeDocument"'
            ' Target="word/document.xml"/></Relationships>'
        ),
        "word/_rels/document.xml.rels": (
            f'<Relationships xmlns="{RELATIONS}"><Relationship Id="s" Type="{OFFICE}/styles" Target="styles.xml"/>'
            f'<Relationship Id="f" Type="{OFFICE}/footnotes" Target="footnotes.xml"/></Relationships>'
        ),
        "word/styles.xml": f'<w:styles xmlns:w="{WORD}">{styles}</w:styles>',
        "word/document.xml": f'{prologue}<w:document xmlns:w="{WORD}"><w:body>{body}</w:body></w:document>',
    }
    return package(parts | (extra or {}))


def paragraph(text: str, style: str = "", inside: str = "") -> str:
    properties = f'<w:pPr><w:pStyle w:val="{style}"/>{inside}</w:pPr>' if style or inside else ""
    return f"<w:p>{properties}<w:r><w:t>{text}</w:t></w:r></w:p>"


def table(rows: list[list[str]]) -> str:
    return (
        "<w:tbl>"
        + "".join("<w:tr>" + "".join(f"<w:tc>{paragraph(cell)}</w:tc>" for cell in row) + "</w:tr>" for row in rows)
        + "</w:tbl>"
    )
