"""llama-cpp-python opens its libraries by name; a build for every processor keeps more of them beside the package."""

from pathlib import Path

from PyInstaller.utils.hooks import get_package_paths

_, package = get_package_paths("llama_cpp")
site = Path(package).parent
binaries = [(str(path), "llama_cpp/lib") for path in sorted(Path(package, "lib").glob("*.so*"))]
binaries += [(str(path), "bin") for path in sorted((site / "bin").glob("*ggml*"))]
hiddenimports = ["llama_cpp.llama_cpp"]
excludedimports = ["llama_cpp.server", "huggingface_hub"]
