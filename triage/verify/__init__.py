"""Formal requests: reading forms, checking each field against the school register, and the verdict."""

from triage.verify.model import FieldCheck, Status, Verdict, Verification

__all__ = ["FieldCheck", "Status", "Verdict", "Verification"]
