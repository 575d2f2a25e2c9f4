"""llama-cpp-python as its manual shows it, in a process of its own: what the engine is measured against.

Run as ``python -I bare_llama.py MODEL CONTEXT THREADS``. One JSON object a line: messages and tokens in; seconds to the
first token, seconds from the first to the last, and their number out.
"""

from __future__ import annotations

import json
import sys
import time
from typing import Any

from llama_cpp import Llama


def main(model: str, context: int, threads: int) -> None:
    """Serve until the input ends."""
    llama = Llama(model, n_ctx=context, n_threads=threads, n_threads_batch=threads, verbose=False)
    _say({"ready": True})
    for line in sys.stdin:
        asked = json.loads(line)
        started = time.monotonic()
        first = last = started
        count = 0
        stream: Any = llama.create_chat_completion(
            asked["messages"], stream=True, max_tokens=asked["tokens"], temperature=0.0
        )
        for chunk in stream:
            if chunk["choices"][0]["delta"].get("content"):
                last = time.monotonic()
                first = last if not count else first
                count += 1
        _say({"first": first - started, "rest": last - first, "count": count})
    llama.close()


def _say(value: dict[str, Any]) -> None:
    sys.stdout.write(json.dumps(value) + "\n")
    sys.stdout.flush()


if __name__ == "__main__":
    main(sys.argv[1], int(sys.argv[2]), int(sys.argv[3]))
