"""Another person or address in the running text of a signed form: what stands there besides labels and values."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Sequence

from kb.search.language import fold
from triage.register.domains import web_domain
from triage.verify.form.against_words import Against, contains, load_against, plain_words
from triage.verify.form.people import INFIXES
from triage.verify.form.pieces import Piece
from triage.verify.form.reading import Form
from triage.verify.forms import Requests

OWN_DOMAIN = "basispoort.nl"  # of the help desk
QUOTE = 90  # characters shown
UNKNOWN = 2  # words that make a name
_ADDRESS: re.Pattern[str] = re.compile(r"[\w.+'-]+@[\w-]+(?:\.[\w-]+)+")
_INFIX = "|".join(re.escape(one) for one in sorted(INFIXES, key=len, reverse=True))
_WORD = r"[A-ZÀ-Þ][\w'’-]*\.?"
_CODE = re.compile(r"\b(?:[0-9A-Z]{4}-[0-9A-Z]{4}|\w*\d\w*)\b")  # a reference of ours, or another word with digits: nobody's name
_NAME = re.compile(rf"\b{_WORD}(?:(?: (?:{_INFIX}))* {_WORD})+")


def others_in_text(
    form: Form, loose: Sequence[Piece], requests: Requests, domains: Iterable[str], names: Sequence[str]
) -> Iterator[str]:
    """Dutch: who else is named or may be written to, in the words around labels and values (`loose`).

    `domains` are those of the school, its board and the sender; `names` those of the register.
    """
    words = load_against()
    known = {address.casefold() for entry in form.found for address in _ADDRESS.findall(entry.value)}
    own = {web_domain(one) for one in domains if one not in requests.free_mail} | {OWN_DOMAIN}
    shown: set[str] = set()
    for text, page in _texts(loose):
        quote = " ".join(text.split())[:QUOTE]
        if any(quote in one for one in shown):
            continue
        where = f" (bladzijde {page})" if page else ""
        if address := _other_address(text, own, known, requests):
            shown.add(quote)
            yield f"In {form.document.name} staat ook ‘{quote}’{where}: {address} is niet van de school of het bestuur. Kijk zelf wie dit is."
        elif name := _other_person(text, [*names, *(entry.value for entry in form.found)], words, requests):
            shown.add(quote)
            yield f"In {form.document.name} staat ook ‘{quote}’{where}. Kijk zelf of {name} toegang moet krijgen."


def _texts(loose: Sequence[Piece]) -> Iterator[tuple[str, int | None]]:
    """Each piece, and each that ends halfway with the next one."""
    for number, piece in enumerate(loose):
        following = loose[number + 1] if number + 1 < len(loose) else None
        if following and following.row.page == piece.row.page and piece.text[-1] not in ".!?:;" and len(piece.text.split()) > 2:
            yield f"{piece.text} {following.text}", piece.row.page
        yield piece.text, piece.row.page


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
