"""Conversations and their exchanges, as rows. A question is on the disk before its answer is begun."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import datetime

import apsw

from app.domain.audit import BegunRecord, ScopeRecord, TurnRecord
from app.domain.messages import Answer, Conversation, ConversationHead, Exchange, Scope
from app.kernel.clock import Clock
from app.kernel.errors import Known
from app.kernel.ids import new_id
from app.vault import answer_json
from app.vault.database import Database
from app.vault.events import Ledger

HEADS = """
SELECT id, title, created, updated, scope, (SELECT count(*) FROM exchange WHERE conversation = conversation.id)
FROM conversation
"""
FOUND = """
WHERE deleted_at IS NULL AND (?1 = '' OR instr(folded(title), ?1) OR EXISTS (
    SELECT 1 FROM exchange WHERE conversation = conversation.id AND instr(folded(question), ?1)
))
ORDER BY updated DESC, id DESC
"""


class Conversations:
    """The conversations of one vault. A deleted one is out of sight everywhere until it is restored or purged.

    A question, an answer, and what a conversation may reach are written together with the event that tells of them.
    """

    def __init__(self, database: Database, clock: Clock, events: Ledger) -> None:
        self._database = database
        self._clock = clock
        self._events = events

    async def create(self, scope: Scope, title: str = "") -> ConversationHead:
        now = self._clock.now()
        head = ConversationHead(id=new_id(), title=title, created=now, updated=now, scope=scope)
        row = (head.id, title, scope.model_dump_json(), now.isoformat(), now.isoformat())

        def operation(connection: apsw.Connection) -> None:
            connection.execute("INSERT INTO conversation VALUES (?, ?, ?, ?, ?, NULL)", row)
            self._events.append(connection, ScopeRecord.of(head.id, scope))

        await self._database.write(operation)
        return head

    async def list(self, search: str = "") -> tuple[ConversationHead, ...]:
        """Newest first; ``search`` is looked for in titles and questions, whatever the case of its letters."""

        def operation(connection: apsw.Connection) -> tuple[ConversationHead, ...]:
            connection.create_scalar_function("folded", _folded, 1, deterministic=True)
            return tuple(_head(row) for row in connection.execute(HEADS + FOUND, (search.strip().casefold(),)))

        return await self._database.read(operation)

    async def get(self, conversation: str) -> Conversation:
        """One, whole.

        Raises:
            Known: ``carrel.conversation.none``.
        """

        def operation(connection: apsw.Connection) -> Conversation:
            head = _found(connection, conversation)
            return Conversation(head=head, exchanges=tuple(_exchanges(connection, conversation)))

        return await self._database.read(operation)

    async def rename(self, conversation: str, title: str) -> None:
        def operation(connection: apsw.Connection) -> None:
            _found(connection, conversation)
            connection.execute("UPDATE conversation SET title = ? WHERE id = ?", (title, conversation))

        await self._database.write(operation)

    async def scope(self, conversation: str) -> Scope:
        """What it may reach now, also while it is only put away."""
        return await self._database.read(lambda connection: _scope(connection, conversation))

    async def set_scope(self, conversation: str, scope: Scope) -> ConversationHead:
        def operation(connection: apsw.Connection) -> ConversationHead:
            row = (scope.model_dump_json(), conversation)
            connection.execute("UPDATE conversation SET scope = ? WHERE id = ?", row)
            head = _found(connection, conversation)
            self._events.append(connection, ScopeRecord.of(conversation, scope))
            return head

        return await self._database.write(operation)

    async def delete(self, conversation: str) -> None:
        """Out of sight, restorable."""
        now = self._clock.now().isoformat()

        def operation(connection: apsw.Connection) -> None:
            _found(connection, conversation)
            connection.execute("UPDATE conversation SET deleted_at = ? WHERE id = ?", (now, conversation))

        await self._database.write(operation)

    async def restore(self, conversation: str) -> ConversationHead:
        """Back as it was.

        Raises:
            Known: ``carrel.conversation.none`` once it has been purged.
        """

        def operation(connection: apsw.Connection) -> ConversationHead:
            connection.execute("UPDATE conversation SET deleted_at = NULL WHERE id = ?", (conversation,))
            return _found(connection, conversation)

        return await self._database.write(operation)

    async def purge(self, deleted_before: datetime) -> int:
        """Remove for good what was deleted before then, from the snapshots too; returns how many conversations."""
        before = (deleted_before.isoformat(),)

        def waiting(connection: apsw.Connection) -> bool:
            return bool(
                connection.execute("SELECT 1 FROM conversation WHERE deleted_at < ? LIMIT 1", before).fetchall()
            )

        def operation(connection: apsw.Connection) -> int:
            connection.execute("DELETE FROM conversation WHERE deleted_at < ?", before).fetchall()
            return connection.changes()

        if not await self._database.read(waiting):
            return 0
        return (await self._database.erase(operation)).result

    async def add_exchange(self, conversation: str, question: str) -> Exchange:
        """Save a question, its answer still to come."""
        now = self._clock.now()
        made = Exchange(id=new_id(), conversation=conversation, asked_at=now, question=question)

        def operation(connection: apsw.Connection) -> Exchange:
            _found(connection, conversation)
            connection.execute(
                """
                INSERT INTO exchange (id, conversation, ordinal, asked_at, question, version)
                SELECT ?1, ?2, coalesce(max(ordinal), -1) + 1, ?3, ?4, ?5 FROM exchange WHERE conversation = ?2
                """,
                (made.id, conversation, now.isoformat(), question, answer_json.VERSION),
            )
            _touch(connection, conversation, now)
            self._events.append(connection, BegunRecord(conversation=conversation, exchange=made.id))
            return made

        return await self._database.write(operation)

    async def begin_again(self, exchange: Exchange) -> None:
        """Tell that the answer of ``exchange`` is gone on with; until it is saved again the earlier one stays."""
        await self._events.record(BegunRecord(conversation=exchange.conversation, exchange=exchange.id))

    async def save_answer(self, exchange: str, answer: Answer) -> Exchange:
        """Save the answer of ``exchange``, in place of an earlier one.

        Raises:
            Known: ``carrel.exchange.none`` when it was deleted meanwhile.
        """
        text, now = answer_json.dump(answer), self._clock.now()

        def operation(connection: apsw.Connection) -> Exchange:
            row = (text, answer_json.VERSION, exchange)
            connection.execute("UPDATE exchange SET answer = ?, version = ? WHERE id = ?", row).fetchall()
            saved = _exchange(connection, exchange)
            _touch(connection, saved.conversation, now)
            turn = TurnRecord.of(saved.conversation, exchange, _scope(connection, saved.conversation), answer)
            self._events.append(connection, turn)
            return saved

        return await self._database.write(operation)

    async def truncate(self, conversation: str, exchange: str) -> int:
        """Remove ``exchange`` and all after it; returns how many."""
        now = self._clock.now()

        def operation(connection: apsw.Connection) -> int:
            if _exchange(connection, exchange).conversation != conversation:
                raise _no_exchange()
            connection.execute(
                """
                DELETE FROM exchange WHERE conversation = ?1
                AND ordinal >= (SELECT ordinal FROM exchange WHERE id = ?2)
                """,
                (conversation, exchange),
            ).fetchall()
            count = connection.changes()
            _touch(connection, conversation, now)
            return count

        return await self._database.write(operation)


def _folded(*values: apsw.SQLiteValue) -> str:
    return str(values[0]).casefold()


def _found(connection: apsw.Connection, conversation: str) -> ConversationHead:
    for row in connection.execute(HEADS + "WHERE id = ? AND deleted_at IS NULL", (conversation,)):
        return _head(row)
    raise Known(
        "carrel.conversation.none", "This conversation is not there any more.", "Choose another one from the list."
    )


def _head(row: tuple[str, str, str, str, str, int]) -> ConversationHead:
    conversation, title, created, updated, scope, exchanges = row
    return ConversationHead(
        id=conversation,
        title=title,
        created=datetime.fromisoformat(created),
        updated=datetime.fromisoformat(updated),
        scope=Scope.model_validate_json(scope),
        exchanges=exchanges,
    )


def _scope(connection: apsw.Connection, conversation: str) -> Scope:
    for (scope,) in connection.execute("SELECT scope FROM conversation WHERE id = ?", (conversation,)):
        return Scope.model_validate_json(scope)
    raise LookupError("an exchange without a conversation")


EXCHANGE = "SELECT id, conversation, asked_at, question, answer, version FROM exchange "


def _exchanges(connection: apsw.Connection, conversation: str) -> Iterator[Exchange]:
    for row in connection.execute(EXCHANGE + "WHERE conversation = ? ORDER BY ordinal", (conversation,)):
        yield _row(row)


def _exchange(connection: apsw.Connection, exchange: str) -> Exchange:
    for row in connection.execute(EXCHANGE + "WHERE id = ?", (exchange,)):
        return _row(row)
    raise _no_exchange()


def _row(row: tuple[str, str, str, str, str | None, int]) -> Exchange:
    exchange, conversation, asked_at, question, answer, version = row
    return Exchange(
        id=exchange,
        conversation=conversation,
        asked_at=datetime.fromisoformat(asked_at),
        question=question,
        answer=None if answer is None else answer_json.load(answer, version),
    )


def _no_exchange() -> Known:
    return Known("carrel.exchange.none", "This question is not there any more.", "Ask it again.")


def _touch(connection: apsw.Connection, conversation: str, now: datetime) -> None:
    connection.execute("UPDATE conversation SET updated = ? WHERE id = ?", (now.isoformat(), conversation))
