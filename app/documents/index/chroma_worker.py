"""The index child: chromadb over one private folder. Knows ids and vectors, nothing else. Runs after the locks.

{"op": "open", "folder", "dimensions"}          → {"count"}: an empty collection, whatever lay there
{"op": "upsert", "ids", "bytes"} + DATA          → {}: float32, little-endian, row after row
{"op": "delete", "ids"}                          → {}
{"op": "query", "k", "bytes"} + DATA             → {"ids", "similarities"}
{"op": "count"}                                  → {"count"}
"""

from __future__ import annotations

import os
import shutil
from pathlib import Path
from typing import TYPE_CHECKING, Any

from app.sandbox.frames import Kind, ProtocolError
from app.sandbox.wire import Wire

if TYPE_CHECKING:
    import numpy as np
    import numpy.typing as npt

NAME = "vectors"
BATCH = 1000
EF_SEARCH = 200


class _Index:
    def __init__(self, folder: Path, dimensions: int) -> None:
        for name in [name for name in os.environ if name.startswith(("CHROMA_", "OTEL_"))]:
            del os.environ[name]
        import chromadb  # noqa: PLC0415 - one second and 77 MB, only when a folder is opened
        from chromadb.config import Settings  # noqa: PLC0415

        for entry in folder.iterdir():
            shutil.rmtree(entry) if entry.is_dir() else entry.unlink()
        os.chdir(folder)
        settings = Settings(
            _env_file=None,
            anonymized_telemetry=False,
            chroma_otel_granularity="none",
            chroma_otel_collection_endpoint="",
        )
        client = chromadb.PersistentClient(path=str(folder), settings=settings)
        self.dimensions = dimensions
        self.collection = client.create_collection(
            NAME,
            embedding_function=None,
            configuration={"hnsw": {"space": "cosine", "ef_search": EF_SEARCH}},
        )


def main(wire: Wire) -> None:
    index: _Index | None = None
    while (request := wire.request()) is not None:
        raw = _data(wire, request)
        try:
            if request["op"] == "open":
                index = _Index(Path(str(request["folder"])), int(request["dimensions"]))
                wire.result(request, count=index.collection.count())
            elif index is None:
                wire.error(request, "carrel.index.closed", "The index is not open.")
            else:
                wire.result(request, **_perform(index, request, _rows(index, raw)))
        except Exception as error:  # noqa: BLE001 - whatever chromadb raises, the parent throws the index away
            wire.error(request, "carrel.index.failed", f"The index failed ({type(error).__name__}).")


def _perform(index: _Index, request: dict[str, Any], rows: npt.NDArray[np.float32]) -> dict[str, Any]:
    ids = [str(int(number)) for number in request.get("ids", ())]
    match request["op"]:
        case "upsert":
            for start in range(0, len(ids), BATCH):
                index.collection.upsert(ids=ids[start : start + BATCH], embeddings=rows[start : start + BATCH])
            return {}
        case "delete":
            for start in range(0, len(ids), BATCH):
                known = index.collection.get(ids=ids[start : start + BATCH], include=[])["ids"]
                if known:
                    index.collection.delete(ids=known)
            return {}
        case "query":
            k = min(int(request["k"]), index.collection.count())
            if k < 1:
                return {"ids": [], "similarities": []}
            found = index.collection.query(query_embeddings=rows, n_results=k, include=["distances"])
            distances = (found["distances"] or [[]])[0]
            return {
                "ids": [int(number) for number in found["ids"][0]],
                "similarities": [1.0 - float(distance) for distance in distances],
            }
        case "count":
            return {"count": index.collection.count()}
        case _:
            raise ValueError("unknown operation")


def _rows(index: _Index, raw: bytes) -> npt.NDArray[np.float32]:
    import numpy as np  # noqa: PLC0415 - chromadb has loaded it by now

    return np.frombuffer(raw, dtype="<f4").reshape(-1, index.dimensions)


def _data(wire: Wire, request: dict[str, Any]) -> bytes:
    parts: list[bytes] = []
    missing = int(request.get("bytes", 0))
    while missing > 0:
        frame = wire.receive()
        if frame is None or frame[0] is not Kind.DATA or not isinstance(frame[1], bytes):
            raise ProtocolError("the vectors did not follow")
        parts.append(frame[1])
        missing -= len(frame[1])
    return b"".join(parts)
