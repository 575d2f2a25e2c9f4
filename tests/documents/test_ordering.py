"""The order in which a person looks for files."""

from __future__ import annotations

from app.documents.ordering import natural


def test_whatever_the_case_and_numbers_by_their_size() -> None:
    wanted = ["/a/2/x.md", "/a/10/x.md", "/a b/x.md", "/b/notes.md", "/b/page 9.md", "/b/page 10.md", "/b/Terms.pages"]
    assert sorted(set(wanted), key=natural) == wanted


def test_any_name_has_its_place() -> None:
    odd = ["", "/", "//7", "/7", "/a7", "/a07", "/a007b", f"/{'9' * 5000}", "/\u0663", "C:\\a\\b", "/ü", "/A7"]
    assert sorted(sorted(odd, key=natural, reverse=True), key=natural) == sorted(odd, key=natural)
    assert natural("/A7") != natural("/a7")
