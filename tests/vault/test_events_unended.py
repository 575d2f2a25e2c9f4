"""A program that is killed while it answers: the trail shows the answer begun, and at the next opening, interrupted."""

from __future__ import annotations

import asyncio
from pathlib import Path

from app.domain import audit_words
from app.domain.audit import BegunRecord, InterruptedRecord, TurnRecord, VaultRecord
from app.domain.messages import Answer, AnswerState, Scope
from app.kernel.paths import Home
from app.vault.passphrase import Cost
from app.vault.vault import Vault

CHEAP = Cost(memory_kib=64, passes=1, lanes=1)


def test_an_answer_that_was_begun_and_never_ended_is_told_once_when_the_vault_opens_again(tmp_path: Path) -> None:
    home = Home(tmp_path)

    async def run() -> None:
        vault = await Vault.create(home, "pass", cost=CHEAP)
        head = await vault.conversations.create(Scope())
        answered = await vault.conversations.add_exchange(head.id, "First?")
        cut = await vault.conversations.add_exchange(head.id, "Second?")
        done = Answer(state=AnswerState.DONE, text="Yes.", supported=False)
        await vault.conversations.save_answer(answered.id, done)
        await vault.database.close()  # killed: nothing is told of a closing

        vault = await Vault.unlock(home, "pass")
        told = [type(event.record) for event in await vault.events.list()][2:]
        assert told == [BegunRecord, BegunRecord, TurnRecord, InterruptedRecord, VaultRecord]
        (event,) = await vault.events.list(kinds=(InterruptedRecord,))
        assert event.record == InterruptedRecord(conversation=head.id, exchange=cut.id)
        assert audit_words.told(event.record) == ("Answer interrupted", "Carrel was ended before it was saved")
        await vault.close()

        for _ in range(2):  # after a killing and after a closing there is nothing more to tell
            vault = await Vault.unlock(home, "pass")
            assert len(await vault.events.list(kinds=(InterruptedRecord,))) == 1
            assert (await vault.events.verify()).sound
            await vault.database.close()

    asyncio.run(run())
