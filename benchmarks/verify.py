"""How well formal requests are verified: requests built from the real school register, right ones, faulty ones and forgeries.

    python benchmarks/verify.py [--data ../shared/data/duo] [--schools 12] [--sets usual honest deceitful] [--registers DUO demo] [--only WORDS]

Schools and boards are DUO's (CC BY 4.0) and the demo's; people, forms, keys and mails are made here and exist only while this runs.
Each kind of request is made for several schools. Printed for the usual requests: the verdicts, what matters most (a request that should
not be complete and comes out 'compleet'), precision and recall of the fields, and seconds a request by format. For honest and for
deceitful requests, of each register apart: the verdicts by group of kinds, and each kind that came out otherwise with its reasons.
"""

from __future__ import annotations

import argparse
import sys
import tempfile
import time
from collections import Counter, defaultdict
from collections.abc import Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parents[1]))

from request_parts import FIELDS, INCOMPLETE, OK, OUR_SERVER, SUSPECT, Request, subjects
from requests_deceitful import deceitful
from requests_honest import honest
from requests_usual import changes_for, renamings, requests_for
from rich.console import Console
from rich.progress import track

from kb.settings import SHIPPED_DATA, Settings, read_settings
from tests.forms import Identity, identity, pem
from triage.documents.opened_mail import open_mail
from triage.mail import parse_message
from triage.register.editions import by_code
from triage.register.history import Former, History
from triage.register.importing import read_boards, read_schools
from triage.register.names import compare_boards
from triage.register.register import Edition, Register
from triage.register.school import Board
from triage.verify.joining import Part, is_suspect, join
from triage.verify.model import Status, Verification
from triage.verify.verdict import verify_message

NONE = "geen verzoek"
OUTSIDER = "dienst-xyz.example"


@dataclass(frozen=True)
class Outcome:
    """What came of a request."""

    request: Request
    found: Verification | None
    seconds: float

    @property
    def verdict(self) -> str:
        return self.found.verdict.value if self.found else NONE

    @property
    def as_expected(self) -> bool:
        return self.verdict in self.request.expected.split(" of ")


def both_editions(folder: Path, boards: list[Board]) -> Register:
    """DUO's newest edition that remembers the one before."""
    before, after = (
        by_code(read_schools(folder / f"schoolvestigingen-basisonderwijs-2026-{month}.csv")) for month in ("04", "08")
    )
    then = date(2026, 4, 1)
    former = [
        Former(school, then)
        for code, school in before.items()
        if code not in after or (after[code].name, after[code].board_number) != (school.name, school.board_number)
    ]
    return Register(after.values(), boards, history=History(former))


def verified(requests: Sequence[Request], register: Register, settings: Settings) -> list[Outcome]:
    """What comes of each request, two at a time; a request in several mails is joined as when they come in."""

    def work(request: Request) -> Outcome:
        start, now = time.perf_counter(), datetime.now(UTC) + timedelta(days=request.days)
        parts = []
        for number, raw in enumerate((*request.earlier, request.raw), 1):
            found = verify_message(open_mail(parse_message(raw)), request.intent, register, settings, now=now)
            if found:
                parts.append(Part(number, found, is_suspect(found)))
        joined = join(parts, register, now=now) if parts else None
        return Outcome(request, joined, time.perf_counter() - start)

    with ThreadPoolExecutor(2) as pool:
        return list(track(pool.map(work, requests), "Verifying", len(requests), console=Console(stderr=True), transient=True))


def registers(folder: Path) -> dict[str, tuple[Register, list[Board]]]:
    """DUO's register and the demo's, with the boards that they know."""
    demo = SHIPPED_DATA / "demo"
    boards, fictional = read_boards(folder / "besturen-basisonderwijs-extract.csv"), read_boards(demo / "boards.csv")
    return {
        "DUO": (both_editions(folder, boards), boards),
        "demo": (Register(read_schools(demo / "schools.csv"), fictional, Edition(fictional=True)), fictional),
    }


def compare(name: str, register: Register, boards: list[Board], options: argparse.Namespace, authority: Identity, settings: Settings) -> None:  # fmt: skip
    """Make, verify and report the sets of requests that are asked for."""
    chosen = subjects(register, boards, options.schools, authority)

    def run(requests: list[Request]) -> list[Outcome]:
        return verified([one for one in requests if options.only.casefold() in one.kind.casefold()], register, settings)

    if "usual" in options.sets and name == "DUO":
        self_made, schools = identity("Marijke van den Berg"), list(register.schools)
        made = [
            one for s in chosen for one in (*requests_for(s, schools, self_made, OUTSIDER), *changes_for(s, register, OUTSIDER))
        ]
        report_usual(run([*made, *renamings(register)]))
    for title, make in (("honest", honest), ("deceitful", deceitful)):
        if title in options.sets:
            report_apart(f"{name}, {title}, {len(chosen)} schools", run([one for s in chosen for one in make(s, authority)]))


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--data", type=Path, default=Path(__file__).resolve().parents[2] / "shared" / "data" / "duo")
    parser.add_argument("--schools", type=int, default=6)
    parser.add_argument("--sets", nargs="+", choices=["usual", "honest", "deceitful"], default=["usual", "honest", "deceitful"])
    parser.add_argument("--registers", nargs="+", choices=["DUO", "demo"], default=["DUO", "demo"])
    parser.add_argument("--only", default="", help="only kinds with these words in their name")
    options = parser.parse_args()
    authority = identity("Vertrouwensdienst")
    with tempfile.TemporaryDirectory() as folder:
        Path(folder, "ca.pem").write_bytes(pem(authority))
        given = {"WEGWIJZER_TRUST_ROOTS": folder, "WEGWIJZER_ENCODER": "none", "WEGWIJZER_AUTHSERV_ID": OUR_SERVER}
        for name, (register, boards) in registers(options.data).items():
            if name in options.registers:
                compare(name, register, boards, options, authority, read_settings(given))


def report_apart(title: str, outcomes: Sequence[Outcome]) -> None:
    """Print the verdicts by group of kinds, the totals, and each kind that came out otherwise with its reasons."""
    groups: dict[str, Counter[str]] = defaultdict(Counter)
    for one in outcomes:
        groups[one.request.kind.partition(":")[0]][one.verdict] += 1
    print(f"\n{title}: {len(outcomes)} requests of {len({one.request.kind for one in outcomes})} kinds")
    print(f"{'':28}" + "".join(f"{name:>14}" for name in (OK, INCOMPLETE, SUSPECT, NONE)))
    for group, count in groups.items():
        print(f"{group:28}" + "".join(f"{count[name]:14}" for name in (OK, INCOMPLETE, SUSPECT, NONE)))
    honest_ones = [one for one in outcomes if one.request.expected == OK]
    false_complete = sum(one.verdict == OK and not one.as_expected for one in outcomes)
    false_suspect = sum(one.verdict == SUSPECT and not one.as_expected for one in outcomes)
    right = f"{sum(one.as_expected for one in honest_ones) / len(honest_ones):.1%}" if honest_ones else "-"
    print(f"false 'compleet': {false_complete}    honest right: {right}    false 'verdacht': {false_suspect}", flush=True)
    otherwise: dict[tuple[str, str, str], list[Outcome]] = defaultdict(list)
    for one in outcomes:
        if not one.as_expected:
            otherwise[one.request.kind, one.request.expected, one.verdict].append(one)
    print("came out otherwise:" if otherwise else "none came out otherwise", flush=True)
    for (kind, expected, verdict), ones in otherwise.items():
        reasons = dict.fromkeys(reason for one in ones if one.found for reason in one.found.reasons)
        print(f"  {kind} (should be {expected}): {verdict} {len(ones)}x. {' | '.join(reasons)}", flush=True)


def report_usual(outcomes: Sequence[Outcome]) -> None:
    """Print the tables of the usual requests."""
    confusion: Counter[tuple[str, str]] = Counter()
    by_kind: dict[str, Counter[str]] = defaultdict(Counter)
    expected: dict[str, str] = {}
    seconds: dict[str, list[float]] = defaultdict(list)
    fields: dict[str, Counter[str]] = defaultdict(Counter)
    for one in outcomes:
        request, found, took, verdict = one.request, one.found, one.seconds, one.verdict
        confusion[request.expected, verdict] += 1
        by_kind[request.kind][verdict] += 1
        expected[request.kind] = request.expected
        seconds[request.form].append(took)
        for check in found.fields if found and request.truth else ():
            if check.field not in FIELDS:
                continue
            kind = "scan" if request.form.startswith(("scan", "foto")) else "tekst"
            fields[kind]["wanted"] += 1
            same = (
                "".join((check.value or "").split()).casefold()[: 4 if check.field == "brin" else None]
                == "".join(request.truth[check.field].split()).casefold()
            )
            same = same or (check.field == "naam_bestuur" and compare_boards(check.value or "", request.truth[check.field]).same)
            fields[kind]["read"] += check.value is not None
            fields[kind]["right"] += same
            fields[kind]["wrong and ok"] += check.status is Status.OK and not same
    print(f"{len(outcomes)} requests of {len(by_kind)} kinds\n")
    print(f"{'should be':12}" + "".join(f"{name:>14}" for name in (OK, INCOMPLETE, SUSPECT, NONE)))
    for row in (OK, INCOMPLETE, SUSPECT):
        print(f"{row:12}" + "".join(f"{confusion[row, name]:14}" for name in (OK, INCOMPLETE, SUSPECT, NONE)))
    honest = sum(count for (row, _), count in confusion.items() if row != SUSPECT)
    false_complete = sum(count for (row, name), count in confusion.items() if name == OK and row != OK)
    false_suspect = sum(count for (row, name), count in confusion.items() if name == SUSPECT and row != SUSPECT)
    print(f"\nfalse 'compleet': {false_complete}    false 'verdacht': {false_suspect} of {honest} ({false_suspect / honest:.1%})")
    for kind, count in sorted(fields.items(), reverse=True):
        precision, recall = count["right"] / max(count["read"], 1), count["right"] / max(count["wanted"], 1)
        print(
            f"fields, {kind}: precision {precision:.1%}, recall {recall:.1%} of {count['wanted']}; wrong value marked ok: {count['wrong and ok']}"
        )
    print()
    print("kinds that came out otherwise:")
    for kind, verdicts in by_kind.items():
        if set(verdicts) != {expected[kind]}:
            print(f"  {kind} (should be {expected[kind]}): {dict(verdicts)}")
    print("\nseconds a request, by format (two at a time):")
    for form, times in sorted(seconds.items()):
        print(f"  {form:18} median {sorted(times)[len(times) // 2]:.2f}   most {max(times):.2f}")


if __name__ == "__main__":
    main()
