"""Let the bundle take our empty module of that name instead of chromadb's."""

from pathlib import Path


def pre_find_module_path(api):
    api.search_dirs = [str(Path(__file__).resolve().parents[2] / "replaced")]
