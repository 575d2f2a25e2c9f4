"""Write the sample documents that are not written by hand: make_samples.py FOLDER.

The documents of one invented firm. Their facts agree with one another; resources/questions.json asks for them.
Run through `make samples`; the results are committed.
"""

from __future__ import annotations

import os
import sys
from pathlib import Path

os.environ["QT_QPA_PLATFORM"] = "offscreen"
os.environ["QT_HASH_SEED"] = "0"  # the order of fonts in a file follows it

import paper
import sales
import word
from PySide6.QtGui import QGuiApplication

HERE = Path(__file__).resolve().parent
PAPERS = (
    "employee-handbook",
    "supply-agreement-kestrel-castings",
    "lease-unit-7-millrace",
    "internal-audit-report-2026",
)
WORD_FILES = ("expense-policy", "board-minutes-2026-09-17")
IN_CHAPTERS = "employee-handbook"


def main() -> None:
    folder = Path(sys.argv[1])
    folder.mkdir(parents=True, exist_ok=True)
    application = QGuiApplication([])
    paper.load_fonts(HERE.parents[1] / "resources/fonts")

    lines = sales.ledger()
    sales.write(folder / "sales-2026.csv", lines)
    for name in (*PAPERS, *WORD_FILES):
        markdown = (HERE / "source" / f"{name}.md").read_text(encoding="utf-8")
        for fact, value in sales.facts(lines).items():
            markdown = markdown.replace(f"{{{fact}}}", value)
        title = markdown.splitlines()[0].removeprefix("# ")
        if name in PAPERS:
            pages = paper.write(folder / f"{name}.pdf", markdown, title, chapters=name == IN_CHAPTERS)
            print(f"{name}.pdf: {pages} pages")
        else:
            word.write(folder / f"{name}.docx", markdown, title)
            print(f"{name}.docx")
    del application


if __name__ == "__main__":
    main()
