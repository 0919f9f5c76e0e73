"""The draft answer: what the articles say, in the writer's language, asking only for what is still needed.

Wordings are in data/replies/<language>.yaml. Nothing of the mail's own text is repeated, except values of a formal request.
"""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import cache
from pathlib import Path

import yaml

from kb.article import Article
from kb.search import KnowledgeBase, plain_text
from kb.settings import SHIPPED_DATA, Settings
from triage.classify.intents import Intent
from triage.mail import Message
from triage.mail.replies import own_words
from triage.verify.forms import RequestType, load_requests
from triage.verify.model import FieldCheck, Status, Verdict, Verification

MIN_SCORE = 0.08  # a second article less likely than this is not mentioned
_NOT_A_PERSON = re.compile(
    r"\b(?:school|basisschool|obs|cbs|bs|kindcentrum|stichting|bestuur|administratie|directie|info|helpdesk|team|ict|groep|de|het|van der)\b.*"
    r"|.*[@\d]", re.IGNORECASE,
)  # fmt: skip


@dataclass(frozen=True, slots=True)
class DraftAnswer:
    """A proposed answer; a person approves it before it is sent."""

    subject: str
    body: str  # plain text
    citations: tuple[str, ...]  # slugs of the articles it rests on


@cache
def load_wording(language: str, folder: Path = SHIPPED_DATA / "replies") -> Mapping[str, str]:
    """The wordings of a language; every language but English is answered in Dutch."""
    name = "en" if language == "en" else "nl"
    content: dict[str, str] = yaml.safe_load((folder / f"{name}.yaml").read_text(encoding="utf-8"))
    return content


def article_url(settings: Settings, slug: str) -> str:
    """Where a school reads an article."""
    return f"{settings.base_url}/artikel?slug={slug}"


def write_draft(
    message: Message,
    intent: Intent,
    language: str,
    priority: str,
    verification: Verification | None,
    knowledge: KnowledgeBase,
    settings: Settings,
) -> DraftAnswer | None:
    """Write the draft for a mail; None for a mail that is not answered (spam, automatic mail)."""
    if not intent.reply or message.automatic:
        return None
    wording = load_wording(language)
    if verification is not None:
        body, citations = _request_body(verification, wording, settings)
    else:
        body, citations = _question_body(message, intent, language, priority, knowledge, settings)
    subject = re.sub(r"^(?:(?:re|fw|fwd|antw|doorst)\s*:\s*)+", "", message.subject, flags=re.IGNORECASE)
    parts = [_greeting(message, intent, wording), *body, wording["close"]]
    return DraftAnswer(wording["subject"].format(subject=subject or "uw vraag"), "\n\n".join(parts), citations)


def _greeting(message: Message, intent: Intent, wording: Mapping[str, str]) -> str:
    name = message.sender.name.strip("\"' ")
    if "," in name:
        last, _, first = name.partition(",")
        name = f"{first.strip()} {last.strip()}"
    words = name.split()
    if 2 <= len(words) <= 5 and not _NOT_A_PERSON.fullmatch(name) and all(word[0].isalpha() for word in words):
        return wording["greeting_name"].format(name=name)
    return wording["greeting_parent"] if intent.label == "inloggen-thuis" else wording["greeting"]


def _question_body(
    message: Message, intent: Intent, language: str, priority: str, knowledge: KnowledgeBase, settings: Settings
) -> tuple[list[str], tuple[str, ...]]:
    wording = load_wording(language)
    if intent.label == "privacy-en-avg" and priority == "urgent":
        return [wording["breach"]], ()
    if intent.label == "buiten-bereik":
        return [wording["thanks"] + " " + wording["out_of_scope"]], ()
    ranked = knowledge.rank(f"{message.subject} {own_words(message.text)}"[:400], intent.topics)
    if not ranked:
        return [wording["nothing_fits"]], ()
    (best, _), *rest = ranked
    body = [wording["thanks"] + " " + _short_answer(best, language)]
    if steps := _steps(best) if language != "en" else "":
        body.append(wording["steps"].format(steps=steps))
    body.append(wording["more"].format(title=best.title, url=article_url(settings, best.slug)))
    cited = [best.slug]
    if rest and rest[0][1] >= MIN_SCORE:
        cited.append(rest[0][0].slug)
        body.append(wording["also"].format(title=rest[0][0].title, url=article_url(settings, rest[0][0].slug)))
    if intent.label == "inloggen-thuis":
        body.append(wording["parent"])
    elif wanted := _still_to_ask(best, message):
        items = "\n".join(f"- {item}" for item in wanted)
        body.append(wording["ask"].format(items=items) + "\n\n" + wording["no_secrets"])
    return body, tuple(cited)


def _short_answer(article: Article, language: str) -> str:
    return article.summary_en if language == "en" and article.summary_en else plain_text(article.short_answer)


def _steps(article: Article) -> str:
    match = re.search(r"^## Stappen\s*\n(.*?)(?=^## |\Z)", article.body, re.MULTILINE | re.DOTALL)
    lines = re.findall(r"^\d+\.\s+(.+)$", match[1], re.MULTILINE) if match else []
    return "\n".join(f"{number}. {plain_text(line)}" for number, line in enumerate(lines, start=1))


_GIVEN = {  # a detail we ask for -> what in a mail shows that it was given
    "brin": re.compile(r"\b[0-9]{2}\s?[A-Z]{2}(?:[0-9]{2})?\b"),
    "schermafbeelding": re.compile(r"\bimage/"),
    "browser": re.compile(r"\b(?:chrome|edge|safari|firefox)\b", re.IGNORECASE),
    "las": re.compile(r"\b(?:parnassys|esis|dotcom|eduscope|unilogic)", re.IGNORECASE),
    "groep": re.compile(r"\bgroep\s*[1-8]\b", re.IGNORECASE),
    "apparaat": re.compile(r"\b(?:ipad|chromebook|laptop|tablet|digibord|windows|macbook)", re.IGNORECASE),
    "e-mailadres": re.compile(r"[\w.+-]+@[\w-]+\.\w+"),
}


def _still_to_ask(article: Article, message: Message) -> list[str]:
    """The details of the article that the mail does not hold yet."""
    given = message.text + " " + " ".join(attachment.content_type for attachment in message.attachments)
    return [item for item in article.ask if not any(word in item.lower() and sign.search(given) for word, sign in _GIVEN.items())]


def _request_body(verification: Verification, wording: Mapping[str, str], settings: Settings) -> tuple[list[str], tuple[str, ...]]:
    request = load_requests().types[verification.request]
    if verification.verdict is Verdict.SUSPECT:
        return [wording["request_suspect"]], ()
    received = wording["request_received"].format(request=request.title)
    if verification.verdict is Verdict.COMPLETE:
        return [f"{received} {wording['request_complete']}"], (request.form,)
    absent, wrong, fine = _split(verification.fields, request)
    body = [received]
    if absent:
        items = "\n".join(f"- {item}" for item in absent)
        body.append(wording["request_missing"].format(items=items))
    if wrong:
        items = "\n".join(f"- {_item(check, title, wording)}" for check, title in wrong)
        body.append(wording["request_wrong"].format(items=items))
    if fine and (absent or wrong):
        body.append(wording["request_fine"])
    body.append(wording["request_how"].format(url=article_url(settings, request.form)))
    return body, (request.form,)


def _split(checks: Sequence[FieldCheck], request: RequestType) -> tuple[list[str], list[tuple[FieldCheck, str]], int]:
    absent, wrong, fine = [], [], 0
    for spec, check in zip(request.fields, checks, strict=True):
        if spec.by_agent:
            continue
        if check.status is Status.MISSING:
            absent.append(spec.ask)
        elif check.status is not Status.OK:
            wrong.append((check, spec.title))
        elif check.value:
            fine += 1
    return absent, wrong, fine


def _item(check: FieldCheck, title: str, wording: Mapping[str, str]) -> str:
    if check.expected and check.value and check.status is Status.DIFFERS:
        return wording["item_expected"].format(title=title, value=check.value, expected=check.expected)
    if check.value:
        return wording["item_value"].format(title=title, value=check.value, reason=check.reason)
    return wording["item_doubt"].format(title=title, reason=check.reason)
