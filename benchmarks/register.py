"""Looking up schools by name and code, at 10,000 schools: how fast, and how often the right one comes first.

    python benchmarks/register.py [--data ../shared/data/duo] [--schools 10000]

The schools are DUO's: the newest edition, filled up with the special and closed ones of its counts of pupils, and that filled up with
the same schools under a BRIN and place of another. Beside the finder run rapidfuzz's `process.extract` over 'name place code', what a
program without an index would do, and SQLite's LIKE, what most registers do. A query is first with `name place`, where several
schools may be called the same, when one of that name and place is first.
"""

from __future__ import annotations

import argparse
import random
import sqlite3
import statistics
import sys
import time
from collections.abc import Callable, Mapping, Sequence
from dataclasses import replace
from pathlib import Path

from rapidfuzz import fuzz, process, utils

sys.path.insert(0, str(Path(__file__).resolve().parent.parent))  # before the folder of benchmarks, which has a triage.py

from triage.register.find_school import SchoolFinder
from triage.register.importing import read_boards, read_schools
from triage.register.pupils import read_pupils
from triage.register.register import Register
from triage.register.school import School

DEPTH = 5
Lookup = Callable[[str], Sequence[School]]


def many(folder: Path, size: int) -> list[School]:
    """So many schools."""
    schools = read_schools(max(folder.glob("schoolvestigingen-*.csv")))
    known = {school.brin for school in schools}
    counted = (one for one in read_pupils(max(folder.glob("leerlingen-*.csv"))) if one.brin not in known)
    draw = random.Random(1)
    schools += [School(one.brin, "00", one.name, one.board_number, draw.choice(schools).place) for one in counted]
    real = len(schools)
    while len(schools) < size:
        school = draw.choice(schools[:real])
        brin = f"{draw.randrange(100):02}{draw.choice('ABCDEFGHJK')}{draw.choice('LMNPQRSTUV')}"
        schools.append(replace(school, brin=brin, location="00", place=draw.choice(schools[:real]).place))
    return schools[:size]


def misspelt(text: str, draw: random.Random) -> str:
    """With one letter of its longest word left out, doubled or swapped with the next."""
    word = max(text.split(), key=len)
    at = draw.randrange(1, max(2, len(word) - 1))
    wrong = draw.choice(
        [
            word[:at] + word[at + 1 :],
            word[:at] + word[at - 1] + word[at:],
            word[: at - 1] + word[at - 1 : at + 1][::-1] + word[at + 1 :],
        ]
    )
    return text.replace(word, wrong, 1)


def queries(schools: Sequence[School], draw: random.Random) -> Mapping[str, list[tuple[str, School]]]:
    """By kind, what somebody types for a school."""
    picked = draw.sample(list(schools), 400)
    return {
        "code": [(one.brin + one.location, one) for one in picked],
        "name": [(one.name, one) for one in picked],
        "name place": [(f"{one.name} {one.place}", one) for one in picked],
        "typing": [(f"{one.name} {one.place}".lower()[: draw.randrange(5, 14)], one) for one in picked],
        "misspelt": [(misspelt(f"{one.name} {one.place}".lower(), draw), one) for one in picked],
    }


def plain(schools: Sequence[School]) -> Lookup:
    """Every school compared with the query."""
    texts = [utils.default_process(f"{one.name} {one.place} {one.brin}{one.location}") for one in schools]
    return lambda query: [
        schools[number]
        for _, _, number in process.extract(utils.default_process(query), texts, scorer=fuzz.token_set_ratio, limit=DEPTH)
    ]


def like(schools: Sequence[School]) -> Lookup:
    """Every word of the query somewhere in the row."""
    rows = sqlite3.connect(":memory:")
    rows.execute("create table school (number integer primary key, text text)")
    rows.executemany(
        "insert into school values (?, ?)",
        [(number, f"{one.name} {one.place} {one.brin}{one.location}".lower()) for number, one in enumerate(schools)],
    )

    def lookup(query: str) -> list[School]:
        words = query.lower().split()
        where = " and ".join("text like ?" for _ in words)
        found = rows.execute(f"select number from school where {where} limit {DEPTH}", [f"%{word}%" for word in words])
        return [schools[number] for (number,) in found]

    return lookup


def main() -> None:
    """Measure and print."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--data", type=Path, default=Path("../shared/data/duo"))
    parser.add_argument("--schools", type=int, default=10_000)
    options = parser.parse_args()
    schools = many(options.data, options.schools)
    boards = read_boards(options.data / "besturen-basisonderwijs-extract.csv")
    start = time.perf_counter()
    finder = SchoolFinder(Register(schools, boards))
    print(f"{len(schools)} schools, index built in {time.perf_counter() - start:.1f} s; first {DEPTH} asked for\n")
    lookups: Mapping[str, Lookup] = {
        "finder": lambda query: finder.find(query, DEPTH).schools,
        "rapidfuzz": plain(schools),
        "SQLite LIKE": like(schools),
    }
    asked = queries(schools, random.Random(2))
    print(f"{'':12}{'queries':12}{'first':>8}{'five':>8}{'median ms':>11}{'p95 ms':>9}")
    for name, lookup in lookups.items():
        everything: list[float] = []
        for kind, pairs in asked.items():
            first, five, times = 0, 0, []
            for query, school in pairs:
                start = time.perf_counter()
                found = lookup(query)
                times.append(1000 * (time.perf_counter() - start))
                fits = [one.name == school.name and (kind == "name" or one.place == school.place) for one in found]
                first += bool(fits and fits[0])
                five += any(fits)
            everything += times
            shares = f"{first / len(pairs):>8.1%}{five / len(pairs):>8.1%}"
            print(f"{name:12}{kind:12}{shares}{statistics.median(times):>11.2f}{statistics.quantiles(times, n=20)[-1]:>9.2f}")
        print(
            f"{name:12}{'all':12}{'':16}{statistics.median(everything):>11.2f}{statistics.quantiles(everything, n=20)[-1]:>9.2f}"
        )


if __name__ == "__main__":
    main()
