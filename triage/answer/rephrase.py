"""An answer in friendlier words, by a language model that the installation chooses; off by default.

The model gets the question without personal data, the answer, and the articles it cites; it may use their words only. What it writes is
compared sentence by sentence with them, and refused as a whole when one sentence says more, less or the opposite. What tells words is
kept strictly: a rephrasing that is refused costs nothing, a false one does. The mail can't talk the model into anything: whatever
it writes has to stand in the articles.
"""

from __future__ import annotations

import json
import re
import urllib.error
import urllib.request
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from itertools import pairwise
from pathlib import Path

from typing_extensions import TypedDict

from kb.article import Article
from kb.data_file import closed, read_data
from kb.insight.privacy import mask
from kb.search.excerpt import plain_text
from kb.search.language import Language, fold, load_language
from kb.search.search import KnowledgeBase
from kb.settings import Settings, from_data
from triage.answer.answer import load_wording
from triage.errors import RephraseError

TIMEOUT = 60.0  # seconds without an answer; a model on a CPU is slow
MOST_QUESTION = 2_000  # characters of the question that are sent
MOST_ANSWER = 100_000  # bytes of an answer that are read
_SENTENCE = re.compile(r"(?<=[.!?:])\s+|\n+")
_EXACT = re.compile(r"\S*(?:@|\d|https?:|www\.)\S*")  # numbers and addresses
_PIECE = re.compile(r"\w+")


@dataclass(frozen=True, slots=True)
class Passage:
    """The part of an answer that may be put in other words, and what stays as it is around it."""

    before: str  # the greeting
    text: str
    after: str  # links, what we ask for, the close


def passage_of(body: str) -> Passage:
    """What may be rephrased of an answer: what stands between the greeting and the first link. Raises RephraseError."""
    paragraphs = body.split("\n\n")
    end = next((number for number, paragraph in enumerate(paragraphs) if "://" in paragraph), 0)
    if end < 2:
        raise RephraseError("Dit antwoord komt niet uit een artikel; er is niets om te herschrijven.")
    return Passage(paragraphs[0], "\n\n".join(paragraphs[1:end]), "\n\n".join(paragraphs[end:]))


def rephrase(
    body: str, question: str, language: str, articles: Sequence[Article], knowledge: KnowledgeBase, settings: Settings
) -> str:
    """The answer with its passage rephrased. Raises RephraseError when the model fails or says what the articles don't."""
    passage = passage_of(body)
    wording = load_wording(language)
    sources = [
        passage.text,
        *(part for article in articles for part in (article.title, article.summary_en, plain_text(article.body))),
    ]
    asked = {
        "question": mask(question[:MOST_QUESTION], knowledge.knows),
        "answer": passage.text,
        "articles": "\n\n".join(filter(None, sources[1:])),
    }
    told = _ask(wording["rephrase_prompt"], json.dumps(asked, ensure_ascii=False), settings).strip()
    if not told:
        raise RephraseError("Het taalmodel gaf een leeg antwoord. Het voorstel is niet veranderd.")
    if wrong := unsupported(told, sources, wording["rephrase_free"].split(), load_language()):
        raise RephraseError(
            f"Het taalmodel schreef iets dat niet in de artikelen staat: ‘{wrong[:200]}’. Het voorstel is niet veranderd."
        )
    if lost := left_out(passage.text, told, load_language()):
        raise RephraseError(f"Het taalmodel liet iets weg: ‘{lost[:200]}’. Het voorstel is niet veranderd.")
    return "\n\n".join([passage.before, told, passage.after])


def unsupported(text: str, sources: Sequence[str], free: Sequence[str], language: Language) -> str:
    """The first sentence that says something the sources don't, "" when there is none.

    It repeats a sentence of the sources, or two that follow each other: words may be left out and `free` ones added, but the order
    stays, and so do numbers, negations, conditions and directions. The sentences keep the order they have in the sources.
    """
    spare = frozenset(language.terms(" ".join(free)))
    known = [_passages([_pieces(sentence, language) for sentence in _sentences(source)]) for source in sources]
    literal = {_bare(match) for source in sources for match in _EXACT.findall(source)}
    reached = [0] * len(sources)  # the sentence of each source that was told last
    for sentence in _sentences(text):
        if any(_bare(match) not in literal for match in _EXACT.findall(sentence)):
            return sentence
        pieces = _pieces(sentence, language)
        if all(piece in load_fixed_words()["small"] or piece in spare for piece in pieces):
            continue
        places = [[one for one in passages if one.says(pieces, spare)] for passages in known]
        source = next((number for number, found in enumerate(places) if found), None)
        later = [] if source is None else [one for one in places[source] if one.first >= reached[source]]
        if source is None or not later:
            return sentence
        reached[source] = min(one.last for one in later)
    return ""


@dataclass(frozen=True, slots=True)
class _Passage:
    """A sentence of a source, or two that follow each other."""

    first: int  # number of its first sentence
    last: int
    pieces: tuple[str, ...]

    def says(self, pieces: Sequence[str], spare: frozenset[str]) -> bool:
        """Whether it has these pieces in this order, with no small word between them that was left out, nor a binding one anywhere.

        A spare word that is not in it may be added.
        """
        binding = load_fixed_words()["binding"]
        asked = [piece for piece in pieces if piece not in spare or piece in self.pieces]
        if not asked:
            return False
        ends = {n for n, piece in enumerate(self.pieces) if piece == asked[0] and not binding & set(self.pieces[:n])}
        for wanted in asked[1:]:
            ends = {
                n for n, piece in enumerate(self.pieces)
                if piece == wanted and any(end < n and not any(map(_matters, self.pieces[end + 1 : n])) for end in ends)
            }  # fmt: skip
        return any(not binding & set(self.pieces[end + 1 :]) for end in ends)


def _passages(sentences: Sequence[tuple[str, ...]]) -> list[_Passage]:
    pairs = [_Passage(number, number + 1, one + two) for number, (one, two) in enumerate(pairwise(sentences))]
    return [*(_Passage(number, number, pieces) for number, pieces in enumerate(sentences)), *pairs]


def _pieces(sentence: str, language: Language) -> tuple[str, ...]:
    """What counts of a sentence, in order: its terms, and the small words that must not change."""
    small = {match.start(): word for match in _PIECE.finditer(sentence) if _matters(word := fold(match.group()))}
    terms = {token.start: token.term for token in language.tokens(sentence)}
    return tuple(piece for _, piece in sorted({**terms, **small}.items()))


def _matters(word: str) -> bool:
    return word in load_fixed_words()["binding"] or word in load_fixed_words()["small"] or any(map(str.isdigit, word))


@closed
class _FixedWords(TypedDict):
    binding: list[str]
    small: list[str]


@from_data
def load_fixed_words(folder: Path) -> Mapping[str, frozenset[str]]:
    """Read data/replies/fixed_words.yaml. Raises DataFileError."""
    content = read_data(folder / "replies" / "fixed_words.yaml", _FixedWords)
    return {"binding": frozenset(content["binding"]), "small": frozenset(content["small"])}


def left_out(text: str, told: str, language: Language) -> str:
    """The first sentence of a text of which less than half the terms come back in what was told, "" when there is none."""
    known = frozenset(language.terms(told))
    for sentence in _sentences(text):
        terms = frozenset(language.terms(sentence))
        if len(terms & known) < len(terms) / 2:
            return sentence
    return ""


def _sentences(text: str) -> list[str]:
    return [sentence for part in _SENTENCE.split(text) if (sentence := part.strip(" -*•\t"))]


def _bare(token: str) -> str:
    return token.strip(".,;:()[]‘’'\"").lower()


def _ask(prompt: str, content: str, settings: Settings) -> str:
    """What a model says (OpenAI's 'chat completions', which most servers offer). Raises RephraseError."""
    if settings.rephrase_url is None:
        raise RephraseError("Er is geen taalmodel ingesteld (WEGWIJZER_REPHRASE_URL).")
    messages = [{"role": "system", "content": prompt}, {"role": "user", "content": content}]
    headers = {"Content-Type": "application/json"}
    if settings.rephrase_key:
        headers["Authorization"] = f"Bearer {settings.rephrase_key}"
    request = urllib.request.Request(  # noqa: S310 - the settings allow http and https only
        f"{settings.rephrase_url}/chat/completions",
        json.dumps({"model": settings.rephrase_model, "messages": messages, "temperature": 0}).encode(),
        headers,
    )
    try:
        with urllib.request.urlopen(request, timeout=TIMEOUT) as answer:  # noqa: S310
            told: Mapping[str, object] = json.loads(answer.read(MOST_ANSWER))
        content = told["choices"][0]["message"]["content"]  # type: ignore[index]
    except urllib.error.HTTPError as error:
        raise RephraseError(f"Het taalmodel weigerde (HTTP {error.code}). Het voorstel is niet veranderd.") from error
    except (OSError, ValueError, KeyError, IndexError, TypeError) as error:
        raise RephraseError(
            f"Het taalmodel gaf geen bruikbaar antwoord ({type(error).__name__}). Het voorstel is niet veranderd."
        ) from error
    return content if isinstance(content, str) else ""
