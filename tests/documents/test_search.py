"""Hybrid search over a real store: safe questions, scope before ranking, scripts without spaces, fusion."""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from pathlib import Path

import apsw
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from app.documents.intake import Order
from app.documents.lexical import with_years, words_expression
from app.documents.scope import Reach
from app.documents.scripts import grams, spaced
from app.documents.search import Mode
from app.domain.documents import Label
from app.vault.migration import shipped
from tests.documents.conftest import Desk

AtDesk = Callable[[Callable[[Desk], Awaitable[None]]], None]

PAPERS = {
    "lease.md": "# Lease of the harbour office\n\nThe notice period is three months to the end of a quarter.\n",
    "crane.md": "# Crane\n\nThe crane was repaired in May for 1,250 euro. It lifts eleven tonnes.\n",
    "food.md": "# Canteen\n\nSoup is served on Mondays. The cook buys fish at the quay.\n",
    "zh.txt": "超级碗在旧金山湾区的体育场举行。丹佛野马队击败了黑豹队。",
}


def add_papers(desk: Desk, folder: Path, names: tuple[str, ...] = tuple(PAPERS)) -> Awaitable[dict[str, str]]:
    folder.mkdir(exist_ok=True)
    for name in names:
        (folder / name).write_text(PAPERS[name])
    return desk.add(folder)


@pytest.mark.parametrize("mode", ["hybrid", "lexical", "vector"])
def test_the_right_passage_comes_first_with_its_place(at_desk: AtDesk, tmp_path: Path, mode: Mode) -> None:
    async def work(desk: Desk) -> None:
        await add_papers(desk, tmp_path / "p")
        result = await desk.search.find(
            "What did repairing the crane cost in May?", Reach((desk.collection.id,)), 3, mode
        )
        best = result.hits[0]
        assert best.path.endswith("crane.md")
        assert best.title == "Crane"
        assert best.label is Label.INTERNAL
        text = await desk.store.text(best.source)
        assert text[slice(*best.span)] == best.text
        assert (best.similarity is None) == (mode == "lexical")
        scores = [hit.score for hit in result.hits]
        assert scores == sorted(scores, reverse=True)
        assert (await desk.store.passage(best.chunk)).text == best.text

    at_desk(work)


def test_nothing_outside_the_scope_comes_out(at_desk: AtDesk, tmp_path: Path) -> None:
    async def work(desk: Desk) -> None:
        secret = await desk.collections.add("Secret", Label.CONFIDENTIAL)
        (tmp_path / "s").mkdir()
        (tmp_path / "s" / "secret.md").write_text("The crane was sold in secret.")
        await add_papers(desk, tmp_path / "p")
        await desk.add(tmp_path / "s", order=Order(secret, secret.label))
        for mode in ("hybrid", "lexical", "vector"):
            find = desk.search.find
            seen = {hit.collection for hit in (await find("crane sold", Reach((desk.collection.id,)), 9, mode)).hits}
            assert seen == {desk.collection.id}
            both = (desk.collection.id, secret.id)
            seen = {hit.label for hit in (await find("crane sold", Reach(both), 9, mode)).hits}
            assert Label.CONFIDENTIAL in seen
            seen = {hit.label for hit in (await find("crane sold", Reach(both, Label.INTERNAL), 9, mode)).hits}
            assert seen == {Label.INTERNAL}
            lease = await desk.store.source_at(str(tmp_path / "p" / "lease.md"))
            hits = (await find("notice period", Reach(both, sources=(lease.id,)), 9, mode)).hits
            assert {hit.source for hit in hits} == {lease.id}
            assert (await find("crane", Reach(()), 9, mode)).hits == ()
            assert (await find("crane", Reach(("unknown",)), 9, mode)).hits == ()

    at_desk(work)


def test_scripts_without_spaces_are_found(at_desk: AtDesk, tmp_path: Path) -> None:
    async def work(desk: Desk) -> None:
        await add_papers(desk, tmp_path / "p")
        for question in ("体育场在哪里", "野马", "旧金山 stadium"):
            hits = (await desk.search.find(question, Reach((desk.collection.id,)), 2, "lexical")).hits
            assert hits[0].path.endswith("zh.txt")

    at_desk(work)


def test_grams_pair_unspaced_characters_only() -> None:
    assert grams("abc 超级碗 x 山 ほん") == "超级 级碗 山 ほん"
    assert grams("only latin") == ""
    assert spaced("abc超级d") == "abc d"


def test_a_fiscal_year_is_also_looked_for_as_a_year() -> None:
    assert with_years("sales in FY2019 and fy20, FY2023Q1") == "sales in FY2019 and fy20, FY2023Q1 2019 2020 2023"
    assert with_years("the FY200000 model, 1250 euro") == "the FY200000 model, 1250 euro"


@pytest.fixture(scope="module")
def tables() -> apsw.Connection:
    connection = apsw.Connection(":memory:")
    for step in shipped():
        connection.execute(step.sql).fetchall()
    connection.execute("INSERT INTO collection VALUES ('c', 'c', 'public', '', '')").fetchall()
    row = "'s', 'c', '/p', 'p', 'txt', 't', '', 0, 0, 'public', '', 'indexed', '', NULL, 1, '', NULL, '[]', 1"
    connection.execute(f"INSERT INTO source VALUES ({row})").fetchall()
    for number in range(1, 301):
        text = f"common word {'rare' if number == 7 else 'usual'} or and near"
        connection.execute(
            'INSERT INTO chunk (id, source, ordinal, start, "end", heading_path, text, heading, title, grams)'
            " VALUES (?, 's', ?, 0, 1, '[]', ?, '', '', '')",
            (str(number), number, text),
        ).fetchall()
    return connection


def test_frequent_words_are_dropped_beside_rare_ones(tables: apsw.Connection) -> None:
    assert words_expression(tables, "the common rare unknown") == '"rare"'
    assert words_expression(tables, "common words") == '"common" OR "words"'
    assert words_expression(tables, "…") == ""


@settings(max_examples=300, suppress_health_check=[HealthCheck.function_scoped_fixture], deadline=None)
@given(st.text(max_size=60) | st.from_regex(r'(rare|common|"|\*|\(|NEAR|AND|-|:|\^|\s){0,12}'))
def test_no_question_is_a_query_language(tables: apsw.Connection, question: str) -> None:
    expression = words_expression(tables, question)
    if expression:
        tables.execute("SELECT rowid FROM chunk_words WHERE chunk_words MATCH ?", (expression,)).fetchall()
