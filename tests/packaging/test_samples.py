"""The sample documents say what resources/questions.json says they say, where it says so."""

from __future__ import annotations

import csv
import json
import re
import subprocess
import sys
import zipfile
from decimal import Decimal
from pathlib import Path
from typing import Any

import pypdfium2
import pytest

ROOT = Path(__file__).resolve().parents[2]
SAMPLES = ROOT / "resources/samples"
QUESTIONS: list[dict[str, Any]] = json.loads((ROOT / "resources/questions.json").read_text("utf-8"))["questions"]


def folded(text: str) -> str:
    return " ".join(text.split())


def pages(path: Path) -> list[str]:
    """The text of each page; a format without pages is one."""
    if path.suffix == ".pdf":
        document = pypdfium2.PdfDocument(path)
        try:
            return [folded(page.get_textpage().get_text_range()) for page in document]
        finally:
            document.close()
    if path.suffix == ".docx":
        with zipfile.ZipFile(path) as archive:
            return [folded(re.sub(r"<[^>]+>", "", archive.read("word/document.xml").decode()))]
    return [folded(path.read_text("utf-8"))]


@pytest.mark.parametrize("asked", [q for q in QUESTIONS if q["file"]], ids=lambda asked: asked["question"])
def test_the_evidence_stands_where_the_question_says(asked: dict[str, Any]) -> None:
    text = pages(SAMPLES / asked["file"])
    assert folded(asked["evidence"]) in text[asked["page"] or 0]
    assert (asked["page"] is None) == (not asked["file"].endswith(".pdf"))
    assert asked["expect"]
    assert all(word.lower() in asked["evidence"].lower() for word in asked["expect"])


def test_some_questions_have_no_answer() -> None:
    unanswerable = [q for q in QUESTIONS if q["file"] is None]
    assert len(unanswerable) >= 3
    assert all(q["expect"] == [] and q["evidence"] is None for q in unanswerable)


def test_a_dozen_documents_of_every_kind() -> None:
    kinds = [path.suffix for path in SAMPLES.iterdir()]
    assert {kind: kinds.count(kind) for kind in kinds} == {".pdf": 4, ".docx": 2, ".md": 2, ".txt": 2, ".csv": 2}
    assert len(pages(SAMPLES / "employee-handbook.pdf")) >= 12


def test_the_minutes_quote_the_ledger() -> None:
    with (SAMPLES / "sales-2026.csv").open(newline="", encoding="utf-8") as lines:
        rows = list(csv.DictReader(lines))
    assert len(rows) >= 200
    assert [row["date"] for row in rows] == sorted(row["date"] for row in rows)
    for row in rows:
        full = Decimal(row["unit_price_gbp"]) * int(row["units"]) * (100 - int(row["discount_percent"])) / 100
        assert abs(full - Decimal(row["net_gbp"])) <= Decimal("0.005")
    total = sum(Decimal(row["net_gbp"]) for row in rows)
    assert f"£{total:,.2f}" in pages(SAMPLES / "board-minutes-2026-09-17.docx")[0]


def test_the_committed_files_are_what_the_generator_writes(tmp_path: Path) -> None:
    generator = ROOT / "packaging/samples/make_samples.py"
    subprocess.run([sys.executable, generator, tmp_path], check=True, capture_output=True, timeout=120)
    written = sorted(path.name for path in tmp_path.iterdir())
    assert len(written) == 7
    assert [name for name in written if pages(tmp_path / name) != pages(SAMPLES / name)] == []
