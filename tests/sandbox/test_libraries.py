"""Case 65: what the children are for works under the locks."""

from __future__ import annotations

import os
import tempfile
from collections.abc import Callable
from pathlib import Path

import pytest

from app.domain.policy import Limits, Tier
from app.sandbox.order import NOBODY
from tests.sandbox.conftest import Run

GIB = 2**30
LOOSE = Limits(
    resident_bytes=2 * GIB, address_space_bytes=0, cpu_seconds=0, wall_seconds=280.0, file_bytes=GIB, open_files=256
)
EMBEDDER = Path(__file__).resolve().parents[2] / "resources" / "embedder"


def test_numpy_with_its_threads(everywhere: Callable[..., Run]) -> None:
    run = everywhere(
        "import numpy\na = numpy.ones((500, 500))\nprint(int((a @ a)[0, 0]))",
        environment={"OPENBLAS_NUM_THREADS": "2"},
    )
    assert run.lines == ["500"], run.stderr


def test_pillow_draws_a_picture_under_the_policy_of_tools(everywhere: Callable[..., Run]) -> None:
    run = everywhere(
        "from PIL import Image\nImage.new('RGB', (300, 200), 'red').save('picture.png')\n"
        "print(Image.open('picture.png').getpixel((9, 9)))"
    )
    assert run.lines == ["(255, 0, 0)"], run.stderr
    assert [one.data[:4] for one in run.artifacts] == [b"\x89PNG"]


def test_the_readers_formats_are_opened_with_the_standard_library(everywhere: Callable[..., Run]) -> None:
    """Word files are archives of XML, mails are mails: what the readers use of it works."""
    run = everywhere(
        "import email, io, xml.etree.ElementTree as tree, zipfile\nroom = io.BytesIO()\n"
        "with zipfile.ZipFile(room, 'w', zipfile.ZIP_DEFLATED) as file: file.writestr('word.xml', '<a><b>text</b></a>')\n"
        "print(tree.fromstring(zipfile.ZipFile(room).read('word.xml'))[0].text, email.message_from_string('a: b')['a'])"
    )
    assert run.lines == ["text b"], run.stderr


def test_pdfium_draws_a_page_under_the_policy_of_tools(everywhere: Callable[..., Run]) -> None:
    run = everywhere(
        "import pypdfium2\nwith pypdfium2.PdfDocument.new() as document:\n"
        "    print(document.new_page(200, 100).render(scale=2).height)\n"
    )
    assert run.lines == ["200"], run.stderr


def test_llama_loads_and_writes(everywhere: Callable[..., Run], development_model: Callable[[str], Path]) -> None:
    model = development_model("SmolLM2-135M-Instruct.Q4_1.gguf")
    run = everywhere(
        f"""
import llama_cpp
model = llama_cpp.Llama({str(model)!r}, n_ctx=256, n_threads=2, verbose=False)
seen = llama_cpp.LogitsProcessorList([lambda ids, scores: scores])
print(model("The capital of France is", max_tokens=4, temperature=0, logits_processor=seen)["usage"]["completion_tokens"])
model.close()
""",
        role="engine",
        read=(model,),
        limits=LOOSE,
    )
    assert run.lines == ["4"], run.stderr


def test_onnxruntime_opens_nothing_and_embeds(everywhere: Callable[..., Run]) -> None:
    models = sorted(EMBEDDER.rglob("*.onnx"))
    if not models:
        pytest.skip("resources/embedder holds no model yet")
    run = everywhere(
        f"""
import numpy, onnxruntime
options = onnxruntime.SessionOptions()
options.intra_op_num_threads = 2
session = onnxruntime.InferenceSession({str(models[0])!r}, options, providers=["CPUExecutionProvider"])
ids = {{one.name: numpy.ones((1, 8), dtype=numpy.int64) for one in session.get_inputs()}}
print(session.run(None, ids)[0].shape[0])
print([number for number, mode in descriptors() if stat.S_ISSOCK(mode)], sorted(os.listdir(os.environ["TMPDIR"])))
""",
        role="embedder",
        read=(EMBEDDER,),
        limits=LOOSE,
    )
    assert run.lines == ["1", "[] ['in', 'work']"], run.stderr


def test_chroma_keeps_its_folder_in_memory(everywhere: Callable[..., Run], each_tier: Tier) -> None:
    with tempfile.TemporaryDirectory(dir="/dev/shm") as folder:
        if each_tier is Tier.LAUNCHER and os.getuid() == 0:
            os.chown(folder, NOBODY, NOBODY)
        run = everywhere(
            f"""
import chromadb
from chromadb.config import Settings
settings = Settings(_env_file=None, anonymized_telemetry=False, chroma_otel_granularity="none", chroma_otel_collection_endpoint="")
client = chromadb.PersistentClient(path={folder!r}, settings=settings)
rows = client.create_collection("vectors", embedding_function=None)
rows.add(ids=[str(n) for n in range(2000)], embeddings=[[float(n)] * 4 for n in range(2000)])
print(rows.count(), rows.query(query_embeddings=[[3.1] * 4], n_results=1)["ids"])
""",
            role="index",
            write=(Path(folder),),
            limits=LOOSE,
        )
        assert run.lines == ["2000 [['3']]"], run.stderr
        assert Path(folder, "chroma.sqlite3").is_file()
