"""An answer in friendlier words, by a language model that the installation chooses; off by default.

The model gets the question without personal data, the answer, and the articles it cites; it may use their words only. What it writes is
compared sentence by sentence with them, and refused as a whole when one sentence says more, less or the opposite. The mail can't talk
the model into anything: whatever it writes has to stand in the articles.
"""

from __future__ import annotations

import json
import re
import urllib.error
import urllib.request
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from kb.article import Article
from kb.excerpt import plain_text
from kb.language import Language, fold, load_language
from kb.privacy import mask
from kb.search import KnowledgeBase
from kb.settings import Settings
from triage.answer import load_wording
from triage.errors import RephraseError

TIMEOUT = 60.0  # seconds without an answer; a model on a CPU is slow
MOST_QUESTION = 2_000  # characters of the question that are sent
MOST_ANSWER = 100_000  # bytes of an answer that are read
COVERED = 0.6  # share of a sentence's terms that two sentences of the sources must have together
_SENTENCE = re.compile(r"(?<=[.!?:])\s+|\n+")
_EXACT = re.compile(r"\S*(?:@|\d|https?:|www\.)\S*")  # numbers and addresses
_NEGATION = frozenset(
    {"niet", "geen", "nooit", "niets", "niemand", "nergens", "zonder", "not", "no", "never", "without", "cannot"}
)


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

    All its words stand in the sources (or are `free`), most of them in at most two sentences there; numbers and addresses stand there
    literally; and it denies what they deny.
    """
    known = [(sentence, frozenset(language.terms(sentence))) for source in sources for sentence in _sentences(source)]
    vocabulary = frozenset().union(*(terms for _, terms in known), language.terms(" ".join(free)))
    literal = {_bare(match) for source in sources for match in _EXACT.findall(source)}
    for sentence in _sentences(text):
        terms = frozenset(language.terms(sentence)) - frozenset(language.terms(" ".join(free)))
        if not terms <= vocabulary or any(_bare(match) not in literal for match in _EXACT.findall(sentence)):
            return sentence
        best = sorted(known, key=lambda one: -len(terms & one[1]))[:2]
        covered = terms & frozenset().union(*(known_terms for _, known_terms in best))
        if terms and (len(covered) < COVERED * len(terms) or _denies(sentence) != _denies(best[0][0])):
            return sentence
    return ""


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


def _denies(sentence: str) -> bool:
    return bool(_NEGATION & set(re.findall(r"[a-z]+", fold(sentence))))


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
