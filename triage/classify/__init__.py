"""What a mail is about: the intents, the classifier, its training and its reasons."""

from triage.classify.classifier import IntentClassifier
from triage.classify.intents import Intent, Taxonomy, load_taxonomy

__all__ = ["Intent", "IntentClassifier", "Taxonomy", "load_taxonomy"]
