"""Only what a local client needs: the rest of chromadb is its server, its embedding functions and their downloads."""

hiddenimports = ["chromadb.api.rust", "chromadb.telemetry.product.posthog", "chromadb_rust_bindings"]
excludedimports = ["chromadb.server", "chromadb.cli", "kubernetes", "uvicorn", "fastapi", "onnxruntime", "tokenizers"]
