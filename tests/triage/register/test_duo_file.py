"""DUO's files as they come: quotes in names, other encodings, files that ended early, and editions that lost schools."""

from __future__ import annotations

import threading
from collections.abc import Iterator
from datetime import timedelta
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st
from sqlalchemy.orm import Session
from typer.testing import CliRunner

from kb import settings as settings_module
from kb.store import utc_now
from tests.conftest import SHARED, need
from triage.cli.commands import app
from triage.database.opening import open_database
from triage.database.tables import RegisterEdition
from triage.errors import RegisterError
from triage.register.duo_file import read_table
from triage.register.importing import import_register, read_boards, read_schools
from triage.register.stored import load_register

REPORTS = SHARED / "reports"
DUO = SHARED / "duo"
HEADER = "INSTELLINGSCODE;VESTIGINGSCODE;VESTIGINGSNAAM;BEVOEGD GEZAG NUMMER;VAKANTIEREGIO\r\n"
BOARDS = "BEVOEGD GEZAG NUMMER,BEVOEGD GEZAG NAAM,KVK-NUMMER\n"


def schools(count: int, name: str = "De Eik", region: str = "Noord") -> str:
    """A file of so many schools."""
    codes = [f"{number // 26:02}A{chr(65 + number % 26)}" for number in range(count)]
    return HEADER + "".join(f"{code};{code}00;{name};99001;{region}\r\n" for code in codes)


def written(folder: Path, data: bytes | str, name: str = "schools.csv") -> Path:
    path = folder / name
    path.write_bytes(data if isinstance(data, bytes) else data.encode("cp1252"))
    return path


def names(path: Path) -> list[str]:
    return [school.name for school in read_schools(path)]


@pytest.mark.parametrize("name", ['"De Zwaluw', 'De "Zwaluw', 'De Zwaluw"', 'De "Z" waluw', '"De" Zwaluw', '"', '""De Zwaluw""'])
def test_a_stray_quote_is_a_letter_of_the_name_and_every_school_is_read(tmp_path: Path, name: str) -> None:
    text = schools(3) + f"90AA;90AA00;{name};99001;Noord\r\n91AA;91AA00;De Es;99001;Zuid\r\n"
    assert names(written(tmp_path, text)) == ["De Eik", "De Eik", "De Eik", name, "De Es"]


def test_quotes_around_a_field_are_no_part_of_it_and_double_ones_inside_are_one(tmp_path: Path) -> None:
    text = HEADER + '90AA;90AA00;"School ""De Eik""; hoofdgebouw";99001;Noord\r\n'
    assert names(written(tmp_path, text)) == ['School "De Eik"; hoofdgebouw']


def test_two_names_with_a_quote_on_one_line_are_no_pair_around_what_lies_between(tmp_path: Path) -> None:
    text = (
        "VESTIGINGSNAAM;PLAATSNAAM;INSTELLINGSCODE;VESTIGINGSCODE;BEVOEGD GEZAG NUMMER\r\n"
        + '"De Eik;Oost";90AA;90AA00;99001\r\n'
    )
    (school,) = read_schools(written(tmp_path, text))
    assert (school.name, school.place) == ('"De Eik', 'Oost"')


@pytest.mark.parametrize("month", ["04", "08"])
def test_the_three_names_that_duo_quotes_are_read_whole(month: str) -> None:
    need(DUO.is_dir(), "DUO's files in ../shared/data/duo")
    found = names(DUO / f"schoolvestigingen-basisonderwijs-2026-{month}.csv")
    assert [name for name in found if '"' in name] == [
        'Algemeen Bijzondere basisschool "de Fluessen"', 'Basisschool "De Maasparel"', 'Basisschool "Kla4"',
    ]  # fmt: skip


@pytest.mark.parametrize("file", ["register-quote.csv", "register-utf16.csv"])
def test_the_reported_files_give_all_their_schools(file: str) -> None:
    need(REPORTS.is_dir(), "the inputs of ../shared/data/reports")
    assert len(read_schools(REPORTS / file)) == 59


@pytest.mark.parametrize("encoding", ["utf-16", "utf-8-sig", "utf-8", "cp1252"])
def test_accents_are_read_in_every_encoding_that_shows_itself(tmp_path: Path, encoding: str) -> None:
    assert names(written(tmp_path, schools(1, "Café ’t Eikje, Zoë").encode(encoding))) == ["Café ’t Eikje, Zoë"]


@pytest.mark.parametrize(
    "data",
    [
        schools(2, "Café").encode("cp1252").replace(b"\xe9", b"\x81", 1),  # undefined in Windows-1252
        schools(2, "Café").encode().replace(b"\xc3", b"", 1),  # UTF-8 with one broken letter
        schools(2, "Café").encode("utf-8-sig").replace(b"\xc3", b"", 1),
        schools(2).encode("utf-16")[:-1],
        schools(2).encode("utf-16-le"),  # without the mark it is letters and NULs
        schools(2).replace("Noord", "No\0rd").encode(),
    ],
)
def test_what_cannot_be_decoded_for_certain_is_refused_naming_file_and_line(tmp_path: Path, data: bytes) -> None:
    with pytest.raises(RegisterError, match=r"^schools\.csv, line \d+: [^\n]*$"):
        read_schools(written(tmp_path, data))


@pytest.mark.parametrize("lost", [2, 3, 9, 18, 26, 40])
def test_a_file_that_was_cut_off_is_refused(tmp_path: Path, lost: int) -> None:
    with pytest.raises(RegisterError, match=r"line \d: .*(whole|cut off)"):
        read_schools(written(tmp_path, schools(5).encode()[: -lost - 1]))


def test_a_cut_number_of_the_chamber_of_commerce_is_no_number(tmp_path: Path) -> None:
    text = BOARDS + "99001,Stichting Bomen,12345678\n99002,Stichting Struiken,12345679\n"
    with pytest.raises(RegisterError, match="cut off"):
        read_boards(written(tmp_path, text[:-2]))


def test_a_last_line_without_line_end_is_read_when_it_is_whole(tmp_path: Path) -> None:
    assert len(names(written(tmp_path, schools(3).rstrip()))) == 3


def test_a_field_too_many_is_refused_and_blank_ones_at_the_end_are_not(tmp_path: Path) -> None:
    assert len(names(written(tmp_path, schools(2).replace("Noord\r\n", "Noord;; \r\n")))) == 2
    with pytest.raises(RegisterError, match="line 3: 6 fields where the header has 5"):
        read_schools(written(tmp_path, schools(1) + "91AA;91AA00;De Es; hoofdgebouw;99001;Zuid\r\n"))


FRISIAN = ["Fryslân, Zoë", "IKC 't Oelebröd", "École Café", "Gabriël ’t Hooft"]


@pytest.mark.parametrize("name", FRISIAN)
@pytest.mark.parametrize(
    "written_in", ["cp850", "cp437", "double", "double as Windows reads it", "cp850 as UTF-8", "a replaced letter"]
)
def test_a_file_in_another_encoding_is_refused_naming_the_line(tmp_path: Path, name: str, written_in: str) -> None:
    right = schools(30, name)
    data = {
        "double": right.encode().decode("latin-1").encode(),
        "double as Windows reads it": right.encode().decode("cp1252", "replace").encode(),
        "cp850 as UTF-8": right.encode("cp850", "replace").decode("cp1252", "replace").encode(),
        "a replaced letter": right.replace("ë", "\ufffd")
        .replace("â", "\ufffd")
        .replace("é", "\ufffd")
        .replace("ö", "\ufffd")
        .encode(),
    }.get(written_in) or right.encode(written_in, "replace")
    with pytest.raises(RegisterError, match=r"^schools\.csv, line \d+: [^\n]*$"):
        read_schools(written(tmp_path, data))


@pytest.mark.parametrize(
    "name",
    [
        "Fryslân",
        "’t Kompas",
        "‘De Eik’",
        "“De Eik”",
        "De Eik – Oost",
        "Œuvre",
        "Šimon",
        "Ångström",
        "Château",
        "De 7° hemel",
        "Pâtisserie Â",
        "½ uur",
    ],
)
def test_a_name_with_accents_and_signs_is_no_other_encoding(tmp_path: Path, name: str) -> None:
    assert names(written(tmp_path, schools(1, name).encode("utf-8-sig"))) == [name]


def test_a_column_that_stands_there_twice_is_refused(tmp_path: Path) -> None:
    with pytest.raises(RegisterError, match="line 1: column VESTIGINGSNAAM stands there twice"):
        read_schools(written(tmp_path, schools(2).replace("VAKANTIEREGIO", "VESTIGINGSNAAM")))


def test_a_file_without_names_is_refused_also_when_losses_are_allowed(installation: Path) -> None:
    run("import", str(written(installation, schools(60))))
    for broken in (schools(60, ""), schools(60, " "), schools(39) + "".join(schools(60, "").splitlines(keepends=True)[40:])):
        code, said = run("import", str(written(installation, broken)), "--allow-loss")
        assert (code, known()) == (1, 60)
        assert "names are empty" in said


FIELD = st.text(st.characters(exclude_characters="\r\n\0", exclude_categories=["Cs"]), max_size=12).map(str.strip)


@given(st.lists(st.lists(FIELD, min_size=3, max_size=3).filter(any), min_size=1, max_size=8))
def test_what_is_written_with_quotes_where_needed_is_read_back(
    tmp_path_factory: pytest.TempPathFactory, rows: list[list[str]]
) -> None:
    quoted = [
        "".join('"' + field.replace('"', '""') + '"' + sign for field, sign in zip(row, ";;\n", strict=True)) for row in rows
    ]
    path = written(tmp_path_factory.getbasetemp(), ("A;B;C\n" + "".join(quoted)).encode("utf-8-sig"))
    assert [list(row.values()) for _, row in read_table(path)] == rows


@given(st.binary(max_size=300) | st.text('";,\n\rA9é', max_size=80).map(str.encode))
def test_no_record_of_any_file_crosses_a_line(tmp_path_factory: pytest.TempPathFactory, data: bytes) -> None:
    path = written(tmp_path_factory.getbasetemp(), b"A;B\n" + data + b"\n")
    try:
        rows = list(read_table(path))
    except RegisterError:
        return
    assert not any("\n" in value or "\r" in value for _, row in rows for value in row.values())
    assert [number for number, _ in rows] == sorted({number for number, _ in rows})


@pytest.fixture
def installation(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.setenv("WEGWIJZER_VAR_DIR", str(tmp_path / "var"))
    settings_module.settings.cache_clear()
    return tmp_path


def run(*arguments: str) -> tuple[int, str]:
    result = CliRunner().invoke(app, ["register", *arguments])
    return result.exit_code, result.output + str(result.exception or "")


def known() -> int:
    with Session(open_database(settings_module.settings().database_url)) as session:
        return len(load_register(session).schools)


def test_an_edition_that_lost_many_schools_is_refused_and_the_old_one_stays(installation: Path) -> None:
    run("import", str(written(installation, schools(200))))

    code, said = run("import", str(written(installation, schools(179))))

    assert (code, known()) == (1, 200)
    assert "179 schools, 21 fewer" in said
    assert "--allow-loss" in said


def test_the_loss_is_taken_when_a_person_says_so(installation: Path) -> None:
    run("import", str(written(installation, schools(200))))

    assert run("import", str(written(installation, schools(100))), "--allow-loss")[0] == 0
    assert known() == 100


@pytest.mark.parametrize(("before", "after"), [(200, 180), (1200, 1176), (30, 10)])
def test_a_loss_within_two_percent_or_twenty_schools_is_an_ordinary_edition(installation: Path, before: int, after: int) -> None:
    run("import", str(written(installation, schools(before))))

    assert run("import", str(written(installation, schools(after))))[0] == 0
    assert known() == after


SITES = "INSTELLINGSCODE;VESTIGINGSCODE;VESTIGINGSNAAM;BEVOEGD GEZAG NUMMER;INTERNETADRES;VAKANTIEREGIO\r\n"


def with_sites(count: int, sites: int, boards: int = 1) -> str:
    """A file of so many schools, of which the first have a web site, under so many boards."""
    lines = schools(count).splitlines()[1:]
    fields = [line.split(";") for line in lines]
    return SITES + "".join(
        f"{brin};{code};{name};{99001 - place % boards};{'www.eik.example' if place < sites else ''};Noord\r\n"
        for place, (brin, code, name, _, _) in enumerate(fields)
    )


@pytest.mark.parametrize(("before", "after"), [(60, 0), (60, 5), (40, 15)])
def test_an_edition_without_the_web_sites_of_the_one_before_is_refused(installation: Path, before: int, after: int) -> None:
    run("import", str(written(installation, with_sites(60, before))))

    code, said = run("import", str(written(installation, with_sites(60, after))))

    assert (code, known()) == (1, 60)
    assert "web sites for" in said
    assert run("import", str(written(installation, with_sites(60, after))), "--allow-loss")[0] == 0


@pytest.mark.parametrize(("before", "after"), [(60, 40), (25, 0), (0, 60)])
def test_a_column_that_was_hardly_filled_or_still_is_may_change(installation: Path, before: int, after: int) -> None:
    run("import", str(written(installation, with_sites(60, before))))

    assert run("import", str(written(installation, with_sites(60, after))))[0] == 0


def test_an_edition_whose_schools_all_have_one_board_is_refused(installation: Path) -> None:
    run("import", str(written(installation, with_sites(100, 0, boards=50))))

    assert "boards with schools, 49 fewer" in run("import", str(written(installation, with_sites(100, 0))))[1]


def test_losses_that_add_up_over_editions_are_refused(installation: Path) -> None:
    for count in (300, 285):
        assert run("import", str(written(installation, schools(count))))[0] == 0

    code, said = run("import", str(written(installation, schools(270))))

    assert (code, known()) == (1, 285)
    assert "270 schools, 30 fewer" in said


def test_after_a_loss_that_a_person_allowed_the_comparison_starts_anew(installation: Path) -> None:
    for count, more in ((300, ()), (285, ()), (270, ("--allow-loss",)), (265, ()), (252, ())):
        assert run("import", str(written(installation, schools(count))), *more)[0] == 0

    assert run("import", str(written(installation, schools(245))))[0] == 1


@pytest.mark.parametrize(("days", "refused"), [(300, True), (400, False)])
def test_an_edition_of_more_than_a_year_ago_is_not_compared_with(tmp_path: Path, days: int, refused: bool) -> None:
    with Session(open_database(f"sqlite:///{tmp_path / 'db.sqlite'}")) as session:
        for count in (300, 285):
            import_register(session, written(tmp_path, schools(count)), None)
        session.get_one(RegisterEdition, 1).imported_at = utc_now() - timedelta(days=days)
        session.flush()
        if refused:
            with pytest.raises(RegisterError, match="30 fewer"):
                import_register(session, written(tmp_path, schools(270)), None)
        else:
            assert import_register(session, written(tmp_path, schools(270)), None).new


def test_the_newest_edition_is_compared_with_however_old_it_is(tmp_path: Path) -> None:
    with Session(open_database(f"sqlite:///{tmp_path / 'db.sqlite'}")) as session:
        import_register(session, written(tmp_path, schools(300)), None)
        session.get_one(RegisterEdition, 1).imported_at = utc_now() - timedelta(days=900)
        session.flush()
        with pytest.raises(RegisterError, match="50 fewer"):
            import_register(session, written(tmp_path, schools(250)), None)


def test_a_real_edition_is_not_compared_with_the_fictional_one(tmp_path: Path) -> None:
    with Session(open_database(f"sqlite:///{tmp_path / 'db.sqlite'}")) as session:
        import_register(session, written(tmp_path, schools(100)), None, fictional=True)
        assert import_register(session, written(tmp_path, schools(50)), None).new
        with pytest.raises(RegisterError, match="fewer"):
            import_register(session, written(tmp_path, schools(49)), None, fictional=True)


def test_a_file_of_boards_that_lost_most_is_refused_too(tmp_path: Path) -> None:
    many = BOARDS + "".join(f"{number},Stichting {number},12345678\n" for number in range(10_000, 10_100))
    few = "".join(many.splitlines(keepends=True)[:50])
    with Session(open_database(f"sqlite:///{tmp_path / 'db.sqlite'}")) as session:
        import_register(session, written(tmp_path, schools(3)), written(tmp_path, many, "boards.csv"))
        with pytest.raises(RegisterError, match="49 boards, 51 fewer"):
            import_register(session, written(tmp_path, schools(3)), written(tmp_path, few, "boards.csv"))


class Hasty(BaseHTTPRequestHandler):
    """Promises more than it sends."""

    def do_GET(self) -> None:
        data = schools(30).encode()
        self.send_response(200)
        if self.path.startswith("/chunked"):
            self.send_header("Transfer-Encoding", "chunked")
            data = f"{len(data) + 500:x}\r\n".encode() + data
        else:
            self.send_header("Content-Length", str(len(data) + 500))
        self.end_headers()
        self.wfile.write(data)

    def log_message(self, format: str, *arguments: object) -> None:
        return


@pytest.fixture
def hasty() -> Iterator[str]:
    with ThreadingHTTPServer(("127.0.0.1", 0), Hasty) as server:
        threading.Thread(target=server.serve_forever, daemon=True).start()
        yield f"http://127.0.0.1:{server.server_port}"
        server.shutdown()


@pytest.mark.parametrize("way", ["length", "chunked"])
def test_a_download_that_ended_early_is_refused_and_the_register_stays(installation: Path, hasty: str, way: str) -> None:
    run("import", str(written(installation, schools(30))))

    code, said = run("fetch", "--schools", f"{hasty}/{way}.csv")

    assert (code, known()) == (1, 30)
    assert "The register stays as it was." in said
    assert not (installation / "var" / "register").exists()
