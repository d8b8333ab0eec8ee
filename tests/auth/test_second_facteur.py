"""The second factor: a code works once, one step around is accepted and two are not, and a password alone adds none."""

import shutil
import subprocess
from contextlib import suppress
from threading import Barrier, Thread

import pytest

from infra.auth.defis import UsageLettre
from infra.auth.refus import (
    AccesRefuse,
    CodeEnrolementRequis,
    CodeRefuse,
    SecondFacteurAbsent,
    SecondFacteurRefuse,
    SecondFacteurRequis,
    SessionTerminee,
)
from tests.support.acces import HOME, NAISSANCE, NUMERO, PASSWORD, Monde


@pytest.fixture
def codes(monde: Monde) -> tuple[str, ...]:
    """A member with TOTP in place, whose code of now is used; her recovery codes."""
    codes = monde.enrol(monde.activate()).recovery_codes
    monde.horloge.advance(hours=1)
    return codes


def test_enrolment_gives_a_qr_code_and_ten_codes_and_opens_medical_content(monde: Monde) -> None:
    opened = monde.activate()
    enrolment = monde.acces.begin_totp(opened.session)
    assert enrolment.uri.startswith("otpauth://totp/SMI%20D%C3%A9compte:00412345?secret=" + enrolment.secret)
    assert enrolment.svg.startswith("<svg")
    assert enrolment.png.startswith("data:image/png;base64,")
    enrolled = monde.enrol(opened)
    assert len(set(enrolled.recovery_codes)) == 10
    assert enrolled.session.has_medical_access(monde.horloge())
    assert monde.acces.session_of(opened.secret) is None, "its secret was replaced"
    assert monde.acces.session_of(enrolled.secret) == enrolled.session
    assert monde.objets()[0] == "Un second facteur a été ajouté"


def test_medical_content_asks_once_per_session_and_again_after_a_while(monde: Monde, codes: tuple[str, ...]) -> None:
    opened = monde.acces.sign_in(NUMERO, PASSWORD, client=HOME)
    assert not opened.session.has_medical_access(monde.horloge())
    proved = monde.acces.prove_totp(opened.session, monde.totp(), client=HOME).session
    monde.horloge.advance(minutes=29)
    assert proved.has_medical_access(monde.horloge())
    monde.horloge.advance(minutes=1)
    assert not proved.has_medical_access(monde.horloge())


@pytest.mark.parametrize("steps", [-1, 0, 1])
def test_a_code_of_one_step_around_is_accepted(monde: Monde, codes: tuple[str, ...], steps: int) -> None:
    opened = monde.acces.sign_in(NUMERO, PASSWORD, client=HOME)
    monde.acces.prove_totp(opened.session, monde.totp(steps), client=HOME)


@pytest.mark.parametrize("steps", [-2, 2])
def test_a_code_of_two_steps_around_is_refused(monde: Monde, codes: tuple[str, ...], steps: int) -> None:
    opened = monde.acces.sign_in(NUMERO, PASSWORD, client=HOME)
    with pytest.raises(SecondFacteurRefuse):
        monde.acces.prove_totp(opened.session, monde.totp(steps), client=HOME)


def test_a_code_works_once_in_any_session_and_none_before_it_any_more(monde: Monde, codes: tuple[str, ...]) -> None:
    one, other = (monde.acces.sign_in(NUMERO, PASSWORD, client=HOME) for _ in range(2))
    one = monde.acces.prove_totp(one.session, monde.totp(1), client=HOME)
    for opened in (one, other):
        for steps in (1, 0, -1):
            with pytest.raises(AccesRefuse) as refused:
                monde.acces.prove_totp(opened.session, monde.totp(steps), client=HOME)
            assert refused.value.code in ("second_facteur_refuse", "session_terminee")


def test_the_same_code_at_the_same_instant_is_taken_once(monde: Monde, codes: tuple[str, ...]) -> None:
    sessions = [monde.acces.sign_in(NUMERO, PASSWORD, client=HOME).session for _ in range(2)]
    code, together, proved = monde.totp(), Barrier(2), []

    def prove(index: int) -> None:
        together.wait()
        with suppress(SecondFacteurRefuse):
            proved.append(monde.acces.prove_totp(sessions[index], code, client=HOME))

    threads = [Thread(target=prove, args=(index,)) for index in range(2)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert len(proved) == 1


def test_an_independent_client_makes_codes_that_are_accepted_once(monde: Monde, codes: tuple[str, ...]) -> None:
    oathtool = shutil.which("oathtool")
    if oathtool is None:
        pytest.skip("oathtool is not installed: the independent TOTP client (package oathtool)")

    def code(at_steps: int) -> str:
        at = int(monde.horloge().timestamp()) + 30 * at_steps
        command = [oathtool, "--totp", "--base32", f"--now=@{at}", monde.secret_totp]
        return subprocess.run(command, capture_output=True, text=True, check=True).stdout.strip()

    opened = monde.acces.sign_in(NUMERO, PASSWORD, client=HOME)
    for steps in (-2, 2):
        with pytest.raises(SecondFacteurRefuse):
            monde.acces.prove_totp(opened.session, code(steps), client=HOME)
    for steps in (-1, 0, 1):
        opened = monde.acces.prove_totp(opened.session, code(steps), client=HOME)
    with pytest.raises(SecondFacteurRefuse):
        monde.acces.prove_totp(opened.session, code(1), client=HOME)


def test_five_wrong_codes_block_the_access_and_end_its_sessions(monde: Monde, codes: tuple[str, ...]) -> None:
    other = monde.acces.sign_in(NUMERO, PASSWORD, client=HOME)
    opened = monde.acces.sign_in(NUMERO, PASSWORD, client=HOME)
    for _ in range(4):
        with pytest.raises(SecondFacteurRefuse):
            monde.acces.prove_totp(opened.session, "12345", client=HOME)
    with pytest.raises(SessionTerminee):
        monde.acces.prove_totp(opened.session, "12345", client=HOME)
    assert [monde.acces.session_of(s.secret) for s in (opened, other)] == [None, None]
    assert monde.objets()[0] == "Votre accès est bloqué par sécurité"
    with pytest.raises(AccesRefuse):
        monde.acces.sign_in(NUMERO, PASSWORD, client=HOME)


def test_a_recovery_code_works_once_and_is_announced(monde: Monde, codes: tuple[str, ...]) -> None:
    opened = monde.acces.sign_in(NUMERO, PASSWORD, client=HOME)
    proved = monde.acces.prove_recovery_code(opened.session, codes[3].lower(), client=HOME)
    assert proved.session.has_medical_access(monde.horloge())
    assert monde.objets()[0] == "Un code de secours a servi"
    assert monde.acces.factors(proved.session).recovery_codes_left == 9
    with pytest.raises(SecondFacteurRefuse):
        monde.acces.prove_recovery_code(proved.session, codes[3], client=HOME)
    renewed = monde.acces.renew_recovery_codes(proved.session)
    with pytest.raises(SecondFacteurRefuse):
        monde.acces.prove_recovery_code(proved.session, codes[4], client=HOME)
    monde.acces.prove_recovery_code(proved.session, renewed[0], client=HOME)


def test_a_password_alone_adds_no_second_factor(monde: Monde) -> None:
    monde.activate()
    opened = monde.acces.sign_in(NUMERO, PASSWORD, client=HOME)
    for begin in (monde.acces.begin_totp, monde.acces.begin_passkey_registration):
        with pytest.raises(CodeEnrolementRequis):
            begin(opened.session)
    defi = monde.acces.begin_enrolment_code(opened.session, client=HOME)
    with pytest.raises(CodeRefuse):
        monde.acces.confirm_enrolment_code(opened.session, defi.secret, "00000000", client=HOME)
    session = monde.acces.confirm_enrolment_code(opened.session, defi.secret, monde.code(), client=HOME)
    monde.enrol(opened._replace(session=session))


def test_the_code_of_one_member_allows_no_other_to_enrol(monde: Monde) -> None:
    opened = monde.activate()
    letter = monde.acces.maison.letter(NUMERO, "02", UsageLettre.CODE)
    defi = monde.acces.begin_enrolment_code(opened.session, client=HOME)
    with pytest.raises(CodeRefuse):
        monde.acces.confirm_enrolment_code(opened.session, defi.secret, letter, client=HOME)


def test_a_pending_secret_protects_nothing_until_it_is_confirmed(monde: Monde) -> None:
    opened = monde.activate()
    with pytest.raises(SecondFacteurAbsent):
        monde.acces.confirm_totp(opened.session, "123456", client=HOME)
    monde.secret_totp = monde.acces.begin_totp(opened.session).secret
    with pytest.raises(SecondFacteurAbsent):
        monde.acces.prove_totp(opened.session, monde.totp(), client=HOME)
    with pytest.raises(SecondFacteurRefuse):
        monde.acces.confirm_totp(opened.session, monde.totp(2), client=HOME)
    assert not monde.acces.factors(opened.session).has_totp


def test_a_second_factor_is_replaced_by_who_proves_it_and_lost_ones_by_letter_alone(
    monde: Monde, codes: tuple[str, ...]
) -> None:
    opened = monde.acces.sign_in(NUMERO, PASSWORD, client=HOME)
    with pytest.raises(SecondFacteurRequis):
        monde.acces.begin_totp(opened.session)
    ordinary = monde.acces.maison.letter(NUMERO, None, UsageLettre.CODE)
    with pytest.raises(CodeRefuse):
        monde.acces.redeem_letter(opened.session, ordinary, client=HOME)
    letter = monde.acces.maison.letter(NUMERO, None, UsageLettre.SECOND_FACTEUR)
    defi = monde.acces.begin_reset(NUMERO, NAISSANCE, client=HOME)
    with pytest.raises(CodeRefuse):
        monde.acces.confirm_reset_code(defi.secret, letter, client=HOME)
    session = monde.acces.redeem_letter(opened.session, letter, client=HOME)
    assert (session.has_second_factor, session.second_factor_at) == (False, None)
    assert monde.objets()[0] == "Un second facteur a été retiré"
    former = monde.secret_totp
    enrolled = monde.enrol(opened._replace(session=session))
    assert monde.secret_totp != former
    monde.next_step()
    again = monde.acces.begin_totp(enrolled.session)
    assert again.secret not in (former, monde.secret_totp)
