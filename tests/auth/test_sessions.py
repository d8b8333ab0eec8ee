"""Sessions: on the server, ending by themselves, listed, revoked, and given a new secret where trust grows."""

from threading import Barrier, Thread

import pytest

from infra.auth.ouvertures import OPEN_MAX
from infra.auth.refus import SecondFacteurRefuse, SessionInconnue, SessionTerminee
from infra.auth.roles import Role
from infra.auth.sessions import Opened
from tests.support.acces import ELSEWHERE, HOME, NUMERO, PASSWORD, Monde


def test_a_session_ends_half_an_hour_after_its_last_sign_of_life(monde: Monde) -> None:
    opened = monde.activate()
    for _ in range(3):
        monde.horloge.advance(minutes=29)
        assert monde.acces.session_of(opened.secret) is not None
    monde.horloge.advance(minutes=30)
    assert monde.acces.session_of(opened.secret) is None


def test_a_session_ends_after_half_a_day_whatever_happens(monde: Monde) -> None:
    opened = monde.activate()
    for _ in range(35):
        monde.horloge.advance(minutes=20)
        assert monde.acces.session_of(opened.secret) is not None
    monde.horloge.advance(minutes=20)
    assert monde.acces.session_of(opened.secret) is None


def test_a_sign_of_life_is_kept_once_a_minute_at_most(monde: Monde) -> None:
    opened = monde.activate()
    seen = monde.acces.sessions(opened.session)[0].seen_at
    monde.horloge.advance(seconds=59)
    monde.acces.session_of(opened.secret)
    assert monde.acces.sessions(opened.session)[0].seen_at == seen
    monde.horloge.advance(seconds=1)
    monde.acces.session_of(opened.secret)
    assert monde.acces.sessions(opened.session)[0].seen_at == monde.horloge()


@pytest.mark.parametrize("secret", ["", "dcs_", "dcs_inconnu", "x" * 5000, "dcs_\u00e9"])
def test_what_is_no_secret_opens_nothing(monde: Monde, secret: str) -> None:
    monde.activate()
    assert monde.acces.session_of(secret) is None


def test_sessions_are_listed_in_plain_words_and_revoked_one_by_one_or_all(monde: Monde) -> None:
    first = monde.activate()
    monde.horloge.advance(minutes=2)
    second = monde.acces.sign_in(NUMERO, PASSWORD, client=ELSEWHERE)
    listed = monde.acces.sessions(second.session)
    assert [(s.appareil, s.is_current) for s in listed] == [("Navigateur inconnu", True), ("Firefox sur Linux", False)]
    monde.acces.revoke(second.session, first.session.id)
    assert monde.acces.session_of(first.secret) is None
    with pytest.raises(SessionInconnue):
        monde.acces.revoke(second.session, first.session.id)
    third = monde.acces.sign_in(NUMERO, PASSWORD, client=HOME)
    assert monde.acces.sign_out_everywhere(second.session) == 2
    assert [monde.acces.session_of(s.secret) for s in (second, third)] == [None, None]


def test_nobody_revokes_the_session_of_another_account(monde: Monde) -> None:
    holder = monde.activate()
    link = monde.acces.maison.create(Role.ASSIA, "assia@exemple.fr")
    defi = monde.acces.open_link(link.rpartition("/")[2])
    other = monde.acces.choose_password(defi.secret, PASSWORD, client=HOME)
    with pytest.raises(SessionInconnue):
        monde.acces.revoke(other.session, holder.session.id)
    assert monde.acces.session_of(holder.secret) is not None


def test_signing_out_twice_is_as_once_and_what_is_over_does_nothing_any_more(monde: Monde) -> None:
    opened = monde.activate()
    for _ in range(2):
        monde.acces.sign_out(opened.session)
    assert monde.acces.session_of(opened.secret) is None
    for step in (monde.acces.begin_totp, monde.acces.factors):
        with pytest.raises(SessionTerminee):
            step(opened.session)


def test_secrets_are_new_at_sign_in_and_at_the_second_factor(monde: Monde) -> None:
    """No fixation: a secret that somebody knew before is worth nothing after."""
    activated = monde.activate()
    enrolled = monde.enrol(activated)
    monde.next_step()
    signed_in = monde.acces.sign_in(NUMERO, PASSWORD, client=HOME)
    proved = monde.acces.prove_totp(signed_in.session, monde.totp(), client=HOME)
    secrets = [activated.secret, enrolled.secret, signed_in.secret, proved.secret]
    assert len(set(secrets)) == 4
    live = [monde.acces.session_of(secret) is not None for secret in secrets]
    assert live == [False, True, False, True]
    assert proved.session.id == signed_in.session.id
    assert proved.session.csrf != signed_in.session.csrf


def test_no_more_than_so_many_sessions_are_open_at_once(monde: Monde) -> None:
    first = monde.activate()
    for _ in range(OPEN_MAX):
        monde.horloge.advance(minutes=1)
        last = monde.acces.sign_in(NUMERO, PASSWORD, client=HOME)
    assert len(monde.acces.sessions(last.session)) == OPEN_MAX
    assert monde.acces.session_of(first.secret) is None


def test_two_proofs_at_once_leave_one_secret_that_opens(monde: Monde) -> None:
    codes = monde.enrol(monde.activate()).recovery_codes
    session = monde.acces.sign_in(NUMERO, PASSWORD, client=HOME).session
    together, opened = Barrier(2), []

    def prove(code: str) -> None:
        together.wait()
        try:
            opened.append(monde.acces.prove_recovery_code(session, code, client=HOME))
        except SecondFacteurRefuse:
            opened.append(Opened("", session))

    threads = [Thread(target=prove, args=(code,)) for code in codes[:2]]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert sum(monde.acces.session_of(one.secret) is not None for one in opened) == 1


def test_what_is_past_its_time_is_forgotten(monde: Monde) -> None:
    monde.activate()
    assert monde.acces.purge() == 0
    monde.horloge.advance(days=401)
    assert monde.acces.purge() == 2  # the session, and the way that led to it
    with monde.services.datastore.get_connection() as connection:
        for table in ("acces_session", "acces_defi", "acces_debit", "acces_connu"):
            assert connection.execute(f"SELECT 1 FROM {table}").fetchall() == []  # type: ignore[arg-type]
