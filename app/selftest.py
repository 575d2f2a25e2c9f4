"""``carrel --selftest``: whether what was installed works on this machine. For a bundle after it was built or copied.

Each check is one real act on real parts in an empty home, offline, and prints one line. It needs no model, no keyring
and no display. Exit code 0: all held.
"""

from __future__ import annotations

import asyncio
import contextlib
import os
import sys
import tempfile
import traceback
from collections.abc import Callable, Coroutine
from functools import partial
from pathlib import Path

import numpy as np

from app.compose import Compose
from app.documents.reading import draw_page, read_file
from app.domain.documents import Label, Outcome
from app.domain.events import Event, ReadingChanged
from app.domain.generation import ChatMessage, GenerationRequest, QuoteFirst, Role
from app.domain.messages import Scope
from app.domain.policy import Tier
from app.domain.sentences import locate, sentence_texts
from app.domain.stream import QuoteDelta, TextDelta
from app.domain.tool import Grant
from app.engine.llama_engine import LlamaEngine
from app.engine.onnx_embedder import OnnxEmbedder
from app.engine.scripted import ScriptedEngine, ScriptedReply, Transcript
from app.kernel.errors import Known
from app.kernel.ids import new_id
from app.kernel.paths import Home, resources
from app.sandbox import check as sandbox
from app.tools.registry import Registry
from app.tools.runtime import ToolRuntime

TABLE = "sales-2026.csv"
DOCUMENT = "lease-unit-7-millrace.pdf"
QUESTION = "How much notice does the break clause require?"
EVIDENCE = "not less than six months' written notice"
PAGE = 2
PASSPHRASE = "the words of an empty home"  # noqa: S105 - of a home that is gone when the test ends
SHOWN_SECONDS = 20.0

Check = Callable[[Home], Coroutine[None, None, str]]


class Broken(Exception):  # noqa: N818 - the outcome of a check
    """A check that did not hold, in a sentence."""


def selftest() -> int:
    """Run every check; 0 if all of them held."""
    held = True
    with tempfile.TemporaryDirectory(prefix="carrel-selftest-") as folder:
        home = Home(Path(folder) / "home")
        for name, check in CHECKS.items():
            try:
                line = f"ok      {name}: {check(home)}"
            except (Known, Broken) as problem:
                held, line = False, f"broken  {name}: {problem}"
            except Exception as bug:  # noqa: BLE001 - the other checks still have something to say
                traceback.print_exc()
                held, line = False, f"broken  {name}: {type(bug).__name__}, see the lines above"
            sys.stdout.write(f"{line}\n")
            sys.stdout.flush()
    sys.stdout.write("READY\n" if held else "This installation does not work; see the lines marked broken.\n")
    return 0 if held else 1


async def _sandbox(_home: Home) -> str:
    report = await sandbox.check()
    if report.tier is Tier.NONE:
        raise Broken(f"{report.reason} {report.hint}")
    loose = [canary.name for canary in report.canaries if not canary.held]
    if loose or not report.holds:
        raise Broken(f"the locks do not hold: {', '.join(loose)}")
    return f"{report.tier}, {len(report.canaries)} canaries held"


async def _reader(_home: Home) -> str:
    async with Compose().launcher() as launcher:
        path = resources() / "samples" / DOCUMENT
        parsed = await read_file(launcher, path)
        if parsed.outcome is not Outcome.INDEXED or not _holds(parsed.text):
            raise Broken(f"{DOCUMENT} was not read: {parsed.reason}")
        picture = await draw_page(launcher, path, PAGE, 400, (EVIDENCE,))
        if not picture.boxes[0]:
            raise Broken("the quote was not found on its page")
    return f"{parsed.pages} pages of {DOCUMENT}, the quote found on page {PAGE + 1}"


async def _embedder(_home: Home) -> str:
    async with Compose().launcher() as launcher:
        embedder = await OnnxEmbedder.start(launcher, resources() / "embedder")
        try:
            vectors = await embedder.embed([QUESTION, EVIDENCE, "The canteen opens at half past seven."])
        finally:
            await embedder.close()
    if vectors.shape != (3, embedder.card.dimensions) or not np.allclose(np.linalg.norm(vectors, axis=1), 1, atol=1e-3):
        raise Broken(f"vectors of shape {vectors.shape}, not of length one")
    if vectors[0] @ vectors[1] <= vectors[0] @ vectors[2]:
        raise Broken("a question lies closer to another text than to its answer")
    return f"{embedder.card.dimensions} dimensions, the answer lies closer than another text"


async def _engine(_home: Home) -> str:
    """llama.cpp and llguidance load in their child: it can say that a text file is no model."""
    async with Compose().launcher() as launcher:
        try:
            engine = await LlamaEngine.start(launcher, resources() / "samples/suppliers.csv", context_tokens=512)
        except Known as refusal:
            if refusal.code != "carrel.engine.load":
                raise
            return "llama.cpp is there and refuses what is not a model"
        await engine.close()
    raise Broken("a table was loaded as a model")


async def _tool(_home: Home) -> str:
    registry = Registry.shipped()
    async with Compose().launcher() as launcher:
        runtime = ToolRuntime(launcher, registry)
        outcome = await runtime.run(
            registry.spec("calculate"), {"expression": "1250.5 * 12"}, Grant(tools=("calculate",))
        )
    if outcome.error or "15006" not in str(outcome.result):
        raise Broken(f"1250.5 * 12 came to {outcome.error or outcome.result}")
    return "1250.5 × 12 = 15006, confined"


async def _python(_home: Home) -> str:
    registry = Registry.shipped()
    table = str(resources() / "samples" / TABLE)
    program = f'pd.read_csv("{TABLE}").groupby("region").net_gbp.sum().plot(kind="bar")'
    drawn: list[bytes] = []

    async def keep(data: bytes, _title: str, _origins: tuple[str, ...]) -> str:
        drawn.append(data)
        return ""

    async with Compose().launcher() as launcher:
        outcome = await ToolRuntime(launcher, registry).run(
            registry.spec("run_python"),
            {"code": program, "files": [TABLE]},
            Grant(tools=("run_python",), files=(table,)),
            keep=keep,
        )
    if outcome.error or [artifact.media_type for artifact in outcome.artifacts] != ["image/png"]:
        raise Broken(f"no chart of {TABLE} was drawn: {outcome.error}")
    return f"a chart of {TABLE} in {len(drawn[0]):,} bytes, confined"


async def _answer(_home: Home) -> str:
    async with Compose().launcher() as launcher:
        parsed = await read_file(launcher, resources() / "samples" / DOCUMENT)
    engine = ScriptedEngine(Transcript(replies=(ScriptedReply(quotes=(EVIDENCE,), text="Six months."),)))
    request = GenerationRequest(
        turn=new_id(),
        messages=(ChatMessage(role=Role.USER, content=QUESTION),),
        constraint=QuoteFirst(passages=(sentence_texts(parsed.text),)),
    )
    quote, words = "", ""
    async with contextlib.aclosing(engine.generate(request)) as events:
        async for event in events:
            quote += event.text if isinstance(event, QuoteDelta) else ""
            words += event.text if isinstance(event, TextDelta) else ""
    await engine.close()
    if words.strip() != "Six months." or not _holds(quote) or locate(quote, parsed.text) is None:
        raise Broken(f"the answer was “{words}” with the quote “{quote}”")
    return "one answer of the scripted engine, its quote word for word"


async def _desk(home: Home) -> str:
    """A vault is made, a document stored and indexed, found again after a restart."""
    async with Compose().desk(home, PASSPHRASE) as desk:
        collection = await desk.new_collection("Self-test", Label.INTERNAL)
        over: asyncio.Future[ReadingChanged] = asyncio.get_running_loop().create_future()

        def hear(event: Event) -> None:
            if isinstance(event, ReadingChanged) and event.progress.finished and not over.done():
                over.set_result(event)

        desk.watch(hear)
        await desk.add_documents((resources() / "samples" / DOCUMENT,), collection.id)
        await over
        scope = Scope(collections=(collection.id,))
    async with Compose().desk(home, PASSPHRASE) as desk:
        found = await desk.search(QUESTION, scope, k=3)
    if not any(_holds(hit.text) for hit in found.hits):
        raise Broken("the stored document was not found again")
    if any(EVIDENCE.encode() in path.read_bytes() for path in home.root.rglob("*") if path.is_file()):
        raise Broken("words of the document lie on the disk unencrypted")
    return "stored, encrypted, opened again and found"


ASYNCHRONOUS: dict[str, Check] = {
    "sandbox": _sandbox,
    "reader": _reader,
    "embedder": _embedder,
    "engine": _engine,
    "tool": _tool,
    "python": _python,
    "answer": _answer,
    "desk": _desk,
}


def _run(check: Check, home: Home) -> str:
    return asyncio.run(check(home))


def _holds(text: str) -> bool:
    return EVIDENCE in " ".join(text.split())


def _window(home: Home) -> str:
    os.environ.setdefault("QT_QPA_PLATFORM", "offscreen")
    from PySide6.QtCore import QDeadlineTimer, QEventLoop  # noqa: PLC0415 - only this check needs Qt
    from PySide6.QtGui import QFontInfo  # noqa: PLC0415
    from PySide6.QtWidgets import QApplication  # noqa: PLC0415

    from app.bridge.core import CoreThread  # noqa: PLC0415
    from app.bridge.desk import DeskBridge  # noqa: PLC0415
    from app.ui.window import open_window  # noqa: PLC0415

    app = QApplication.instance() or QApplication([])
    core, parts = CoreThread(), contextlib.AsyncExitStack()
    try:
        desk = core.run(parts.enter_async_context(Compose(attended=True).closed_desk(home)))
        bridge = DeskBridge(core, desk)
        window = open_window(bridge)
        answered: list[object] = []
        bridge.setup().then(answered.append, owner=window)
        deadline = QDeadlineTimer(int(SHOWN_SECONDS * 1000))
        while not (answered and window.isVisible()) and not deadline.hasExpired():
            app.processEvents(QEventLoop.ProcessEventsFlag.AllEvents, 50)
        picture = window.grab().toImage()
        colours = {picture.pixel(x, y) for x in range(0, picture.width(), 7) for y in range(0, picture.height(), 3)}
        family = QFontInfo(QApplication.font()).family()
        window.close()
    finally:
        core.run(parts.aclose())
        core.stop()
    if not answered or len(colours) < 10 or family != "Inter":
        raise Broken(f"{len(colours)} colours drawn in {family}, the desk {'answered' if answered else 'silent'}")
    return f"{picture.width()} × {picture.height()}, drawn in {family}, the desk answers"


CHECKS: dict[str, Callable[[Home], str]] = {
    **{name: partial(_run, check) for name, check in ASYNCHRONOUS.items()},
    "window": _window,
}
