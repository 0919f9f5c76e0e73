"""The forms and identities of the tests of verification."""

from tests.triage.verify.conftest import authority, director, form, full, signed_form, trusting

__all__ = ["authority", "director", "form", "full", "signed_form", "trusting"]
