"""A verification as the contract's JSON, and back again: what is stored is what was found, field by field."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from pydantic import TypeAdapter

from triage.verify.model import Verification

_SHAPE = TypeAdapter(Verification)
_RARE = frozenset({"choices", "doubts"})  # of a field; left out where there are none, as the contract has neither


def to_json(verification: Verification) -> dict[str, Any]:
    """As in the contract: everything that was found, with the verdict and the reasons that follow from it."""
    found: dict[str, Any] = _SHAPE.dump_python(verification, mode="json")
    fields = [{name: value for name, value in one.items() if value or name not in _RARE} for one in found["fields"]]
    return {**found, "fields": fields, "verdict": verification.verdict.value, "reasons": list(verification.reasons)}


def from_json(content: Mapping[str, Any]) -> Verification:
    """The verification that `to_json` made this of; verdict and reasons follow from the rest and are not read.

    Raises pydantic.ValidationError when the content is of another shape.
    """
    return _SHAPE.validate_python(dict(content))
