"""Editions of the school register: fetching DUO's current files, and what changed between two editions.

Source: DUO Open Onderwijsdata, 'Alle schoolvestigingen basisonderwijs' (CC BY 4.0).
"""

from __future__ import annotations

import hashlib
import http.client
import tempfile
import urllib.error
import urllib.request
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

from sqlalchemy import select
from sqlalchemy.orm import Session

from kb.own_files import own_folder
from triage.database.tables import RegisterEdition
from triage.errors import RegisterError
from triage.register.duo_file import MOST_BYTES
from triage.register.school import School
from triage.register.stored import load_schools

SCHOOLS_URL = "https://duo.nl/open_onderwijsdata/images/02.-alle-schoolvestigingen-basisonderwijs.csv"
TIMEOUT = 60.0  # seconds without an answer


@dataclass(frozen=True, slots=True)
class Changes:
    """What changed between two editions, per location."""

    opened: tuple[School, ...]
    closed: tuple[School, ...]
    renamed: tuple[tuple[School, School], ...]  # before, after
    moved: tuple[tuple[School, School], ...]  # to another board: before, after

    @property
    def touched(self) -> frozenset[str]:
        """BRINs of schools that are gone, or called or governed otherwise."""
        return frozenset(school.brin for school in (*self.closed, *(after for _, after in (*self.renamed, *self.moved))))


def compare_editions(before: Mapping[str, School], after: Mapping[str, School]) -> Changes:
    """Compare two editions, given as locations by their six-character code."""
    both = sorted(before.keys() & after.keys())
    pairs = [(before[code], after[code]) for code in both]
    return Changes(
        opened=tuple(after[code] for code in sorted(after.keys() - before.keys())),
        closed=tuple(before[code] for code in sorted(before.keys() - after.keys())),
        renamed=tuple(pair for pair in pairs if pair[0].name != pair[1].name),
        moved=tuple(pair for pair in pairs if pair[0].board_number != pair[1].board_number),
    )


def latest_changes(session: Session) -> Changes:
    """What the newest edition changed. Raises RegisterError when there are no two editions of the real register."""
    newest = session.scalars(
        select(RegisterEdition.id).where(RegisterEdition.fictional.is_(False)).order_by(RegisterEdition.id.desc()).limit(2)
    ).all()
    if len(newest) < 2:
        raise RegisterError("There are no two editions to compare yet; import or fetch a newer one first.")
    after, before = (by_code(load_schools(session, edition)) for edition in newest)
    return compare_editions(before, after)


def by_code(schools: list[School]) -> dict[str, School]:
    """Locations by their six-character code ('Vestigingscode')."""
    return {f"{school.brin}{school.location}": school for school in schools}


def download(url: str, folder: Path) -> Path:
    """Download a file and keep it under its digest, in one move. Raises RegisterError."""
    if not url.startswith(("https://", "http://")):
        raise RegisterError(f"{url}: give a web address that starts with https://.")
    request = urllib.request.Request(url, headers={"User-Agent": "wegwijzer"})  # noqa: S310 - checked above
    try:
        with urllib.request.urlopen(request, timeout=TIMEOUT) as answer:  # noqa: S310
            data = answer.read(MOST_BYTES + 1)
            promised = answer.headers.get("Content-Length", "")
    except (urllib.error.URLError, TimeoutError, ConnectionError, http.client.HTTPException) as error:
        reason = getattr(error, "reason", None) or error
        raise RegisterError(f"{url}: can't be fetched ({reason}). The register stays as it was.") from error
    if len(data) > MOST_BYTES:
        raise RegisterError(f"{url}: larger than {MOST_BYTES // 2**20} MB; is this the right file? The register stays as it was.")
    if promised.isdecimal() and int(promised) != len(data):  # http.client does not compare them itself when asked for a part
        raise RegisterError(f"{url}: ended after {len(data)} of {promised} bytes; try again. The register stays as it was.")
    own_folder(folder)
    target = folder / f"{hashlib.sha256(data).hexdigest()[:16]}-{Path(url).name or 'register.csv'}"
    with tempfile.NamedTemporaryFile(dir=folder, suffix=".tmp", delete=False) as handle:
        handle.write(data)
    Path(handle.name).replace(target)
    return target
