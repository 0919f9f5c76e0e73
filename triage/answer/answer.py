"""The draft answer: what the articles say, in the writer's language, asking only for what is still needed.

Wordings are in data/replies/<language>.yaml. Nothing of the mail's own text is repeated, except values of a formal request.
"""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

from kb.article import Article
from kb.data_file import DataFileError, read_data
from kb.organisation import read_organisation
from kb.search.excerpt import plain_text
from kb.search.search import KnowledgeBase
from kb.settings import Settings, from_data, organisation
from triage.answer.details import in_language, still_to_ask
from triage.answer.greeting import greeting
from triage.classify.intents import Intent, load_taxonomy
from triage.mail.read_mail import ReadMail
from triage.register.school import School
from triage.verify.case import NO_REGISTER
from triage.verify.forms import FieldSpec, RequestType, load_requests
from triage.verify.model import FieldCheck, Status, Verdict, Verification

# The wordings that answers need besides those that intents name, and those that answers to formal requests need.
_NEEDED = frozenset([
    "subject", "no_subject", "greeting_name", "thanks", "steps", "steps_there", "more", "also", "second", "ask", "no_secrets", "close",
    "nothing_fits", "incident_answer", "incident_over", "incident_notice", "rephrase_prompt", "rephrase_free",
])  # fmt: skip
_FOR_REQUESTS = frozenset([
    "request_received", "request_missing", "request_wrong", "request_fine", "request_how", "request_online", "request_complete",
    "request_toegekend", "request_afgewezen", "request_suspect", "request_human", "item_expected", "item_value", "item_need",
])  # fmt: skip
FITS = 0.5  # chance that an article answers the mail from which it is quoted; below it most are wrong (read on mails-dev.csv)
MIN_SCORE = 0.08  # a second article less likely than this is not mentioned
_THANKS = re.compile(
    r"^\W*(?:\w+\W+){0,3}(?:dank\w*|bedankt|thanks?|thx)\b|\bwerkt (?:het )?weer\b|\b(?:is|het) (?:opgelost|gelukt)\b|\bworks again\b",
    re.IGNORECASE,
)
_ASKS = re.compile(
    r"\?|\b(?:hoe|wat|waar|wanneer|waarom|welke|kunt|kun|kunnen|graag|wil|willen|maar|niet|geen|nog steeds|alvast"
    r"|how|what|where|when|why|can|could|please|but|not|still|in advance)\b",
    re.IGNORECASE,
)


@dataclass(frozen=True, slots=True)
class DraftAnswer:
    """A proposed answer; a person approves it before it is sent."""

    subject: str
    body: str  # plain text
    citations: tuple[str, ...]  # slugs of the articles it rests on


@from_data
def load_wording(folder: Path, language: str) -> Mapping[str, str]:
    """The wordings in which a mail of some language is answered. Raises DataFileError, also when one is missing."""
    path = folder / "replies" / f"{read_organisation(folder).answers_in(language)}.yaml"
    wording = read_data(path, dict[str, str])
    wanted = _NEEDED.union(*(intent.wordings for intent in load_taxonomy().intents.values()))
    if missing := sorted(wanted.union(_FOR_REQUESTS if load_requests().types else ()) - set(wording)):
        raise DataFileError([f"replies/{path.name}: {name}: is missing." for name in missing])
    return wording


@from_data
def load_openings(folder: Path) -> Mapping[str, str]:
    """For each language that we can't write, the line that says so in that language."""
    return read_data(folder / "replies" / "openings.yaml", dict[str, str])


def hello(mail: ReadMail, intent: Intent, language: str, school: School | None = None) -> str:
    """The greeting of a mail; to a mail that is neither Dutch nor English also a line in the writer's language."""
    greeted = greeting(mail, intent, load_wording(language), school)
    return "\n".join(filter(None, [greeted, load_openings().get(language)]))


def article_url(settings: Settings, slug: str) -> str:
    """Where a school reads an article."""
    return f"{settings.base_url}/artikel?slug={slug}"


@dataclass(frozen=True, slots=True)
class AlsoAsked:
    """A second question of a mail."""

    intent: Intent  # what it is about
    text: str  # the sentences that ask it


@dataclass(frozen=True, slots=True)
class _Part:
    """What a draft says about one question."""

    paragraphs: Sequence[str]
    citations: tuple[str, ...] = ()
    wanted: Sequence[str] = ()  # the details that are still needed, as articles call them


@dataclass(frozen=True, slots=True)
class Decided:
    """What was decided about a mail, as far as its answer goes by it."""

    # What the mail is about.
    intent: Intent
    priority: str
    # The check of a formal request.
    verification: Verification | None = None
    # What the mail asks besides.
    also: AlsoAsked | None = None
    # The school it is about, when that is known: what the register knows is not asked.
    school: School | None = None
    # Slugs of the articles that were sent in the conversation before: they did not help.
    advised: frozenset[str] = frozenset()


def write_draft(mail: ReadMail, decided: Decided, knowledge: KnowledgeBase, settings: Settings) -> DraftAnswer | None:
    """Write the draft for a mail, also for what it asks besides; None for a mail that is not answered (spam, automatic mail)."""
    if not decided.intent.reply or mail.message.automatic:
        return None
    wording = load_wording(mail.language)
    if decided.verification is not None:
        body, citations = _request_body(decided.verification, wording, settings)
    else:
        parts = _question_parts(mail, decided, knowledge, settings)
        body = [paragraph for part in parts for paragraph in part.paragraphs]
        citations = tuple(slug for part in parts for slug in part.citations)
        asked = dict.fromkeys(item for part in parts for item in part.wanted)
        if wanted := still_to_ask(list(asked), mail, decided.school):
            items = "\n".join(f"- {in_language(item, mail.language)}" for item in wanted)
            body += [wording["ask"].format(items=items), wording["no_secrets"]]
    body = [hello(mail, decided.intent, mail.language, decided.school), *body, wording["close"]]
    return DraftAnswer(reply_subject(mail.subject, wording), "\n\n".join(body), citations)


def write_receipt(mail: ReadMail, intent: Intent) -> DraftAnswer | None:
    """Write the draft for a mail of which the bot does not know what it is about; None for a mail that is not answered."""
    if not intent.reply or mail.message.automatic:
        return None
    wording = load_wording(mail.language)
    parts = [hello(mail, intent, mail.language), wording["nothing_fits"], wording["close"]]
    return DraftAnswer(reply_subject(mail.subject, wording), "\n\n".join(parts), ())


def write_ruling(mail: ReadMail, intent: Intent, language: str, outcome: str) -> DraftAnswer:
    """Write the draft, in some language, that tells how a formal request ended; `outcome` is 'toegekend' or 'afgewezen'."""
    wording = load_wording(language)
    title = load_requests().types[intent.label].title
    body = wording[f"request_{outcome}"].format(request=title)
    parts = [hello(mail, intent, language), body, wording["close"]]
    return DraftAnswer(reply_subject(mail.subject, wording), "\n\n".join(parts), ())


def reply_subject(subject: str, wording: Mapping[str, str]) -> str:
    """The subject of an answer to a mail with some subject: one 'Re:', however many that had."""
    bare = re.sub(r"^(?:(?:re|fw|fwd|antw|doorst)\s*:\s*)+", "", subject, flags=re.IGNORECASE)
    return wording["subject"].format(subject=bare or wording["no_subject"])[:500]


def _question_parts(mail: ReadMail, decided: Decided, knowledge: KnowledgeBase, settings: Settings) -> list[_Part]:
    first, also, language = _first_part(mail, decided, knowledge, settings), decided.also, mail.language
    if also is None:
        return [first]
    ranked = knowledge.rank(also.text, set(also.intent.topics) - decided.advised)
    if not ranked or ranked[0][1] < FITS or ranked[0][0].slug in first.citations:
        return [first]
    article = ranked[0][0]
    title = also.intent.title_in(organisation().answers_in(language))
    lead = load_wording(language)["second"].format(title=title[:1].lower() + title[1:])
    return [first, _Part(_quote(lead, article, language, settings), (article.slug,), article.ask)]


def _first_part(mail: ReadMail, decided: Decided, knowledge: KnowledgeBase, settings: Settings) -> _Part:
    wording, intent = load_wording(mail.language), decided.intent
    if answer := _set_answer(mail, intent, decided.priority):
        return _Part([wording[answer]])
    ranked = knowledge.rank(f"{mail.subject} {mail.own_words}", set(intent.topics) - decided.advised)
    if not ranked or ranked[0][1] < FITS:
        return _Part([wording["nothing_fits"]])
    (best, _), *rest = ranked
    paragraphs = _quote(wording["thanks"], best, mail.language, settings)
    cited: tuple[str, ...] = (best.slug,)
    if rest and rest[0][1] >= MIN_SCORE:
        cited += (rest[0][0].slug,)
        paragraphs.append(wording["also"].format(title=rest[0][0].title, url=article_url(settings, rest[0][0].slug)))
    if intent.refer:
        return _Part([*paragraphs, wording[intent.refer]], cited)
    return _Part(paragraphs, cited, best.ask)


def _set_answer(mail: ReadMail, intent: Intent, priority: str) -> str:
    """The wording that is sent in place of an article's answer, "" for none."""
    holds = {"always": True, "urgent": priority == "urgent", "thanks": "thanks" in intent.answers and only_thanks(mail.own_words)}
    return next((wording for when, wording in intent.answers.items() if holds[when]), "")


def _quote(lead: str, article: Article, language: str, settings: Settings) -> list[str]:
    """What an article says: its answer after a lead, its steps, and where it is."""
    wording, steps = load_wording(language), _steps(article)
    answer = f"{lead} {_short_answer(article, language)}"
    place = {"title": article.title, "url": article_url(settings, article.slug)}
    if not steps:
        return [answer, wording["more"].format(**place)]
    if organisation().answers_as_written(language):
        return [answer, wording["steps"].format(steps=steps), wording["more"].format(**place)]
    return [answer, wording["steps_there"].format(**place)]


def only_thanks(words: str) -> bool:
    """Whether the own words of a mail thank or tell that all is well, and ask nothing."""
    return bool(_THANKS.search(words)) and not _ASKS.search(words)


def _short_answer(article: Article, language: str) -> str:
    as_written = organisation().answers_as_written(language) or not article.summary_en
    return plain_text(article.short_answer) if as_written else article.summary_en


def _steps(article: Article) -> str:
    heading = re.escape(organisation().steps_heading)
    match = re.search(rf"^## {heading}\s*\n(.*?)(?=^## |\Z)", article.body, re.MULTILINE | re.DOTALL)
    lines = re.findall(r"^\d+\.\s+(.+)$", match[1], re.MULTILINE) if match else []
    return "\n".join(f"{number}. {plain_text(line)}" for number, line in enumerate(lines, start=1))


def _request_body(
    verification: Verification, wording: Mapping[str, str], settings: Settings
) -> tuple[list[str], tuple[str, ...]]:
    request = load_requests().types[verification.request]
    if verification.verdict is Verdict.SUSPECT:
        return [wording["request_suspect"]], ()
    received = wording["request_received"].format(request=request.title)
    if verification.verdict is Verdict.COMPLETE:
        return [f"{received} {wording['request_complete']}"], (request.form,)
    absent, wrong, fine = _split(verification.fields, request)
    if not absent and not wrong:
        return [f"{received} {wording['request_human']}"], (request.form,)
    body = [received]
    if absent:
        items = "\n".join(f"- {item}" for item in absent)
        body.append(wording["request_missing"].format(items=items))
    if wrong:
        items = "\n".join(f"- {_item(check, spec, wording)}" for check, spec in wrong)
        body.append(wording["request_wrong"].format(items=items))
    if fine:
        body.append(wording["request_fine"].format(items=", ".join(spec.title for spec in fine)))
    body.append(wording["request_how"].format(url=article_url(settings, request.form)))
    body.append(wording["request_online"].format(url=f"{settings.base_url}/aanvraag?soort={request.intent}"))
    return body, (request.form,)


def _split(
    checks: Sequence[FieldCheck], request: RequestType
) -> tuple[list[str], list[tuple[FieldCheck, FieldSpec]], list[FieldSpec]]:
    """What to ask for, what to ask about, and what was fine.

    A doubt that only a colleague can settle (a signature in ink, a scan that was not read, no register) is no question to the school.
    """
    absent, wrong, fine = [], [], []
    by_name = {check.field: check for check in checks}
    for spec in request.fields:
        if spec.by_agent or spec.name not in by_name:
            continue
        check = by_name[spec.name]
        unsettled = spec.check == "signed_pdf" or check.reason == NO_REGISTER or _unread(check, spec)
        for_colleague = check.status is Status.DOUBT and unsettled
        if check.status is Status.OK:
            fine += [spec] if check.value else []
        elif check.status is Status.MISSING:
            absent.append(spec.ask)
        elif not for_colleague:
            wrong.append((check, spec))
    return absent, wrong, fine


def _unread(check: FieldCheck, spec: FieldSpec) -> bool:
    return check.value is None and spec.required


def _item(check: FieldCheck, spec: FieldSpec, wording: Mapping[str, str]) -> str:
    if check.expected and check.value and check.status is Status.DIFFERS:
        return wording["item_expected"].format(title=spec.title, value=check.value, expected=check.expected)
    if check.value:
        return wording["item_value"].format(title=spec.title, value=check.value, ask=spec.ask)
    return wording["item_need"].format(title=spec.title, ask=spec.ask)
