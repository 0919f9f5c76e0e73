"""What the rules of data/requests.yaml refer to: checks, kinds of change, roles, fields, and intents of data/taxonomy.yaml.

A name that is misspelt would be a rule that silently does not hold, or an error in the middle of a mail. Articles are looked up by
`wegwijzer doctor`, which knows those of this installation.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path
from typing import Any

from kb.data_file import DataFileError, line_of, read_plain

# The functions of triage/verify/checks/checks.py, and three that need more than one value; a test compares them.
CHECKS = frozenset(
    ["board_name", "board_number", "school_name", "brin", "location", "person", "director", "personal_email", "date", "kind",
     "old_brin", "new_brin", "school_names", "old_board", "new_board", "old_name", "new_name", "contact", "country", "text",
     "signed_pdf", "by_agent", "authority"]
)  # fmt: skip
_BY_AGENT = frozenset({"by_agent", "authority"})
_WITH_LIKE = frozenset({"name", "like"})
Found = tuple[Sequence[str | int], str]  # a place in the file, and what is wrong there


def check_rules(path: Path, content: Mapping[str, Any]) -> None:
    """Look up what the rules refer to. Raises DataFileError naming file, line and field."""
    found = list(_problems(path, content))
    if found:
        raise DataFileError(
            [f"{path.name}, line {line_of(path, place)}: {_told(content, place)}: {said}." for place, said in found]
        )


def _told(content: Mapping[str, Any], place: Sequence[str | int]) -> str:
    """A place in words: a field by its name."""
    told, inside = [], content
    for part in place:
        inside = inside[part] if not isinstance(inside, dict) or part in inside else {}  # type: ignore[index]
        told.append(part if isinstance(part, str) else str(inside.get("name", part + 1)))
    return " › ".join(told)


def _problems(path: Path, content: Mapping[str, Any]) -> Iterator[Found]:
    requests = content["requests"]
    yield from _intents(path.parent / "taxonomy.yaml", requests)
    names = {entry["name"] for request in requests.values() for entry in request["fields"]}
    for name in content["codes"]:
        if name not in names:
            yield ("codes", name), "no request has this field"
    for intent, request in requests.items():
        yield from _request(intent, request, requests, content["roles"])


def _intents(taxonomy: Path, requests: Mapping[str, Any]) -> Iterator[Found]:
    """Each formal request is one in the taxonomy, and the other way round: otherwise it is never checked."""
    written = read_plain(taxonomy)
    listed = written.get("intents") if isinstance(written, dict) else None
    entries = [entry for entry in listed if isinstance(entry, dict)] if isinstance(listed, list) else []
    formal = {entry.get("label") for entry in entries if entry.get("formal_request") is True}
    if not formal and requests:
        return  # what is wrong with the taxonomy, its own reader says
    for intent in requests:
        if intent not in formal:
            yield ("requests", intent), f"{taxonomy.name} has no formal request of this name"
    for missing in sorted(map(str, formal - set(requests))):
        yield ("requests",), f"{missing} is missing, which {taxonomy.name} calls a formal request"


def _request(intent: str, request: Mapping[str, Any], requests: Mapping[str, Any], roles: Mapping[str, Any]) -> Iterator[Found]:
    fields = request["fields"]
    kinds = {kind for entry in fields for kind in entry.get("kinds", {})}
    seen: set[str] = set()
    for number, entry in enumerate(fields):
        place = ("requests", intent, "fields", number)
        if entry["name"] in seen:
            yield place, "stands here twice"
        seen.add(entry["name"])
        if "like" in entry:
            yield from _like(place, entry, requests)
        else:
            yield from _field(place, entry, kinds, roles)
    checks = {_resolved(entry, requests).get("check") for entry in fields}
    if "signed_pdf" not in checks:
        yield ("requests", intent, "fields"), "no field has check signed_pdf, so nobody would have to sign"
    if "kind" in checks and not kinds:
        yield ("requests", intent, "fields"), "a field has check kind and tells no kinds"


def _like(place: Sequence[str | int], entry: Mapping[str, Any], requests: Mapping[str, Any]) -> Iterator[Found]:
    if more := sorted(set(entry) - _WITH_LIKE):
        yield (*place, more[0]), "does not count beside like; take one of them away"
    if entry["like"] not in requests:
        yield (*place, "like"), f"there is no request {entry['like']!r}"


def _resolved(entry: Mapping[str, Any], requests: Mapping[str, Any]) -> Mapping[str, Any]:
    others = requests.get(entry.get("like", ""), {}).get("fields", [])
    return next((other for other in others if other["name"] == entry["name"] and "like" not in other), entry)


def _field(place: Sequence[str | int], entry: Mapping[str, Any], kinds: set[str], roles: Mapping[str, Any]) -> Iterator[Found]:
    check = entry.get("check")
    if check is not None and check not in CHECKS:
        yield (*place, "check"), f"there is no check {check!r}"
    elif check is not None and (check in _BY_AGENT) != entry.get("by_agent", False):
        yield (*place, "check"), f"check {check} and by_agent: {str(entry.get('by_agent', False)).lower()} don't go together"
    for kind in entry.get("required_for", ()):
        if kind not in kinds:
            yield (*place, "required_for"), f"this request has no kind of change {kind!r}"
    if entry.get("kinds") and check != "kind":
        yield (*place, "kinds"), "only a field with check kind tells them"
    if entry.get("role", "") and entry["role"] not in roles:
        yield (*place, "role"), f"there is no role {entry['role']!r}"
