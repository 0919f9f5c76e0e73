"""Another person or address in the running text of a signed form: what stands there besides labels and values."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Sequence

from kb.search.language import fold
from triage.register.domains import web_domain
from triage.verify.form.against_words import Against, contains, load_against, plain_words
from triage.verify.form.labels import ADMINISTRATOR, DIRECTOR
from triage.verify.form.people import INFIXES
from triage.verify.form.reading import Form
from triage.verify.form.understood import Line
from triage.verify.forms import Requests, load_requests

QUOTE = 90  # characters shown
UNKNOWN = 2  # words that make a name
_ADDRESS: re.Pattern[str] = re.compile(r"[\w.+'-]+@[\w-]+(?:\.[\w-]+)+")
_INFIX = "|".join(re.escape(one) for one in sorted(INFIXES, key=len, reverse=True))
_WORD = r"[A-ZÀ-Þ][\w'’-]*\.?"
_CODE = re.compile(r"\b(?:[0-9A-Z]{4}-[0-9A-Z]{4}|\w*\d\w*)\b")  # a reference of ours, or another word with digits: nobody's name
_HEADING = re.compile(r"(?:aanvraag|verzoek|melding|formulier|aanmelding|opgave|request|application)\b", re.IGNORECASE)
_NAME = re.compile(rf"\b{_WORD}(?:(?: (?:{_INFIX}))* {_WORD})+")


def others_in_text(form: Form, lines: Sequence[Line], domains: Iterable[str], names: Sequence[str]) -> Iterator[str]:
    """Dutch: who else is named or may be written to, in what stands besides labels and values.

    `domains` are those of the school, its board, the sender and the help desk; `names` those of the register.
    """
    words, requests = load_against(), load_requests()
    known = {address.casefold() for entry in form.found for address in _ADDRESS.findall(entry.value)}
    people = [entry.value for entry in form.found if entry.field in (ADMINISTRATOR, DIRECTOR)]
    own = {web_domain(one) for one in domains if one not in requests.free_mail}
    shown: set[str] = set()
    for text, page in _texts(lines):
        quote = " ".join(text.split())[:QUOTE]
        if any(quote in one for one in shown):
            continue
        where = f" (bladzijde {page})" if page else ""
        if address := _other_address(text, own, known, requests):
            shown.add(quote)
            yield f"In {form.document.name} staat ook ‘{quote}’{where}: {address} is niet van de school of het bestuur. Kijk zelf wie dit is."
        elif address := _own_address(text, own, known, people):
            shown.add(quote)
            yield f"In {form.document.name} staat ook ‘{quote}’{where}. Kijk zelf van wie {address} is en waar het voor dient."
        elif name := _other_person(text, [*names, *(entry.value for entry in form.found)], words, requests):
            shown.add(quote)
            yield f"In {form.document.name} staat ook ‘{quote}’{where}. Kijk zelf of {name} toegang moet krijgen."


def _texts(lines: Sequence[Line]) -> Iterator[Line]:
    """Each line, and each that ends halfway with the next one."""
    for number, (text, page) in enumerate(lines):
        following = lines[number + 1] if number + 1 < len(lines) else None
        if following and following[1] == page and _runs_on(text, following[0]):
            yield f"{text} {following[0]}", page
        yield text, page


def _runs_on(text: str, following: str) -> bool:
    """Whether a line may go on in the next one: a heading does so in a name alone, and not in a sentence."""
    if text[-1] in ".!?:;" or len(text.split()) <= UNKNOWN or ":" in f"{text}{following}":
        return False  # a label with its value is a line of its own
    return _HEADING.match(text) is None or following[:1].islower() or _NAME.fullmatch(following) is not None


def _other_address(text: str, own: set[str], known: set[str], requests: Requests) -> str:
    """An address that is a person's at a domain of somebody else, "" when there is none."""
    for match in _ADDRESS.finditer(text):
        address = match.group()
        local, _, domain = address.casefold().rpartition("@")
        if web_domain(domain) in own or any(address.casefold() in one or one in address.casefold() for one in known):
            continue
        if not set(re.findall(r"[a-z]+", local)) & (requests.shared_mailboxes | {"privacy", "fg", "dpo", "avg", "support"}):
            return address
    return ""


def _own_address(text: str, own: set[str], known: set[str], people: Sequence[str]) -> str:
    """A personal address at the school, of neither administrator nor director and not to ask questions at; "" when there is none."""
    requests, plain = load_requests(), plain_words(text)
    if contains(plain, load_against().named_anyway):
        return ""
    named = {word for one in people for word in plain_words(one).split() if len(word) > 2}
    for match in _ADDRESS.finditer(text):
        local, _, domain = match.group().casefold().rpartition("@")
        parts = set(re.findall(r"[a-z]+", local))
        mine = any(word in local for word in named) or any(match.group().casefold() in one for one in known)
        if web_domain(domain) in own and not mine and not parts & {*requests.shared_mailboxes, "help"}:
            return match.group()
    return ""


def _other_person(text: str, known: Sequence[str], words: Against, requests: Requests) -> str:
    """A name of somebody else in a sentence that asks for access, "" when there is none."""
    plain = plain_words(text)
    if not contains(plain, words.asks) or contains(plain, words.named_anyway):
        return ""
    if contains(plain, words.former) and not contains(plain, ("graag", "liever")):
        return ""
    familiar = {word for name in known for word in plain_words(name).split()}
    never = {*words.no_name, *requests.functions, *requests.not_a_person, *_role_words(requests)}
    for match in _NAME.finditer(_CODE.sub("·", text)):
        run = match.group().split()
        while run and fold(run[0]).strip(".") in never:
            run = run[1:]
        bare = [fold(word).strip(".") for word in run if fold(word) not in INFIXES]
        if len(bare) >= UNKNOWN and len(bare[-1]) > 2 and not set(bare) & never and not _is_familiar(bare, familiar):
            return " ".join(run)
    return ""


def _is_familiar(bare: Sequence[str], familiar: set[str]) -> bool:
    """Whether a name is one that stands in the fields or in the register, perhaps with initials."""
    return all(part in familiar for word in bare[-1:] for part in plain_words(word).split())


def _role_words(requests: Requests) -> set[str]:
    return {
        word
        for names in (*requests.roles.values(), *requests.organisations.values(), requests.other_subjects, requests.other_parts)
        for name in names
        for word in plain_words(name).split()
    } | {word for words in requests.board_functions for word in words}
