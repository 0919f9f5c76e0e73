"""Takes out of a text what could say who wrote it or about whom, before it is kept for insight.

Masked are mail addresses (also spelt out), web addresses, numbers of three digits and more, street addresses and postcodes,
passwords and user names, and names: words after a title or 'mijn naam is', common Dutch given and family names
(data/language/names.txt), what follows them, words after 'van der' and the like, and words with a capital in the middle of a
sentence that the help desk's own articles don't have. Better a word too many than a name kept.
"""

from __future__ import annotations

import re
from collections.abc import Callable
from pathlib import Path

from kb.data_file import read_lines, read_text
from kb.search.language import everyday_words, fold
from kb.settings import from_data, organisation

_MAIL = re.compile(r"(?<!\S)\S+(?:@|\s?[(\[](?:at|apenstaartje)[)\]]\s?)\S+", re.IGNORECASE)
_SPELT_AT = frozenset(["apenstaart", "apenstaartje", "apestaart", "apestaartje", "at"])
_SPELT_DOT = frozenset(["punt", "dot", "streepje"])
_WEB = re.compile(r"\b(?:https?://|www\.)\S+", re.IGNORECASE)
_STREET = re.compile(
    r"\b[\w'’-]{0,40}(?:straat|laan|plein|gracht|kade|singel|dreef|steeg|dijk|weg|hof|pad|markt|park|plantsoen|brink|boulevard|erf|haven)\s+\d+\s?[a-z]?\b",
    re.IGNORECASE,
)
_BRIN = re.compile(r"\b\d{2}[A-Za-z]{2}(?:\d{2})?\b")
_NUMBER = re.compile(r"(?<!\w)(?<!office )(?<!logo )\+?\d(?:[\d .\-/]*\d){2,}", re.IGNORECASE)
_OWN_NUMBER = re.compile(
    r"\b((?:leerling|stam|personeels|klant)(?:nummer|nr)|pincode|inlogcode|toegangscode|geboren)(\.?\s*(?:is|was|op|van \w+ is|:)?\s*)\d+\b",
    re.IGNORECASE,
)
_PASSWORD = re.compile(
    r"\b((?:\w*wachtwoord|ww|password|passwoord|pasword)(?:\s+van\s+(?:[\w'’-]+\s+){1,3}?|\s*)(?:is|was|wordt|luidt|:|=)\s*[\"'‘“]?)([^\s\"'’”]+)",
    re.IGNORECASE,
)
_PASSWORD_SHOWN = re.compile(r"\b((?:\w*wachtwoord|ww|password)\s+[\"'‘“]?)([^\s\"'’”]+)", re.IGNORECASE)
_USER_NAME = re.compile(
    r"\b((?:user(?:\s?name)?|gebruikersnaam|gebruiker|inlognaam|loginnaam|accountnaam)(?:\s+van\s+[\w'’-]+)?(?:\s+(?:is|was)|\s*[:=])?\s+[\"'‘“]?)([^\s\"'’”,]+)",
    re.IGNORECASE,
)
_INTRODUCED = re.compile(
    r"\b((?:mijn naam is|ik heet|ik ben|groetjes|groeten|groet|mvg|namens|juf|juffrouw|meester|mevrouw|mevr|meneer|dhr|mw|leerling)\.?)"
    r"((?:\s+(?:van|de|der|den|ter|ten|te|het|'t|el|al|von))*\s+[A-Z][\w'’-]+)+"
)
_WORD = re.compile(r"[^\W\d_][\w'’-]*")
NAME, MAIL, WEB, NUMBER, ADDRESS, SECRET = "[naam]", "[mailadres]", "[webadres]", "[nummer]", "[adres]", "[geheim]"
_PREFIXES = ("van", "de", "der", "den", "ter", "ten", "te", "el", "al", "von", "het", "'t")
_PREFIX = f"(?:{'|'.join(_PREFIXES)})"
_FULL_NAME = re.compile(rf"\[naam\](?:\s+(?:{_PREFIX}\s+)*(?:\[naam\]|[A-Z][\w'’-]+))+")
_FOLLOWS_NAME = re.compile(
    rf"(\[naam\]|\b(?:heer|mevrouw|mevr\.?|meneer|dhr\.?|mw\.?|familie|fam\.|juf|juffrouw|meester|leerling|mijn naam is|ik heet))(\s+)((?:{_PREFIX}\s+)*)([^\W\d_][\w'’-]*)",
    re.IGNORECASE,
)
_ONLY_IN_NAMES = re.compile(r"\b(?:van\s+(?:der|den)|el|ter|ten)\s+([^\W\d_][\w'’-]*)", re.IGNORECASE)
_SCHOOL = re.compile(r"\b((?:obs|cbs|kbs|rkbs|pcbs|ikc)\s+(?:de|het|'t)\s+)([^\W\d_][\w'’-]*)", re.IGNORECASE)
Known = Callable[[str], bool]


@from_data
def _read_words(folder: Path, name: str) -> frozenset[str]:
    return frozenset(fold(word) for line in read_lines(folder / "language" / name) for word in line.split())


def load_word_lists() -> list[frozenset[str]]:
    """Read all lists of names in data/language. Raises DataFileError."""
    return [_read_words(name) for name in ("names.txt", "not-names.txt", "surnames.txt", "surnames-after-prefix.txt")]


def load_names() -> frozenset[str]:
    """Read data/language/names.txt."""
    return _read_words("names.txt")


@from_data
def load_given_names(folder: Path) -> frozenset[str]:
    """Read the given names of data/language/names.txt: those above the line '# Family names'."""
    given, _, _ = read_text(folder / "language" / "names.txt").partition("# Family names")
    return frozenset(fold(name) for line in given.splitlines() if not line.startswith("#") for name in line.split())


def mask(text: str, known: Known) -> str:
    """A text without names, addresses, numbers and passwords; `known` says whether a folded word is one of the help desk's own."""
    for pattern, sign in (
        (_MAIL, MAIL),
        (_WEB, WEB),
        (_STREET, ADDRESS),
        (organisation().postcode, ADDRESS),
    ):
        text = pattern.sub(sign, text)
    text = _without_passwords(_without_spelt_addresses(text), known)
    text = _OWN_NUMBER.sub(rf"\1\2{NUMBER}", _NUMBER.sub(NUMBER, _BRIN.sub(NUMBER, text)))
    text = _INTRODUCED.sub(lambda match: f"{match[1]} {NAME}", text)
    return _without_followers(_without_single_names(text, known), known)


def _ordinary(word: str, known: Known) -> bool:
    """Whether a word says nothing of who: one of the help desk's own, a common one, or a system's name."""
    return known(word) or word in everyday_words() or word in _read_words("not-names.txt") or (len(word) <= 2 and word.isalpha())


def _without_spelt_addresses(text: str) -> str:
    """A text without mail addresses in words: 'piet punt jansen apestaartje school punt nl'."""
    words = list(re.finditer(r"\S+", text))
    told = [fold(word.group()).strip(".,!?") for word in words]
    parts, position = [], 0
    for at in range(1, len(words) - 3):
        if told[at] not in _SPELT_AT or told[at + 2] not in _SPELT_DOT or words[at - 1].start() < position:
            continue
        first, last = at - 1, at + 3
        while first >= 2 and told[first - 1] in (*_SPELT_DOT, *_PREFIXES):
            first -= 2 if told[first - 1] in _SPELT_DOT else 1
        while last + 2 < len(words) and told[last + 1] in _SPELT_DOT:
            last += 2
        parts += [text[position : max(position, words[first].start())], MAIL]
        position = words[last].end()
    return "".join(parts) + text[position:]


def _without_passwords(text: str, known: Known) -> str:
    """A text without what stands after 'wachtwoord is', 'wachtwoord' or 'gebruikersnaam', unless that is an ordinary word there."""

    def after_is(match: re.Match[str]) -> str:
        word = fold(match[2]).strip(".,!?")
        return match[0] if word.startswith("[") or word in _read_words("not-names.txt") else f"{match[1]}{SECRET}"

    def shown(sign: str) -> Callable[[re.Match[str]], str]:
        def hide(match: re.Match[str]) -> str:
            word = re.split(r"['’/-]", fold(match[2]).strip(".,!?:;()/"))[0]
            plain = known(word) or word in _read_words("not-names.txt") or len(word) <= 3
            kept = word.startswith("[") or word.isdigit() or plain or (sign == NAME and _ordinary(word, known))
            return match[0] if kept else f"{match[1]}{sign}"

        return hide

    text = _PASSWORD.sub(after_is, text)
    return _USER_NAME.sub(shown(NAME), _PASSWORD_SHOWN.sub(shown(SECRET), text))


def _without_single_names(text: str, known: Known) -> str:
    """A text without common names, odd words with a capital, and words of letters and digits that nobody knows (jjansen01)."""
    parts, position = [], 0
    for match in _WORD.finditer(text):
        word = fold(match.group()).removesuffix("'s").strip("'-")
        before = text[: match.start()].rstrip()
        hidden = not before.endswith("[") and (word in load_names() or _stands_out(match.group(), word, before, known))
        parts += [text[position : match.start()], NAME if hidden else match.group()]
        position = match.end()
    return _FULL_NAME.sub(NAME, "".join(parts) + text[position:])


def _stands_out(written: str, word: str, before: str, known: Known) -> bool:
    """Whether a word looks like a name: a capital that neither the place nor the meaning explains, or letters with digits."""
    letters = word.rstrip("0123456789")
    if letters != word and len(letters) >= 3 and letters.isalpha():
        return letters in load_names() or not _ordinary(letters, known)
    if not written[0].isupper() or known(word) or word in _read_words("not-names.txt") or word == "i":
        return False
    abbreviation = written.isupper() and len(written) <= 4
    at_start = not before or before[-1] in ".!?:\n"
    plain = re.split(r"['’]", word)[0]
    return not abbreviation and not (at_start and (plain in everyday_words() or len(plain) <= 2))


def _without_followers(text: str, known: Known) -> str:
    """A text without the family names that follow a first name, a title or a prefix, in small letters too."""

    def follows(match: re.Match[str]) -> str:
        before, prefixes, word = match[1], match[3], fold(match[4])
        if prefixes:
            surname = not known(word) or word in _read_words("surnames.txt") | _read_words("surnames-after-prefix.txt")
        else:
            surname = not _ordinary(word, known) or word in _read_words("surnames.txt")
        if not surname or fold(match[4]) in prefixes.split():
            return match[0]
        return NAME if before == NAME else f"{before}{match[2]}{NAME}"

    def prefixed(match: re.Match[str]) -> str:
        certain = match[0].lower().startswith("van") or fold(match[1]) in _read_words("surnames.txt")
        return NAME if certain or not _ordinary(fold(match[1]), known) else match[0]

    for _ in range(3):  # a family name of three words
        text = _FULL_NAME.sub(NAME, _FOLLOWS_NAME.sub(follows, text))
    text = _ONLY_IN_NAMES.sub(prefixed, text)
    text = _SCHOOL.sub(rf"\1{NAME}", text)
    return _FULL_NAME.sub(NAME, text)
