"""Where mail comes from: files, folders, Maildir, mbox and standard input."""

from __future__ import annotations

import io
import mailbox
import os
import sys
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest

from tests.triage.letters import letter, letters
from triage.errors import SourceError
from triage.sources.files import RawBytes, read_source

NOBODY = 65534  # the user without rights, on Linux and macOS alike


def data_of(source: Path | str) -> list[bytes]:
    return [mail.data for mail in read_source(str(source))]


def snapshot(folder: Path) -> dict[str, tuple[bytes, int]]:
    return {str(path): (path.read_bytes(), path.stat().st_mtime_ns) for path in folder.rglob("*") if path.is_file()}


@pytest.fixture
def mbox(tmp_path: Path) -> Path:
    path = tmp_path / "archief.mbox"
    box = mailbox.mbox(path)
    for raw in letters(3):
        box.add(raw)
    box.close()
    return path


@pytest.fixture
def maildir(tmp_path: Path) -> Path:
    path = tmp_path / "Maildir"
    box = mailbox.Maildir(path)
    for raw in letters(3):
        box.add(raw)
    box.close()
    return path


def test_a_file_is_one_mail(tmp_path: Path) -> None:
    file = tmp_path / "vraag.eml"
    file.write_bytes(letter())

    assert list(read_source(str(file))) == [RawBytes("file", letter())]


@pytest.mark.parametrize("data", [b"", b"\x00\xff\xfe", b"geen mail"], ids=["empty", "bytes", "words"])
def test_a_file_comes_as_it_is_whatever_it_holds(tmp_path: Path, data: bytes) -> None:
    file = tmp_path / "iets.eml"
    file.write_bytes(data)

    assert data_of(file) == [data]


def test_a_folder_gives_its_mails_in_order_of_name(tmp_path: Path) -> None:
    first, second, third = letters(3)
    for name, raw in {"c.eml": third, "a.eml": first, "b.EML": second}.items():
        (tmp_path / name).write_bytes(raw)

    assert list(read_source(str(tmp_path))) == [RawBytes("folder", raw) for raw in (first, second, third)]


def test_a_folder_is_read_with_the_folders_in_it(tmp_path: Path) -> None:
    (tmp_path / "2026" / "11").mkdir(parents=True)
    (tmp_path / "2026" / "11" / "vraag.eml").write_bytes(letter())

    assert data_of(tmp_path) == [letter()]


def test_files_without_suffix_are_mails_and_other_files_are_not(tmp_path: Path) -> None:
    (tmp_path / "1700000000.M1P1.server").mkdir()
    for name in ("mail", "lijst.csv", "aanvraag.pdf", ".verborgen", ".x.eml"):
        (tmp_path / name).write_bytes(name.encode())

    assert data_of(tmp_path) == [b"mail"]


def test_an_empty_folder_holds_no_mail(tmp_path: Path) -> None:
    assert data_of(tmp_path) == []


def test_a_maildir_gives_its_new_and_its_seen_mails(maildir: Path) -> None:
    seen = next((maildir / "new").iterdir())
    seen.rename(maildir / "cur" / f"{seen.name}:2,S")

    found = list(read_source(str(maildir)))

    assert {mail.kind for mail in found} == {"maildir"}
    assert sorted(mail.data for mail in found) == sorted(letters(3))


def test_a_maildir_keeps_what_is_still_being_delivered_to_itself(maildir: Path) -> None:
    (maildir / "tmp" / "half").write_bytes(b"From: hal")

    assert len(data_of(maildir)) == 3


def test_a_maildir_that_lacks_a_folder_is_read_for_the_rest(maildir: Path) -> None:
    for file in (maildir / "new").iterdir():
        file.rename(maildir / "cur" / file.name)
    (maildir / "new").rmdir()

    assert len(data_of(maildir)) == 3


def test_an_mbox_gives_each_mail_without_its_separator(mbox: Path) -> None:
    assert list(read_source(str(mbox))) == [RawBytes("mbox", raw) for raw in letters(3)]


def test_an_mbox_is_known_by_its_content_not_its_name(mbox: Path) -> None:
    renamed = mbox.rename(mbox.with_name("archief.eml"))

    assert len(data_of(renamed)) == 3


def test_a_mail_that_only_begins_like_an_mbox_is_not_taken_for_one(tmp_path: Path) -> None:
    file = tmp_path / "vraag.eml"
    file.write_bytes(b"From: jan@school.example\n\nhoi")

    assert [mail.kind for mail in read_source(str(file))] == ["file"]


def test_standard_input_is_one_mail(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(sys, "stdin", io.TextIOWrapper(io.BytesIO(letter())))

    assert list(read_source("-")) == [RawBytes("stdin", letter())]


@pytest.mark.parametrize("kind", ["mbox", "maildir"])
def test_reading_changes_nothing(kind: str, tmp_path: Path, request: pytest.FixtureRequest) -> None:
    source = request.getfixturevalue(kind)
    before = snapshot(tmp_path)

    data_of(source)

    assert snapshot(tmp_path) == before


def test_a_source_that_is_not_there_is_refused_by_name(tmp_path: Path) -> None:
    with pytest.raises(SourceError, match=r"weg\.eml: there is no such file or folder"):
        data_of(tmp_path / "weg.eml")


@contextmanager
def as_ordinary_user() -> Iterator[None]:
    """An administrator, as in a container, may read every file; for a moment this process may not."""
    before = os.geteuid()
    if before == 0:
        os.seteuid(NOBODY)
    try:
        yield
    finally:
        os.seteuid(before)


@pytest.mark.skipif(os.name != "posix", reason="Windows has no such permissions")
def test_a_file_that_may_not_be_read_is_refused_by_name() -> None:
    with tempfile.TemporaryDirectory() as folder:  # pytest's own folders are closed to other users
        Path(folder).chmod(0o755)
        file = Path(folder) / "geheim.eml"
        file.write_bytes(letter())
        file.chmod(0)

        with as_ordinary_user(), pytest.raises(SourceError, match=r"geheim\.eml: no permission"):
            data_of(file)


def test_a_link_that_leads_nowhere_is_passed_over(tmp_path: Path) -> None:
    (tmp_path / "oud.eml").symlink_to(tmp_path / "weg.eml")
    (tmp_path / "vraag.eml").write_bytes(letter())

    assert data_of(tmp_path) == [letter()]
