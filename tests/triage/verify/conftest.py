"""The demo register, and identities to sign with."""

from __future__ import annotations

from pathlib import Path

import pytest

from kb.settings import SHIPPED_DATA, Settings, read_settings
from tests.forms import Identity, blank_form, filled_form, identity, pem, signed
from tests.make_demo import MEERPAAL
from triage.register.importing import read_boards, read_schools
from triage.register.register import Edition, Register


@pytest.fixture(scope="session")
def register() -> Register:
    demo = SHIPPED_DATA / "demo"
    return Register(read_schools(demo / "schools.csv"), read_boards(demo / "boards.csv"), Edition(fictional=True))


@pytest.fixture(scope="session")
def authority() -> Identity:
    return identity("Vertrouwensdienst (fictief)")


@pytest.fixture(scope="session")
def director(authority: Identity) -> Identity:
    return identity("Marijke van den Berg", authority)


@pytest.fixture(scope="session")
def trusting(tmp_path_factory: pytest.TempPathFactory, authority: Identity) -> Settings:
    """Settings of an installation that trusts the authority."""
    roots: Path = tmp_path_factory.mktemp("roots")
    (roots / "ca.pem").write_bytes(pem(authority))
    return read_settings({"WEGWIJZER_TRUST_ROOTS": str(roots), "WEGWIJZER_ENCODER": "none", "WEGWIJZER_OCR": "none"})


@pytest.fixture(scope="session")
def form() -> bytes:
    return blank_form()


@pytest.fixture(scope="session")
def full(form: bytes) -> bytes:
    """The official form, every field right, not signed."""
    return filled_form(MEERPAAL, form)


@pytest.fixture(scope="session")
def signed_form(full: bytes, director: Identity) -> bytes:
    """The same, signed by the board member with a certificate of the trusted authority."""
    return signed(full, director)
