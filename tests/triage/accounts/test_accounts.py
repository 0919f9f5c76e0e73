"""Users, their passwords and their sessions."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st
from sqlalchemy import Engine, select
from sqlalchemy.exc import IntegrityError
from sqlalchemy.orm import Session

from kb.store import utc_now
from triage.accounts.accounts import (
    MAX_PASSWORD,
    ROLES,
    SESSION_HOURS,
    AccountError,
    Person,
    add_user,
    alike,
    people,
    sign_in,
    sign_out,
    who_is,
)
from triage.database.account_names import name_key
from triage.database.tables import SignIn, User
from triage.errors import TriageError

PASSWORD = "een-lang-wachtwoord"


@pytest.fixture
def session(engine: Engine) -> Iterator[Session]:
    with Session(engine) as session:
        yield session


@pytest.fixture
def noor(session: Session) -> Person:
    return add_user(session, "Noor", PASSWORD, "agent")


def token_of(session: Session, name: str = "Noor", password: str = PASSWORD) -> str:
    token = sign_in(session, name, password)
    assert token is not None
    return token


@pytest.mark.parametrize("role", ROLES)
def test_a_new_user_has_a_name_and_a_role(session: Session, role: str) -> None:
    person = add_user(session, "Noor", PASSWORD, role)

    assert people(session) == [Person(person.id, "Noor", role)]


def test_spaces_around_and_inside_a_name_are_tidied(session: Session) -> None:
    assert add_user(session, "  Noor   de Vries ", PASSWORD, "agent").name == "Noor de Vries"


def test_users_are_listed_by_name(session: Session) -> None:
    for name in ("Wim", "Anna", "Noor"):
        add_user(session, name, PASSWORD, "agent")

    assert [person.name for person in people(session)] == ["Anna", "Noor", "Wim"]


@pytest.mark.parametrize(
    ("name", "password", "role", "says"),
    [
        pytest.param("", PASSWORD, "agent", "1 to 80 characters", id="no-name"),
        pytest.param("  ", PASSWORD, "agent", "1 to 80 characters", id="blank-name"),
        pytest.param("x" * 81, PASSWORD, "agent", "1 to 80 characters", id="long-name"),
        pytest.param("Noor", PASSWORD, "boss", "agent, senior, admin", id="unknown-role"),
        pytest.param("Noor", "negenteke", "agent", "at least 10 characters", id="short-password"),
    ],
)
def test_an_account_that_will_not_do_is_refused_with_what_to_do(
    session: Session, name: str, password: str, role: str, says: str
) -> None:
    with pytest.raises(AccountError, match=says):
        add_user(session, name, password, role)


def test_a_refused_account_is_not_made(session: Session) -> None:
    with pytest.raises(AccountError):
        add_user(session, "Noor", "kort", "agent")

    assert people(session) == []


@pytest.mark.usefixtures("noor")
def test_a_name_that_is_taken_is_refused_also_with_other_spaces(session: Session) -> None:
    with pytest.raises(AccountError, match="'Noor' already"):
        add_user(session, " Noor ", PASSWORD, "agent")


@pytest.mark.usefixtures("noor")
@pytest.mark.parametrize(
    "name",
    ["noor", "NOOR", "N o o r", "Noór", "Nооr", "N00r", "Nοοr", "No\u200bor", "Noor\u2063", "Noor.", "Ｎｏｏｒ", "\u202eNoor", "𝐍oor", "Nσor",
     "Noor\u3164", "N\u00adoor", "Noo\u0072\u0301"],
)  # fmt: skip
def test_a_name_that_people_cannot_tell_from_another_is_refused(session: Session, name: str) -> None:
    with pytest.raises(AccountError, match="'Noor' already"):
        add_user(session, name, PASSWORD, "agent")


@pytest.mark.parametrize(
    ("first", "second"),
    [("Ilse", "llse"), ("Ilse", "1lse"), ("Mark", "rnark"), ("Wim", "VVim"), ("Jаn", "Jan"), ("Νera", "Nera"), ("ĳsbrand", "ijsbrand"),
     ("Bob", "Вob"), ("agent 1", "agentl"), ("Ørsted", "Orsted"), ("Đặng", "Dang"), ("Νera", "νera"),
     ("Daan", "Claan"), ("Ad", "acl"), ("Sanne", "5anne"), ("Bas", "6as"), ("Bob", "8ob"), ("Bob", "Bo8"), ("Gerrit", "qerrit"),
     ("Noor", "ɴᴏᴏʀ"), ("Kim", "ᴋɪᴍ"), ("Wim", "ωim"), ("Gijs", "9ijs")],
)  # fmt: skip
def test_look_alikes_are_refused_whichever_came_first(session: Session, first: str, second: str) -> None:
    add_user(session, first, PASSWORD, "agent")
    with pytest.raises(AccountError, match="already"):
        add_user(session, second, PASSWORD, "agent")


@pytest.mark.usefixtures("noor")
@pytest.mark.parametrize("name", ["Nora", "Noortje", "Noor 2", "Noor de Vries", "Moor", "王芳", "Иван"])
def test_a_name_that_looks_otherwise_is_another_one(session: Session, name: str) -> None:
    assert add_user(session, name, PASSWORD, "agent").name == name


def test_numbered_accounts_are_different_ones(session: Session) -> None:
    assert len({add_user(session, f"agent {number}", PASSWORD, "agent").id for number in range(2, 10)}) == 8


@pytest.mark.parametrize("name", ["\u3164", "\u200b\u200b", "...", "🙂", "Sanne\u200b", "San\x00ne", "ﷺ" * 80])
def test_a_name_that_cannot_be_seen_or_told_is_refused(session: Session, name: str) -> None:
    with pytest.raises(AccountError, match="that can be seen"):
        add_user(session, name, PASSWORD, "agent")


def test_the_database_itself_keeps_two_that_look_alike_apart(session: Session, noor: Person) -> None:
    session.add(User(name="NOOR", password_hash="x", role="agent"))
    with pytest.raises(IntegrityError):
        session.flush()


@given(st.text(min_size=1, max_size=80))
def test_the_key_of_a_name_is_a_name_with_that_key(name: str) -> None:
    assert name_key(name_key(name)) == name_key(name)


@given(st.text(st.characters(codec="ascii", categories=["L", "N", "P", "Zs"]), min_size=1, max_size=80))
def test_capitals_make_no_other_name(name: str) -> None:
    assert name_key(name.upper()) == name_key(name.lower()) == name_key(name)


@pytest.mark.usefixtures("noor")
@pytest.mark.parametrize("name", ["noor", "NOOR", " Noor "])
def test_capitals_don_t_matter_at_the_door(session: Session, name: str) -> None:
    assert sign_in(session, name, PASSWORD)


@pytest.mark.usefixtures("noor")
@pytest.mark.parametrize("name", ["Nооr", "N00r", "Noór", "N o o r", "No\u200bor", "Noor.", "Noor\x00"])
def test_a_name_that_only_looks_like_it_opens_no_door(session: Session, name: str) -> None:
    assert sign_in(session, name, PASSWORD) is None


def test_two_names_of_before_that_differ_in_capitals_alone_both_work(session: Session, noor: Person) -> None:
    wim = User(name="noor", key="noor#9", password_hash=session.get_one(User, noor.id).password_hash, role="agent")
    session.add(wim)
    session.flush()
    assert [who_is(session, sign_in(session, name, PASSWORD)) for name in ("Noor", "noor")] == [
        noor,
        Person(wim.id, "noor", "agent"),
    ]
    assert sign_in(session, "NOOR", PASSWORD) is None
    assert alike(session) == [("Noor", "noor")]


def test_no_two_names_are_alike_when_none_are(session: Session, noor: Person) -> None:
    assert alike(session) == []


def test_a_password_longer_than_any_is_refused(session: Session) -> None:
    with pytest.raises(AccountError, match="at most"):
        add_user(session, "Noor", "x" * (MAX_PASSWORD + 1), "agent")


def test_an_account_error_is_explained_like_every_other_error_of_triage() -> None:
    assert issubclass(AccountError, TriageError)


@pytest.mark.usefixtures("noor")
def test_the_password_itself_is_not_kept(session: Session) -> None:
    stored = session.scalars(select(User.password_hash)).one()

    assert stored.startswith("$argon2id$")
    assert PASSWORD not in stored


def test_two_users_with_the_same_password_have_different_hashes(session: Session) -> None:
    for name in ("Anna", "Noor"):
        add_user(session, name, PASSWORD, "agent")

    assert len(set(session.scalars(select(User.password_hash)))) == 2


def test_the_right_password_gives_a_session_of_that_user(session: Session, noor: Person) -> None:
    assert who_is(session, token_of(session)) == noor


@pytest.mark.usefixtures("noor")
def test_signing_in_tidies_the_name_like_making_the_account(session: Session) -> None:
    assert sign_in(session, " Noor ", PASSWORD)


@pytest.mark.usefixtures("noor")
@pytest.mark.parametrize(
    ("name", "password"),
    [
        pytest.param("Noor", PASSWORD + "x", id="wrong-password"),
        pytest.param("Noor", PASSWORD.upper(), id="other-case"),
        pytest.param("Noor", "", id="no-password"),
        pytest.param("Wim", PASSWORD, id="unknown-name"),
        pytest.param("Wim", "nobody", id="unknown-name-with-the-stand-in-password"),
        pytest.param("", "", id="nothing"),
    ],
)
def test_a_wrong_name_or_password_gives_no_session(session: Session, name: str, password: str) -> None:
    assert sign_in(session, name, password) is None
    assert session.scalars(select(SignIn)).all() == []


@pytest.mark.usefixtures("noor")
def test_every_sign_in_has_its_own_token(session: Session) -> None:
    assert token_of(session) != token_of(session)


@pytest.mark.usefixtures("noor")
def test_the_token_itself_is_not_kept(session: Session) -> None:
    token = token_of(session)

    assert token not in session.scalars(select(SignIn.token_sha256)).one()


@pytest.mark.usefixtures("noor")
@pytest.mark.parametrize("token", [None, "", "unknown", "\ud800"])
def test_an_unknown_token_is_nobody(session: Session, token: str | None) -> None:
    token_of(session)

    assert who_is(session, token) is None


@pytest.mark.usefixtures("noor")
def test_the_digest_of_a_token_does_not_work_as_a_token(session: Session) -> None:
    token_of(session)

    assert who_is(session, session.scalars(select(SignIn.token_sha256)).one()) is None


@pytest.mark.usefixtures("noor")
def test_a_session_that_is_over_is_nobody(session: Session) -> None:
    token = token_of(session)
    session.scalars(select(SignIn)).one().expires_at = utc_now() - timedelta(seconds=1)

    assert who_is(session, token) is None


@pytest.mark.usefixtures("noor")
def test_a_session_lasts_a_working_day(session: Session) -> None:
    before = utc_now()
    token_of(session)
    after = utc_now()

    lasts = timedelta(hours=SESSION_HOURS)
    assert before + lasts <= session.scalars(select(SignIn.expires_at)).one() <= after + lasts


@pytest.mark.usefixtures("noor")
def test_signing_in_clears_sessions_that_are_over(session: Session) -> None:
    token_of(session)
    session.scalars(select(SignIn)).one().expires_at = utc_now() - timedelta(seconds=1)
    session.flush()
    session.expunge_all()

    token_of(session)

    assert len(session.scalars(select(SignIn)).all()) == 1


@pytest.mark.usefixtures("noor")
def test_signing_out_ends_that_session_only(session: Session) -> None:
    here, elsewhere = token_of(session), token_of(session)

    sign_out(session, here)
    session.expire_all()

    assert (who_is(session, here) is None, who_is(session, elsewhere) is None) == (True, False)


@pytest.mark.usefixtures("noor")
@pytest.mark.parametrize("token", [None, "", "unknown"])
def test_signing_out_of_nothing_does_nothing(session: Session, token: str | None) -> None:
    kept = token_of(session)

    sign_out(session, token)

    assert who_is(session, kept) is not None


def test_removing_a_user_ends_the_sessions(session: Session, noor: Person) -> None:
    token = token_of(session)
    session.commit()

    session.delete(session.get_one(User, noor.id))
    session.commit()

    assert who_is(session, token) is None


def test_accounts_and_sessions_survive_a_restart(session: Session, noor: Person, engine: Engine) -> None:
    token = token_of(session)
    session.commit()
    engine.dispose()

    with Session(engine) as later:
        assert who_is(later, token) == noor
