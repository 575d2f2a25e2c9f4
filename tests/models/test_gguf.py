"""The structural check: what it lets through and the reason it gives for everything else."""

from __future__ import annotations

import json
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path

import pytest

from app.models.bounded import Refused
from app.models.facts import describe
from app.models.gguf import check
from tests.material.gguf_files import F32, LLAMA, Q4_0, GgufFile, Tensor, numbers, scalar, string, strings, text

A, B = Tensor("a.weight"), Tensor("b.weight", (64,), Q4_0)


def refusal(path: Path) -> str:
    with pytest.raises(Refused) as refused:
        describe(check(path))
    return str(refused.value)


def test_a_sound_file_is_described(tmp_path: Path) -> None:
    structure = check(GgufFile().write(tmp_path / "a.gguf"))
    assert [tensor.name for tensor in structure.tensors] == ["a.weight", "b.weight"]
    assert structure.lists == {"tokenizer.ggml.tokens": 3}
    facts = describe(structure)
    assert (facts.name, facts.publisher, facts.licence) == ("Tiny", "Carrel", "apache-2.0")
    assert (facts.architecture, facts.context, facts.parameters) == ("llama", 256, 128)
    assert facts.quantisation == "F32"
    assert facts.kv_per_token == 2 * 2 * (16 + 16) * 2
    assert facts.weights == 64 * 4 + 2 * 18
    assert facts.template


@pytest.mark.parametrize(
    ("file", "reason"),
    [
        (GgufFile(magic=b"GGML"), "this is not a GGUF model file"),
        (GgufFile(version=1), "the file is GGUF version 1; versions 2 and 3 are read"),
        (GgufFile(version=4), "the file is GGUF version 4; versions 2 and 3 are read"),
        (GgufFile(version=0x03000000), "the file was made for big-endian machines"),
        (GgufFile(count_pairs=2**64 - 1), "it claims 18,446,744,073,709,551,615 metadata entries"),
        (GgufFile(count_tensors=2**40), "it claims 1,099,511,627,776 tensors"),
        (GgufFile(tensors=(), count_pairs=12, alignment=1), "the file ends inside the name of metadata entry 12"),
        (GgufFile(tensors=(A,), count_tensors=2), "the name of tensor 2 is empty or holds control characters"),
        (GgufFile(pairs=(*LLAMA, LLAMA[0])), "metadata entry 12 has the same name as an earlier one"),
        (GgufFile(pairs=(string("general.architecture\0", "llama"),)), "empty or holds control characters"),
        (GgufFile(pairs=(string(b"\xff\xfe", "llama"),)), "the name of metadata entry 1 is not text"),
        (GgufFile(pairs=(text("key") + (99).to_bytes(4, "little"),)), "metadata entry 1 has the unknown type 99"),
        (GgufFile(pairs=(b"\xff" * 8,)), "the name of metadata entry 1 is 18.4 EB long"),
        (GgufFile(pairs=(text("l") + b"\x09\0\0\0\x09\0\0\0" + bytes(8),)), "metadata entry 1 is a list of lists"),
        (GgufFile(pairs=(text("l") + b"\x09\0\0\0\x08\0\0\0" + b"\xff" * 8,)), "more than the file can hold"),
        (GgufFile(pairs=(strings("tokenizer.ggml.tokens", ["x" * 70_000]),)), "an entry of the list tokenizer.ggml"),
        (GgufFile(pairs=(string("tokenizer.chat_template", "x" * 300_000),)), "its chat template is 300.0 kB long"),
        (GgufFile(pairs=(numbers("tokenizer.ggml.token_type", "u8", [1]),)), "has entries of the wrong type"),
        (GgufFile(pairs=(string("tokenizer.ggml.tokens", "x"),)), "tokenizer.ggml.tokens is not a list"),
        (
            GgufFile(pairs=(*LLAMA, numbers("tokenizer.ggml.scores", "f32", [1.0]))),
            "the list tokenizer.ggml.scores has 1 entries for 3 tokens",
        ),
        (GgufFile(pairs=(scalar("general.alignment", "u32", 2**31),)), "its alignment is 2147483648, not a power"),
        (GgufFile(pairs=(scalar("general.alignment", "u32", 0),)), "its alignment is 0, not a power of two"),
        (GgufFile(pairs=(scalar("general.alignment", "u64", 32),)), "not a whole number of 32 bits"),
        (GgufFile(tensors=(A, A)), "tensor 2 has the same name as an earlier one"),
        (GgufFile(tensors=(Tensor("n" * 64),)), "the name of tensor 1 is 64 bytes long; at most 63 bytes"),
        (GgufFile(tensors=(Tensor(dimensions=(1, 1, 1, 1, 1)),)), "tensor 1 has 5 dimensions"),
        (GgufFile(tensors=(Tensor(dimensions=(2**33, 2**33)),)), "tensor 1 has an impossible size"),
        (GgufFile(tensors=(Tensor(dimensions=(32, 0)),)), "tensor 1 has no elements"),
        (GgufFile(tensors=(Tensor(kind=4),)), "tensor 1 has the unknown type 4"),
        (GgufFile(tensors=(Tensor(dimensions=(33,), kind=Q4_0),)), "not whole blocks of Q4_0"),
        (GgufFile(tensors=(A, B), missing=36), "tensor 2 ends 36 bytes after the end of the file"),
        (GgufFile(tensors=(A, Tensor("b", (2**29,), F32))), "tensor 2 ends 2.1 GB after the end of the file"),
        (GgufFile(tensors=(A, Tensor("b", (1,), offset=4))), "tensor 2 does not start at a multiple of 32 bytes"),
        (GgufFile(tensors=(A, Tensor("b", (1,), offset=0))), "tensor 2 overlaps the one before it"),
        (GgufFile(tensors=(Tensor("b", (1,), offset=32),), padding=bytes(99)), "starts 32 bytes after the one before"),
        (GgufFile(tensors=()), "it has no weights"),
        (GgufFile(pairs=()), "it does not name its architecture"),
        (GgufFile(pairs=(string("general.architecture", "../../etc"),)), "it does not name its architecture"),
        (GgufFile(pairs=(*LLAMA, string("general.type", "adapter"))), "a part of one (adapter)"),
        (GgufFile(pairs=(*LLAMA, scalar("split.count", "u32", 3))), "one part of a model that comes in 3 files"),
        (GgufFile(pairs=LLAMA[:4]), "it does not say how many layers it has"),
        (GgufFile(pairs=LLAMA[:5]), "it does not say how long its context is"),
        (GgufFile(pairs=(LLAMA[0], scalar("llama.block_count", "u32", 2**31))), "llama.block_count is impossible"),
    ],
)
def test_each_lie_is_refused_with_its_reason(tmp_path: Path, file: GgufFile, reason: str) -> None:
    assert reason in refusal(file.write(tmp_path / "a.gguf"))


@pytest.mark.parametrize(
    ("content", "words"),
    [
        (b"", "the file is empty"),
        (b"\x80\x04\x95\x00", "a Python pickle"),
        (b"cos\nsystem\n(S'true'\ntR.", "a Python pickle"),
        (b"PK\x03\x04" + bytes(60), "a ZIP archive"),
        (b'\x08\0\0\0\0\0\0\0{"a":{}}', "a safetensors file"),
        (b"\x89HDF\r\n\x1a\n" + bytes(60), "an HDF5 file"),
        (b"<html><body>Please sign in</body></html>", "a web page"),
        (b"version https://git-lfs.github.com/spec/v1\noid sha256:00", "a Git LFS pointer"),
        (b"Dear all,\nplease find attached", "a text file"),
        (bytes(100), "not a GGUF model file"),
    ],
)
def test_other_files_are_refused_in_words(tmp_path: Path, content: bytes, words: str) -> None:
    path = tmp_path / "a.gguf"
    path.write_bytes(content)
    assert words in refusal(path)


def test_texts_of_the_file_are_cleaned_for_people(tmp_path: Path) -> None:
    name = string("general.name", "Ev\u202eil\n\x00 <b>" + "x" * 500)
    facts = describe(
        check(GgufFile(pairs=(*(one for one in LLAMA if b"general.name" not in one), name)).write(tmp_path / "a"))
    )
    assert facts.name.isprintable()
    assert facts.name.startswith("Ev il <b>xxx")
    assert len(facts.name) <= 120


def test_quantisation_is_that_of_most_weights_when_the_file_does_not_say(tmp_path: Path) -> None:
    tensors = (Tensor("norm", (4,)), Tensor("w", (320,), Q4_0))
    assert describe(check(GgufFile(tensors=tensors).write(tmp_path / "a"))).quantisation == "Q4_0"
    named = GgufFile(tensors=tensors, pairs=(*LLAMA, scalar("general.file_type", "u32", 15)))
    assert describe(check(named.write(tmp_path / "b"))).quantisation == "Q4_K_M"


def test_heads_may_be_given_per_layer(tmp_path: Path) -> None:
    pairs = tuple(one for one in LLAMA if b"head_count_kv" not in one)
    heads = numbers("llama.attention.head_count_kv", "i32", [1, 3])
    assert describe(check(GgufFile(pairs=(*pairs, heads)).write(tmp_path / "a"))).kv_per_token == 4 * 32 * 2
    short = numbers("llama.attention.head_count_kv", "i32", [1])
    assert "impossible" in refusal(GgufFile(pairs=(*pairs, short)).write(tmp_path / "b"))


@pytest.mark.parametrize(
    ("file", "parameters", "quantisation", "context", "licence"),
    [
        ("SmolLM2-135M-Instruct.Q4_1.gguf", 134_515_008, "Q4_1", 8192, "apache-2.0"),
        ("qwen2.5-coder-0.5b-instruct-q4_k_m.gguf", 630_167_424, "Q4_K_M", 32768, ""),
    ],
)
def test_real_models(
    development_model: Callable[[str], Path], file: str, parameters: int, quantisation: str, context: int, licence: str
) -> None:
    facts = describe(check(development_model(file)))
    assert (facts.parameters, facts.quantisation, facts.context) == (parameters, quantisation, context)
    assert facts.licence == licence
    assert facts.template


def test_the_hostile_collection(evaluation: Path) -> None:
    """Every file of the set is either sound or refused in words; the sound ones are exactly those meant to be."""
    folder = evaluation / "model_files" / "dev"
    rows = [json.loads(line) for line in (folder / "manifest.jsonl").read_text(encoding="utf-8").splitlines()]
    passed = set()
    for row in rows:
        try:
            check(folder / row["file"])
        except Refused as refused:
            assert str(refused)
        else:
            passed.add(row["file"])
    headers_only = {row["file"] for row in rows if "valid__TENSORS_" in row["file"]}
    meant = {row["file"] for row in rows if row["file"].startswith(("gguf_chat_template/", "gguf_llamacpp/valid__"))}
    assert len(rows) > 100
    assert passed == meant - headers_only
    for name in passed:
        with pytest.raises(Refused):
            describe(check(folder / name))


def test_memory_stays_bounded(tmp_path: Path) -> None:
    """A file of a million tokens is checked in a process that may not grow by more than a few megabytes."""
    path = GgufFile(pairs=(*LLAMA[:9], strings("tokenizer.ggml.tokens", ["word"] * 1_000_000))).write(tmp_path / "a")
    code = (
        "import resource, sys\nfrom pathlib import Path\nfrom app.models.gguf import check\n"
        "before = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss\ncheck(Path(sys.argv[1]))\n"
        "print(resource.getrusage(resource.RUSAGE_SELF).ru_maxrss - before)"
    )
    grown = subprocess.run(
        [sys.executable, "-c", code, str(path)],
        check=True,
        capture_output=True,
        text=True,
        cwd=Path(__file__).parents[2],
    )
    assert int(grown.stdout) < 8 * 1024
