"""``models get``: the only module of the program that opens a socket.

It names the host and asks once before anything is looked up; it speaks https only, to the hosts the catalogue names
and to no other, not even when it is sent there. What arrives is a partial file in the staging folder; a later call
goes on where it ended. The hash decides whether it is the model.
"""

from __future__ import annotations

import asyncio
import contextlib
import http
import http.client
import ssl
import threading
import urllib.error
import urllib.request
from collections.abc import Awaitable, Callable
from pathlib import Path
from typing import IO

from app.kernel.errors import Known
from app.kernel.log import logger
from app.kernel.paths import private_folder
from app.models.bounded import amount
from app.models.catalogue import CatalogueEntry
from app.models.staging import BLOCK, FULL, discard, disk_full, require_room, sha256_of

log = logger(__name__)

SECONDS_OF_SILENCE = 30.0
MOST_REDIRECTS = 5
SUFFIX = ".download"
AGENT = "Carrel"

Consent = Callable[[str], Awaitable[bool]]
Progress = Callable[[float], None]


class Redirected(Exception):  # noqa: N818 - caught here
    """The server sent us to a host that was not agreed to."""


class Download:
    """One file of the catalogue on its way into the staging folder.

    Attributes:
        entry: which.
        path: of the whole file, once ``fetch`` is done; until then of what is there.
    """

    def __init__(
        self,
        entry: CatalogueEntry,
        staging: Path,
        tls: ssl.SSLContext | None = None,
        *,
        patience: float = SECONDS_OF_SILENCE,
    ) -> None:
        self.entry = entry
        self._patience = patience
        self.path = private_folder(staging) / f"{entry.sha256}{SUFFIX}"
        self._tag = self.path.with_suffix(".etag")
        self._tls = tls

    @property
    def have(self) -> int:
        """Bytes that arrived in earlier calls."""
        return self.path.stat().st_size if self.path.exists() else 0

    def question(self) -> str:
        """What is going to happen, for the person who is asked."""
        rest = amount(self.entry.bytes - min(self.have, self.entry.bytes))
        others = [host for host in self.entry.hosts if host != self.entry.host]
        through = f" (its servers: {', '.join(others)})" if others else ""
        return f"Carrel will connect to {self.entry.host}{through} and download {self.entry.title}, {rest}."

    async def fetch(self, consent: Consent, progress: Progress) -> Path:
        """Ask, then download what is missing; the answer is the file with the right hash.

        ``progress`` is called on the loop with the fraction that is there. Cancelling keeps what arrived.

        Raises:
            Known: ``carrel.download.declined``, ``.unreachable``, ``.redirected``, ``.answer``, ``.interrupted``;
                ``carrel.model.checksum``, ``carrel.disk.full``.
        """
        if self.have < self.entry.bytes:
            if not await consent(self.question()):
                log.info("no consent to connect to %s for %s", self.entry.host, self.entry.name)
                raise Known(
                    "carrel.download.declined",
                    f"{self.entry.host} was not contacted.",
                    "Run the command again and agree, or add the model from a file.",
                )
            log.info("consent to connect to %s for %s", self.entry.host, self.entry.name)
            await self._in_thread(progress)
        if await asyncio.to_thread(sha256_of, self.path) != self.entry.sha256:
            self.discard()
            log.warning("wrong hash for %s", self.entry.name)
            raise Known(
                "carrel.model.checksum",
                f"What {self.entry.host} sent is not {self.entry.title}: its SHA-256 is wrong. It was deleted.",
                "Try again later; if it stays so, do not use this source.",
            )
        discard(self._tag)
        log.info("downloaded %s, %d bytes", self.entry.name, self.entry.bytes)
        return self.path

    def discard(self) -> None:
        """Forget what arrived."""
        discard(self.path)
        discard(self._tag)

    async def _in_thread(self, progress: Progress) -> None:
        loop, stop = asyncio.get_running_loop(), threading.Event()

        def tell(part: float) -> None:
            loop.call_soon_threadsafe(progress, part)

        work = asyncio.ensure_future(asyncio.to_thread(self._receive, tell, stop))
        try:
            await asyncio.shield(work)
        except asyncio.CancelledError:
            stop.set()
            with contextlib.suppress(Known):
                await work
            raise

    def _receive(self, progress: Progress, stop: threading.Event) -> None:
        """One connection, from asking to the end of the file. Blocks."""
        require_room(self.path.parent, self.entry.bytes - self.have)
        try:
            with self._open() as response, self._writable(response) as file:
                count = file.tell()
                while count < self.entry.bytes and not stop.is_set():
                    if not (block := response.read1(min(BLOCK, self.entry.bytes - count))):
                        raise self._interrupted()
                    file.write(block)
                    count += len(block)
                    progress(count / self.entry.bytes)
        except Redirected as error:
            raise self._redirected() from error
        except urllib.error.HTTPError as error:
            error.close()
            if error.code == http.HTTPStatus.REQUESTED_RANGE_NOT_SATISFIABLE:
                self.discard()
            if 300 <= error.code < 400:
                raise self._redirected() from error
            raise self._answer(f"answered with status {error.code}") from error
        except urllib.error.URLError as error:
            raise self._unreachable() from error
        except (http.client.HTTPException, TimeoutError, ConnectionError, ssl.SSLError) as error:
            raise self._interrupted() from error
        except OSError as error:
            raise (disk_full(self.path.parent) if error.errno in FULL else self._unreachable()) from error

    def _open(self) -> http.client.HTTPResponse:
        request = urllib.request.Request(  # noqa: S310 - https, checked by the catalogue
            self.entry.source, headers={"User-Agent": AGENT, "Accept-Encoding": "identity"}
        )
        if self.have:
            request.add_header("Range", f"bytes={self.have}-")
            if self._tag.exists():
                request.add_header("If-Range", self._tag.read_text(encoding="ascii"))
        opener = urllib.request.OpenerDirector()
        for handler in (
            urllib.request.HTTPSHandler(context=self._tls or ssl.create_default_context()),
            urllib.request.HTTPDefaultErrorHandler(),
            urllib.request.HTTPErrorProcessor(),
            _Agreed(self.entry),
        ):
            opener.add_handler(handler)
        response: http.client.HTTPResponse = opener.open(request, timeout=self._patience)
        return response

    def _writable(self, response: http.client.HTTPResponse) -> IO[bytes]:
        """The partial file, at the place where this answer goes on: its end, or its start if all is sent again."""
        have, whole = self.have, self.entry.bytes
        length = response.headers.get("Content-Length", "")
        if response.status == http.HTTPStatus.PARTIAL_CONTENT:
            if response.headers.get("Content-Range") != f"bytes {have}-{whole - 1}/{whole}":
                self.discard()
                raise self._answer("offers another part or another file than was asked for")
            return self.path.open("ab")
        if response.status != http.HTTPStatus.OK or (length and length != str(whole)):
            raise self._answer("offers a file of another size")
        tag = response.headers.get("ETag", "")
        if tag.startswith('"') and tag.isascii() and tag.isprintable():
            self._tag.write_text(tag, encoding="ascii")
        else:
            discard(self._tag)
        file = self.path.open("wb")
        self.path.chmod(0o600)
        return file

    def _redirected(self) -> Known:
        return Known(
            "carrel.download.redirected",
            f"{self.entry.host} points to an address outside those agreed to, or in a circle; it was not followed.",
            "Get the file by hand from its publisher and add it; its SHA-256 is checked.",
        )

    def _answer(self, what: str) -> Known:
        return Known(
            "carrel.download.answer",
            f"{self.entry.host} {what}.",
            "Try again later, or add the model from a file.",
            retryable=True,
        )

    def _unreachable(self) -> Known:
        return Known(
            "carrel.download.unreachable",
            f"{self.entry.host} cannot be reached over a secure connection.",
            "Check the network and try again; without one, add the model from a file.",
            retryable=True,
        )

    def _interrupted(self) -> Known:
        return Known(
            "carrel.download.interrupted",
            f"The connection ended early; {amount(self.have)} of {amount(self.entry.bytes)} are here.",
            "Run the command again: it goes on from there.",
            retryable=True,
        )


class _Agreed(urllib.request.HTTPRedirectHandler):
    """Follows a redirect only to an https address the catalogue entry allows."""

    max_redirections = MOST_REDIRECTS

    def __init__(self, entry: CatalogueEntry) -> None:
        self._entry = entry

    def redirect_request(
        self,
        req: urllib.request.Request,
        fp: IO[bytes],
        code: int,
        msg: str,
        headers: http.client.HTTPMessage,
        newurl: str,
    ) -> urllib.request.Request | None:
        if not self._entry.allows(newurl):
            fp.close()
            raise Redirected
        log.info("redirected to an agreed host for %s", self._entry.name)
        return super().redirect_request(req, fp, code, msg, headers, newurl)
