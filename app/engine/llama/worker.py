"""The engine child: one model, one context, one request at a time; CANCEL is heard while it works.

load         path, context_tokens, mmap → the load report
generate     messages, tools, begun, constraint, names_held, max_tokens, temperature, seed, stop, threads → PROGRESS {text} …, counts
count        messages, tools → tokens of the rendered prompt
count_texts  texts → tokens of each
"""

from __future__ import annotations

import contextlib
import json
import queue
import threading
import time
from typing import Any

from app.engine.call_grammar import calls_grammar, offered
from app.engine.grammar import QuoteStages, schema_grammar
from app.engine.llama.context import Context
from app.engine.llama.library import Abort, open_library
from app.engine.llama.mapping import release, resident
from app.engine.llama.model import Model
from app.engine.llama.naming import Naming
from app.engine.llama.reply import write
from app.engine.llama.structure import Structure, check_schema
from app.engine.llama.template import Template
from app.engine.text import Text
from app.kernel.errors import Known
from app.sandbox.frames import Kind
from app.sandbox.wire import Wire

MOST_CHECKED = 256


class Inbox:
    """Reads frames on its own thread, so that a CANCEL is seen while the main thread works."""

    def __init__(self, wire: Wire, abort: Abort) -> None:
        self._wire = wire
        self._abort = abort
        self._requests: queue.SimpleQueue[dict[str, Any] | None] = queue.SimpleQueue()
        threading.Thread(target=self._read, daemon=True, name="inbox").start()

    def next(self) -> dict[str, Any] | None:
        """The next request, or None when the parent closed its end."""
        return self._requests.get()

    def _read(self) -> None:
        current: Any = None
        try:
            while (frame := self._wire.receive()) is not None:
                kind, body = frame
                if kind is Kind.REQUEST and isinstance(body, dict):
                    current = body["id"]
                    self._abort.clear()
                    self._requests.put(body)
                elif kind is Kind.CANCEL and isinstance(body, dict) and body.get("id") == current:
                    self._abort.set()
        finally:
            self._abort.set()
            self._requests.put(None)


class Loaded:
    """The one model of this child."""

    def __init__(self, path: str, context_tokens: int, abort: Abort, *, mmap: bool) -> None:
        started = time.monotonic()
        log = open_library()
        self.model = Model(path, log, mmap=mmap)
        self.context = Context(self.model, min(context_tokens, self.model.trained_context or context_tokens), abort)
        self.template = Template(self.model.template, self.model.special, self.model.begin, self.model.end)
        self._tokenizer = self.model.structure_tokenizer()
        self._checked: set[str] = set()
        release(path)
        self.context.read([max(self.model.tokens("a", special=True)[-1], 0)])
        self.context.clear()
        self.report = {
            "context_tokens": self.context.size,
            "trained_context_tokens": self.model.trained_context,
            "vocabulary": self.model.size,
            "family": self.template.form.name,
            "memory": {**log.buffers(), "resident": resident()},
            "seconds": round(time.monotonic() - started, 3),
        }

    def prompt(self, request: dict[str, Any]) -> list[int]:
        return self.model.tokens(self.template.render(request["messages"], request["tools"]), special=True)

    def structure(self, request: dict[str, Any]) -> Structure | None:
        """The constraint of a request at work, None if it is free."""
        constraint, tools = request["constraint"], request["tools"]
        form, special = self.template.form, self.model.special
        match constraint["kind"]:
            case "free":
                return None
            case "schema":
                self._check(constraint["json_schema"])
                grammar = schema_grammar(constraint["json_schema"])
                return Structure(self._tokenizer, grammar, self.model.ends, value=True)
            case "calls" if not constraint["enforced"]:
                return None
            case "calls":
                self._check_tools(offered(tools, constraint["choice"], constraint["named"]))
                grammar = calls_grammar(form, tools, special, constraint["choice"], constraint["named"])
                return Structure(self._tokenizer, grammar, self.model.ends, naming=self._naming(request))
            case _:
                self._check_tools(tools if constraint["calls"] else [])
                calls = (form, tools, special) if constraint["calls"] else None
                stages = QuoteStages(
                    constraint["passages"], constraint["most_quotes"], constraint["most_sentences"], calls
                )
                first, naming = stages.first(request["begun"]), self._naming(request)
                return Structure(self._tokenizer, first, self.model.ends, stages.following, naming=naming)

    def _naming(self, request: dict[str, Any]) -> Naming | None:
        """None where a call must be written, of a tool on offer, or cannot be."""
        constraint, tools = request["constraint"], request["tools"]
        may = constraint["calls"] if constraint["kind"] == "quote_first" else constraint["choice"] == "auto"
        if not may or not tools or request["names_held"]:
            return None
        return Naming(self.template.form, (tool["name"] for tool in tools))

    def _check_tools(self, tools: list[dict[str, Any]]) -> None:
        for tool in tools:
            self._check(tool["parameters"], tool["name"])

    def _check(self, schema: Any, tool: str = "") -> None:
        """Refuse a schema that cannot be enforced; each is tried once."""
        key = json.dumps([tool, schema])
        if key not in self._checked:
            check_schema(self._tokenizer, schema, tool)
            if len(self._checked) >= MOST_CHECKED:
                self._checked.clear()
            self._checked.add(key)

    def close(self) -> None:
        self.context.close()
        self.model.close()


class Worker:
    def __init__(self, wire: Wire) -> None:
        self._wire = wire
        self._abort = Abort()
        self._inbox = Inbox(wire, self._abort)
        self._loaded: Loaded | None = None

    def run(self) -> None:
        """Serve until the parent closes its end; then free the model before the interpreter goes."""
        with contextlib.suppress(BrokenPipeError):
            while (request := self._inbox.next()) is not None:
                try:
                    self._wire.result(request, **self._answer(request))
                except Known as known:
                    self._wire.error(request, known.code, known.message, known.hint)
        if self._loaded:
            self._loaded.close()

    def _answer(self, request: dict[str, Any]) -> dict[str, Any]:
        if request["op"] == "load":
            self._loaded = Loaded(request["path"], request["context_tokens"], self._abort, mmap=request["mmap"])
            return self._loaded.report
        loaded = self._loaded
        if loaded is None:
            raise Known("carrel.engine.none", "No model is loaded.", "Choose a model in the library.")
        match request["op"]:
            case "generate":
                return self._generate(loaded, request)
            case "count":
                return {"tokens": len(loaded.prompt(request))}
            case "count_texts":
                return {"tokens": [len(loaded.model.tokens(text, special=False)) for text in request["texts"]]}
            case other:
                raise Known("carrel.engine.request", f"The engine does not know “{other}”.", "Restart Carrel.")

    def _generate(self, loaded: Loaded, request: dict[str, Any]) -> dict[str, Any]:
        number = request["id"]
        text = Text(lambda piece: self._wire.send(Kind.PROGRESS, {"id": number, "text": piece}), request["stop"])
        loaded.context.set_pace(request["threads"])
        prompt = loaded.prompt(request) + loaded.model.tokens(request["begun"], special=False)
        return write(loaded.model, loaded.context, prompt, loaded.structure(request), request, text)


def main(wire: Wire) -> None:
    """Entry of the child."""
    Worker(wire).run()
