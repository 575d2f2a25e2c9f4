"""``carrel documents``: add, read, list, show, search, delete."""

from __future__ import annotations

import asyncio
import time
from argparse import ArgumentParser, Namespace, _SubParsersAction
from pathlib import Path
from typing import TYPE_CHECKING, Any

from app.cli.output import Usage
from app.domain.documents import Collection, DeletionReport, Label, Passage, holders
from app.domain.events import Event, Problem, SourceChanged
from app.domain.messages import Scope
from app.kernel.errors import Known
from app.sandbox.check import Refusal

if TYPE_CHECKING:
    from app.cli.context import Context
    from app.services.local import LocalDesk

LABELS = [label.value for label in Label]


def register(commands: _SubParsersAction[ArgumentParser]) -> None:
    top = commands.add_parser("documents", help="add, read, list, show, search and delete documents")
    acts = top.add_subparsers(dest="act", required=True, metavar="ACT")

    add = acts.add_parser("add", help="read files and folders into a collection")
    add.add_argument("paths", nargs="+", type=Path, metavar="PATH")
    add.add_argument("--collection", required=True, metavar="C")
    add.add_argument("--label", choices=LABELS)
    add.add_argument("--jobs", type=int, default=1, metavar="N", help="files read at the same time (1 to 8)")
    add.set_defaults(run=_add)

    read = acts.add_parser("read", help="parse one file and print its blocks; nothing is stored")
    read.add_argument("path", type=Path, metavar="PATH")
    read.set_defaults(run=_read)

    rows = acts.add_parser("list", help="sources, or collections with --collections")
    rows.add_argument("--collection", metavar="C")
    rows.add_argument("--collections", action="store_true")
    rows.set_defaults(run=_list)

    show = acts.add_parser("show", help="one source")
    show.add_argument("source", metavar="SOURCE")
    show.set_defaults(run=_show)

    search = acts.add_parser("search", help="passages that fit a query")
    search.add_argument("query", nargs="?", metavar="QUERY")
    search.add_argument("--queries", type=Path, metavar="FILE", help="one query a line, one record a line")
    search.add_argument("--collection", action="append", metavar="C")
    search.add_argument("--k", type=int, default=10)
    search.add_argument("--mode", choices=("hybrid", "lexical", "vector"), default="hybrid")
    search.set_defaults(run=_search)

    delete = acts.add_parser("delete", help="remove from every store, with a report")
    what = delete.add_mutually_exclusive_group(required=True)
    what.add_argument("--source", metavar="ID")
    what.add_argument("--path", type=Path, metavar="P")
    what.add_argument("--collection", metavar="C")
    what.add_argument("--label", choices=LABELS)
    delete.set_defaults(run=_delete)


async def _add(given: Namespace, context: Context) -> int:
    started = time.monotonic()
    async with context.desk() as desk:
        known = await _collection_or_new(desk, given.collection, given.label)

        def hear(event: Event) -> None:
            if isinstance(event, SourceChanged):
                context.out.record(_file_record(event), _file_words)
            elif isinstance(event, Problem) and event.code == "carrel.reading.file":
                context.out.note(f"{event.message} {event.hint}")

        stop = desk.watch(hear)
        run = await desk.add_documents(
            tuple(path.absolute() for path in given.paths),
            known.id,
            Label(given.label) if given.label else None,
            jobs=max(1, min(8, given.jobs)),
        )
        progress = await desk.reading_over(run)
        stop()
        summary = {
            "files": progress.total,
            "outcomes": dict(progress.outcomes),
            "chunks": progress.chunks,
            "seconds": round(time.monotonic() - started, 3),
        }
        context.out.record({"summary": summary}, _summary_words)
        if not progress.total:
            raise Known(
                "carrel.documents.no_files", "No file was found there.", "Name a file or a folder that holds files."
            )
    return 0


async def _collection_or_new(desk: LocalDesk, name: str, label: str | None) -> Collection:
    for known in await desk.collections():
        if name in (known.id, known.name):
            return known
    return await desk.new_collection(name, Label(label) if label else Label.INTERNAL)


async def _read(given: Namespace, context: Context) -> int:
    async with context.launcher() as launcher:
        from app.documents.reading import read_file  # noqa: PLC0415 - only this act needs it

        if isinstance(launcher, Refusal):
            raise launcher.why
        parsed = await read_file(launcher, given.path.absolute())
        record = parsed.model_dump(
            mode="json", include={"outcome", "reason", "title", "pages", "seconds", "peak_rss_bytes"}
        )
        record["blocks"] = [
            block.model_dump(mode="json", include={"kind", "text", "page", "box", "heading_path"})
            for block in parsed.blocks
        ]
        context.out.record(record, _parsed_words)
    return 0


async def _list(given: Namespace, context: Context) -> int:
    async with context.desk() as desk:
        if given.collections:
            for known in await desk.collections():
                context.out.record(
                    known.model_dump(mode="json"), lambda row: f"{row['sources']:>6}  {row['label']:<13} {row['name']}"
                )
            return 0
        chosen = (await desk.collection_named(given.collection)).id if given.collection else None
        offset = 0
        while True:
            page = await desk.sources(chosen, offset=offset, limit=500)
            for row in page.rows:
                context.out.record(row.model_dump(mode="json"), _source_words)
            offset += len(page.rows)
            if not page.rows or offset >= page.total:
                return 0


async def _show(given: Namespace, context: Context) -> int:
    async with context.desk() as desk:
        source = await desk.source(given.source)
        record = source.model_dump(mode="json")
        context.out.record(record, lambda row: "\n".join(f"{key:<13} {value}" for key, value in row.items()))
    return 0


async def _search(given: Namespace, context: Context) -> int:
    if (given.query is None) == (given.queries is None):
        raise Usage("give one query, or --queries FILE")
    queries = [given.query] if given.queries is None else await asyncio.to_thread(_queries, given.queries)
    async with context.desk() as desk:
        scope = Scope(collections=await desk.collections_named(given.collection))
        for query in queries:
            found = await desk.search(query, scope, given.k, given.mode)
            record = {
                "hits": [_hit(hit) for hit in found.hits],
                "seconds": found.seconds.model_dump(),
                "lacking": found.lacking,
            }
            if found.lacking:
                context.out.note(found.lacking)
            context.out.record(record, _hits_words)
    return 0


def _queries(file: Path) -> list[str]:
    try:
        return file.read_text("utf-8").splitlines()
    except (OSError, UnicodeDecodeError):
        raise Known(
            "carrel.documents.queries", f"{file} cannot be read.", "Name a text file (UTF-8) with one query a line."
        ) from None


async def _delete(given: Namespace, context: Context) -> int:
    async with context.desk() as desk:
        if given.source:
            chosen: tuple[str, ...] = ((await desk.source(given.source)).id,)
        else:
            chosen = await _matching(desk, given)
        report = await desk.delete_sources(chosen)
        context.out.record(report.model_dump(mode="json"), lambda _: _report_words(report))
    return 0


async def _matching(desk: LocalDesk, given: Namespace) -> tuple[str, ...]:
    collection = (await desk.collection_named(given.collection)).id if given.collection else None
    page = await desk.sources(collection, limit=1_000_000)
    wanted = str(given.path.absolute()) if given.path else None
    chosen = tuple(
        row.id
        for row in page.rows
        if (wanted is None or row.path == wanted) and (given.label is None or row.label == given.label)
    )
    if not chosen:
        raise Known("carrel.documents.none", "No document matches.", "See what there is: carrel documents list")
    return chosen


def _report_words(report: DeletionReport) -> str:
    lines = [", ".join(f"{key} {number}" for key, number in report if key not in {"kept", "derived"})]
    if report.derived:
        lines.append(f"Made of them by tools and removed too: {', '.join(report.derived)}.")
    if report.kept:
        lines.append(f"Kept: {holders(report.kept)}.")
    return "\n".join(lines)


def _file_record(event: SourceChanged) -> dict[str, Any]:
    source = event.source
    return {
        "path": source.path,
        "outcome": source.outcome,
        "reason": source.reason,
        "source": source.id,
        "chunks": source.chunks,
        "pages": source.pages,
        "seconds": round(event.seconds, 4),
        "peak_rss_bytes": event.peak_rss_bytes,
    }


def _hit(hit: Passage) -> dict[str, Any]:
    return hit.model_dump(
        mode="json", include={"chunk", "source", "path", "title", "page", "span", "heading_path", "score", "text"}
    )


def _file_words(row: dict[str, Any]) -> str:
    detail = f"{row['chunks']} chunks" if row["outcome"] == "indexed" else row["reason"]
    return f"{row['outcome']:<15} {Path(row['path']).name}  ({detail})"


def _summary_words(row: dict[str, Any]) -> str:
    summary = row["summary"]
    ended = ", ".join(f"{count} {name}" for name, count in summary["outcomes"].items())
    return f"{summary['files']} files in {summary['seconds']:.1f} s: {ended}; {summary['chunks']} chunks"


def _source_words(row: dict[str, Any]) -> str:
    return f"{row['id']}  {row['outcome']:<15} {row['label']:<13} {row['name']}"


def _parsed_words(row: dict[str, Any]) -> str:
    head = f"{row['outcome']}: {row['reason'] or row['title']}"
    return "\n".join([head, *(f"[{block['kind']}] {block['text']}" for block in row["blocks"])])


def _hits_words(row: dict[str, Any]) -> str:
    lines = []
    for number, hit in enumerate(row["hits"], 1):
        page = "" if hit["page"] is None else f", page {hit['page'] + 1}"
        lines.append(f"{number}. {Path(hit['path']).name}{page}  {hit['score']:.4f}\n   {hit['text'][:300]}")
    return "\n".join(lines) or "Nothing found."
