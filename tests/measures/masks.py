"""What holding a reply to its grammar costs, with the vocabulary of a model and without its weights at work.

``python -m tests.measures.masks MODEL.gguf``

For the tools that ship, one of them, and many: CPU time to compile the grammar of words and calls; then, over a call and over
words, token by token, to ask about the one token that comes (what most tokens cost) and to compute the mask of all tokens
(what one costs that is refused).
"""

from __future__ import annotations

import argparse
import json
import statistics
import sys
import time
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

from app.engine.call_grammar import calls_grammar
from app.engine.formats import HERMES
from app.engine.llama.library import open_library
from app.engine.llama.model import Model
from app.engine.llama.structure import Structure
from app.tools.registry import Registry

CALL = '```json\n{\n  "name": "NAME",\n  "arguments": ARGUMENTS\n}\n```'
WORDS = "I would like to tell you that the fee is 250 euros and that members pay half of it, since 2021."
MANY = (26, 64)
FIELDS = {
    "city": {"type": "string"},
    "days": {"type": "integer", "minimum": 1, "maximum": 14},
    "unit": {"enum": ["C", "F"]},
    "tags": {"type": "array", "items": {"type": "string"}},
}


def toolboxes() -> Iterator[tuple[str, list[dict[str, Any]], str]]:
    """Name, tools and a call of one of them."""
    shipped = [{"name": spec.name, "parameters": spec.parameters} for spec in Registry.shipped().specs]
    sum_up = CALL.replace("NAME", "calculate").replace("ARGUMENTS", '{\n    "expression": "2340 * 0.15"\n  }')
    yield "calculate", [tool for tool in shipped if tool["name"] == "calculate"], sum_up
    yield f"{len(shipped)} shipped", shipped, sum_up
    for many in MANY:
        parameters = {"type": "object", "properties": FIELDS, "required": ["city"]}
        tools = [{"name": f"tool_{number}", "parameters": parameters} for number in range(many)]
        named = CALL.replace("NAME", "tool_7").replace("ARGUMENTS", '{\n    "city": "Rome",\n    "days": 3\n  }')
        yield f"{many} of four fields", tools, named


def measured(model: Model, tokenizer: Any, grammar: str, reply: str) -> dict[str, Any]:
    """Microseconds for each token that is not forced."""
    structure, compiled = _timed(lambda: Structure(tokenizer, grammar, model.ends))
    structure.opening()
    asked, masks = [], []
    left = model.tokens(reply, special=True)
    while left:
        allowed, microseconds = _timed(lambda: structure.allows(left[0]))  # noqa: B023 - called at once
        assert allowed, left[0]
        asked.append(microseconds)
        masks.append(_timed(structure.mask)[1])
        forced = structure.take(left[0])
        if left[1 : 1 + len(forced)] != forced:
            break  # written in other tokens from here on
        left = left[1 + len(forced) :]
    return {
        "compile_ms": round(compiled / 1000, 1),
        "tokens": len(asked),
        **{f"token_us_{name}": round(of(asked)) for name, of in (("mean", statistics.mean), ("worst", max))},
        **{f"mask_us_{name}": round(of(masks)) for name, of in (("mean", statistics.mean), ("worst", max))},
    }


def main() -> int:
    """Exit code: 0."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("model", type=Path)
    model = Model(str(parser.parse_args().model.resolve()), open_library(), mmap=True)
    tokenizer, made = _timed(model.structure_tokenizer)
    print(json.dumps({"vocabulary": tokenizer.vocab_size, "tokenizer_ms": round(made / 1000)}))
    for name, tools, call in toolboxes():
        grammar = calls_grammar(HERMES, tools, model.special, "auto")
        for kind, reply in (("call", call), ("words", WORDS)):
            print(json.dumps({"tools": name, "reply": kind, **measured(model, tokenizer, grammar, reply)}))
    model.close()
    return 0


def _timed(act: Callable[[], Any]) -> tuple[Any, float]:
    """What it returns, and microseconds of CPU."""
    began = time.process_time_ns()
    returned = act()
    return returned, (time.process_time_ns() - began) / 1000


if __name__ == "__main__":
    sys.exit(main())
