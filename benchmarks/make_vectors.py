"""Makes the sentence vectors of the shipped articles, which travel with the program: an installation then need not make them itself.

    python benchmarks/make_vectors.py

Run it after articles, or data/language/elsewhere.txt, changed much; a text without a vector costs an installation ten milliseconds, once.
"""

from __future__ import annotations

import tempfile
from pathlib import Path

import numpy as np

from kb import KnowledgeBase, load_articles
from kb.search.e5.encoder import shared
from kb.search.semantic import CachedEncoder
from kb.settings import SHIPPED_DATA

SHIPPED = SHIPPED_DATA / "vectors"


def main() -> None:
    with tempfile.TemporaryDirectory() as place:
        encoder = CachedEncoder(shared(), Path(place))
        KnowledgeBase.from_articles(load_articles(SHIPPED_DATA / "faq"), encoder)
        with np.load(Path(place, f"{encoder.name}.npz"), allow_pickle=False) as made:
            SHIPPED.mkdir(exist_ok=True)
            np.savez_compressed(SHIPPED / f"{encoder.name}.npz", keys=made["keys"], vectors=made["vectors"])
            print(f"{len(made['keys'])} vectors in {SHIPPED.name}/{encoder.name}.npz")


if __name__ == "__main__":
    main()
