"""What a mail is about: the intents, the classifier, its training and its reasons."""

from __future__ import annotations

import importlib
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from triage.classify.classifier import IntentClassifier
    from triage.classify.intents import Intent, Taxonomy, load_taxonomy

__all__ = ["Intent", "IntentClassifier", "Taxonomy", "load_taxonomy"]

_HOMES = {
    "Intent": "triage.classify.intents",
    "IntentClassifier": "triage.classify.classifier",
    "Taxonomy": "triage.classify.intents",
    "load_taxonomy": "triage.classify.intents",
}


def __getattr__(name: str) -> Any:
    """Import a public name when it is asked for (PEP 562): who needs the intents need not load scikit-learn."""
    if name not in _HOMES:
        raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
    return getattr(importlib.import_module(_HOMES[name]), name)
