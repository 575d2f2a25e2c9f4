"""Evidence: the page a quote stands on, the text around it, and whether the file is still the one that was read."""

from __future__ import annotations

import asyncio
from collections import OrderedDict
from pathlib import Path
from typing import TYPE_CHECKING, Literal

from app.documents.reading import draw_page
from app.kernel.errors import Known

if TYPE_CHECKING:
    from app.documents.store import DocumentStore
    from app.domain.documents import PagePicture, Source
    from app.sandbox.nursery import Launcher

PICTURES_KEPT = 24
WITHOUT_PAGES = "carrel.page.none"


class Evidence:
    """Draws pages in reader children; the last few pictures stay in memory, none is written to disk."""

    def __init__(self, store: DocumentStore, launcher: Launcher) -> None:
        self._store = store
        self._launcher = launcher
        self._pictures: OrderedDict[tuple[str, str, int, int, tuple[str, ...]], PagePicture] = OrderedDict()

    async def page_picture(self, source: str, page: int, width: int, texts: tuple[str, ...] = ()) -> PagePicture:
        """See ``Desk.page_picture``. The picture is of the file as it is now; ``source_state`` tells if that changed."""
        row = await self._store.source(source)
        if row.kind != "pdf" or row.pages is None:
            raise Known(WITHOUT_PAGES, f"{row.name} has no pages to draw.", "Its text is shown instead.")
        if not 0 <= page < row.pages:
            raise Known(
                "carrel.page.number", f"{row.name} has {row.pages} pages.", f"Choose a page from 1 to {row.pages}."
            )
        key = (source, row.sha256, page, width, texts)
        if (kept := self._pictures.get(key)) is not None:
            self._pictures.move_to_end(key)
            return kept
        picture = await draw_page(self._launcher, Path(row.path), page, width, texts)
        self._pictures[key] = picture
        while len(self._pictures) > PICTURES_KEPT:
            self._pictures.popitem(last=False)
        return picture

    async def source_text(self, source: str) -> str:
        """The normalised text that was indexed."""
        return await self._store.text(source)

    async def source_state(self, source: str) -> Literal["same", "changed", "gone"]:
        """By size and modification time; ``changed`` may be a file that was only touched."""
        row = await self._store.source(source)
        return await asyncio.to_thread(_state, row)


def _state(row: Source) -> Literal["same", "changed", "gone"]:
    try:
        seen = Path(row.path).stat()
    except OSError:
        return "gone"
    return "same" if (seen.st_size, seen.st_mtime) == (row.bytes, row.modified) else "changed"
