"""The benchmarks run from end to end on something small; what they measure is no test."""

from __future__ import annotations

import asyncio
from pathlib import Path
from typing import Any

from app.sandbox.nursery import Nursery
from app.services.bench import documents, search

COLUMNS = ["name", "ratio", "better", "ours", "bare", "unit", "runs"]


def test_search_is_measured_and_leaves_nothing(tmp_path: Path) -> None:
    (row,) = asyncio.run(search.rows(tmp_path, chunks=1200, questions=2))
    assert list(row) == COLUMNS
    assert row["name"] == "search.hybrid_100k"
    assert min(row["ours"], row["bare"]) > 0
    assert list(tmp_path.iterdir()) == []


def test_indexing_is_measured_and_leaves_nothing(tmp_path: Path) -> None:
    papers = tmp_path / "papers"
    papers.mkdir()
    (papers / "a.md").write_text("# One\n\nWords.\n")
    (papers / "b.csv").write_text("name,value\nx,1\n")

    async def go() -> list[dict[str, Any]]:
        launcher = Nursery()
        try:
            return await documents.rows(launcher, tmp_path / "bench", samples=papers, runs=1)
        finally:
            await launcher.close()

    (row,) = asyncio.run(go())
    assert list(row) == COLUMNS
    assert row["unit"] == "s for 2 chunks"
    assert list((tmp_path / "bench").iterdir()) == []
