"""What every test may ask for: the folder of development models, the evaluation sets, and a screen that is not there."""

from __future__ import annotations

import os
from collections.abc import Callable
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[1]

os.environ.setdefault("QT_QPA_PLATFORM", "offscreen")


@pytest.fixture(scope="session")
def models_folder() -> Path:
    """Where the development models lie: ``CARREL_TEST_MODELS``, else ``.models`` as `make setup` fills it."""
    return Path(os.environ.get("CARREL_TEST_MODELS") or ROOT / ".models")


@pytest.fixture(scope="session")
def development_model(models_folder: Path) -> Callable[[str], Path]:
    """A real model file by its name; the test is skipped, naming the file, where it is not there."""

    def find(name: str) -> Path:
        path = models_folder / name
        if not path.is_file():
            pytest.skip(f"{name} is not in {models_folder.name}: packaging/development_models.py brings it")
        return path

    return find


@pytest.fixture(scope="session")
def evaluation() -> Path:
    """The evaluation sets beside the repository; they are not part of it."""
    folder = ROOT.parent / "shared" / "evaluation"
    if not folder.is_dir():
        pytest.skip("../shared/evaluation is not here")
    return folder


@pytest.fixture(scope="session")
def bare_room(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The place of a room with a model and no documents, to be copied."""
    from tests.shelf import furnish

    return furnish(tmp_path_factory.mktemp("bare"), papers=False)


@pytest.fixture(scope="session")
def shelf_room(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The place of a room in which the papers of the shelf were read, to be copied."""
    from tests.shelf import furnish

    return furnish(tmp_path_factory.mktemp("shelf"), papers=True)
