"""The sentences that tell agents why a mail was sorted as it was, from data/sentences.yaml."""

from __future__ import annotations

from datetime import datetime
from pathlib import Path

from typing_extensions import TypedDict

from kb.data_file import DataFileError, closed, line_of, read_data
from kb.settings import from_data

Sentences = TypedDict(
    "Sentences",
    {
        "words": str,
        "along": str,
        "sender": str,
        "private_sender": str,
        "file": str,
        "known": str,
        "corrected": str,
        "other_without": str,
        "same_without": str,
        "and": str,
        "probably_also": str,
        "perhaps_also": str,
        "usual_route": str,
    },
)
closed(Sentences)
_FILLED_IN = {"title", "other", "words", "about", "quote", "by"}


@from_data
def load_sentences(folder: Path) -> Sentences:
    """Read data/sentences.yaml. Raises DataFileError, also for a sentence that can't be filled in."""
    path = folder / "sentences.yaml"
    sentences = read_data(path, Sentences)
    for name, sentence in sentences.items():
        try:
            str(sentence).format(**dict.fromkeys(_FILLED_IN, ""), alike=0.5, sure=0.5, at=datetime.min)
        except (LookupError, ValueError, AttributeError) as error:
            said = f"can't be filled in ({error})"
            raise DataFileError([f"{path.name}, line {line_of(path, (name,))}: {name}: {said}."]) from error
    return sentences
