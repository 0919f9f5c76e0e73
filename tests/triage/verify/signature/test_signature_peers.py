"""Our four answers on every real PDF are those of pyHanko's own command line."""

from __future__ import annotations

from pathlib import Path

import pytest

from benchmarks.signatures import ABSENT, compare, installed, made, roots_of
from tests.conftest import SHARED, need

REAL = sorted((SHARED / "pdf").glob("*.pdf"))


@pytest.fixture(scope="module")
def roots(tmp_path_factory: pytest.TempPathFactory) -> Path:
    need(installed(), ABSENT)
    folder = tmp_path_factory.mktemp("roots")
    roots_of(REAL, folder)
    return folder


@pytest.mark.parametrize("path", REAL, ids=lambda path: path.stem)
def test_every_real_pdf_gets_the_answers_of_pyhankos_command_line(path: Path, roots: Path) -> None:
    mine, theirs, why = compare(path, roots)
    assert not why.startswith("!"), (list(map(str, mine)), list(map(str, theirs)))


def test_some_real_signatures_are_trusted_intact_and_whole_so_that_the_comparison_means_something(roots: Path) -> None:
    need(bool(REAL), "signed PDFs in ../shared/data/pdf")
    said = {str(answers) for path in REAL if b"/ByteRange" in path.read_bytes() for answers in compare(path, roots)[0]}
    assert said >= {"ynyn", "ynny", "yyny"}


def test_forms_as_they_come_in_get_the_same_answers_too(roots: Path, tmp_path: Path) -> None:
    for path in made(tmp_path, roots):
        mine, theirs, why = compare(path, roots)
        assert not why.startswith("!"), (path.stem, list(map(str, mine)), list(map(str, theirs)))
