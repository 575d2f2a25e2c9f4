"""Run as a program: writes rows and artifacts for ever and says on stdout what has been acknowledged."""

from __future__ import annotations

import asyncio
import os
import sys
from pathlib import Path

from app.domain.messages import Answer, AnswerState, Scope
from app.kernel.paths import Home
from app.vault.vault import Vault


def say(what: str, name: str) -> None:
    sys.stdout.write(f"{what} {name}\n")
    sys.stdout.flush()


async def main(home: Home) -> None:
    vault = await Vault.unlock(home, "open sesame")

    async def converse() -> None:
        while True:
            head = await vault.conversations.create(Scope(), "kept")
            exchange = await vault.conversations.add_exchange(head.id, "Kept?")
            say("question", exchange.id)
            await vault.conversations.save_answer(
                exchange.id, Answer(state=AnswerState.DONE, text="Yes. " * 200, supported=False)
            )
            say("answer", exchange.id)

    async def seal() -> None:
        while True:
            artifact = await vault.artifacts.put(os.urandom(300_000), "page", "kept")
            say("artifact", artifact.name)

    await asyncio.gather(converse(), converse(), seal())


if __name__ == "__main__":
    asyncio.run(main(Home(Path(sys.argv[1]))))
