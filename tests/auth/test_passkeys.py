"""Passkeys as a second factor: proved to this site, once per challenge, and by their own account alone."""

from typing import Any

import pytest

from infra.auth.refus import PasskeyRefusee, SecondFacteurAbsent, SecondFacteurRequis
from infra.auth.sessions import Opened
from tests.support.acces import HOME, NUMERO, PASSWORD, Monde
from tests.support.authenticator import Authenticator

ORIGIN = "http://localhost:8000"


@pytest.fixture
def key() -> Authenticator:
    """A passkey for our site."""
    return Authenticator(ORIGIN)


def register(monde: Monde, key: Authenticator) -> tuple[Opened, tuple[str, ...]]:
    opened = monde.activate()
    answer = key.register(monde.acces.begin_passkey_registration(opened.session))
    made = monde.acces.finish_passkey_registration(opened.session, answer, nom="Mon téléphone", client=HOME)
    return Opened(made.secret, made.session), made.recovery_codes


def test_a_passkey_takes_the_place_of_totp(monde: Monde, key: Authenticator) -> None:
    opened, codes = register(monde, key)
    assert opened.session.has_medical_access(monde.horloge())
    assert len(codes) == 10
    factors = monde.acces.factors(opened.session)
    assert (factors.has_totp, [p.nom for p in factors.passkeys]) == (False, ["Mon téléphone"])
    signed_in = monde.acces.sign_in(NUMERO, PASSWORD, client=HOME)
    proof = key.prove(monde.acces.begin_passkey_proof(signed_in.session))
    proved = monde.acces.finish_passkey_proof(signed_in.session, proof, client=HOME)
    assert proved.session.has_medical_access(monde.horloge())
    assert proved.secret != signed_in.secret


def test_an_answer_is_good_once_and_for_its_own_challenge(monde: Monde, key: Authenticator) -> None:
    opened, _ = register(monde, key)
    proof = key.prove(monde.acces.begin_passkey_proof(opened.session))
    opened = monde.acces.finish_passkey_proof(opened.session, proof, client=HOME)
    with pytest.raises(PasskeyRefusee):
        monde.acces.finish_passkey_proof(opened.session, proof, client=HOME)
    monde.acces.begin_passkey_proof(opened.session)
    with pytest.raises(PasskeyRefusee):
        monde.acces.finish_passkey_proof(opened.session, proof, client=HOME)


def test_a_challenge_lasts_five_minutes(monde: Monde, key: Authenticator) -> None:
    opened, _ = register(monde, key)
    proof = key.prove(monde.acces.begin_passkey_proof(opened.session))
    monde.horloge.advance(minutes=5)
    with pytest.raises(PasskeyRefusee):
        monde.acces.finish_passkey_proof(opened.session, proof, client=HOME)


def test_a_passkey_of_another_site_or_unknown_is_refused(monde: Monde, key: Authenticator) -> None:
    opened, _ = register(monde, key)
    elsewhere = Authenticator("https://autre.example")
    elsewhere.identifier, elsewhere._key = key.identifier, key._key
    for other in (elsewhere, Authenticator(ORIGIN)):
        proof = other.prove(monde.acces.begin_passkey_proof(opened.session))
        with pytest.raises(PasskeyRefusee):
            monde.acces.finish_passkey_proof(opened.session, proof, client=HOME)


def test_a_copied_passkey_betrays_itself_by_its_count(monde: Monde, key: Authenticator) -> None:
    opened, _ = register(monde, key)
    for count in (5, 5):
        key.count = count
        proof = key.prove(monde.acces.begin_passkey_proof(opened.session))
        if monde.acces.factors(opened.session).passkeys[0].used_at is None:
            opened = monde.acces.finish_passkey_proof(opened.session, proof, client=HOME)
        else:
            with pytest.raises(PasskeyRefusee):
                monde.acces.finish_passkey_proof(opened.session, proof, client=HOME)


@pytest.mark.parametrize(
    "answer", [{}, {"id": "x"}, {"rawId": 3}, {"id": "AQ", "rawId": "AQ", "type": "public-key", "response": {}}]
)
def test_nonsense_is_refused(monde: Monde, key: Authenticator, answer: dict[str, Any]) -> None:
    opened, _ = register(monde, key)
    monde.acces.begin_passkey_proof(opened.session)
    with pytest.raises(PasskeyRefusee):
        monde.acces.finish_passkey_proof(opened.session, answer, client=HOME)
    monde.acces.begin_passkey_registration(opened.session)
    with pytest.raises(PasskeyRefusee):
        monde.acces.finish_passkey_registration(opened.session, answer, nom="x", client=HOME)


def test_a_passkey_is_removed_by_who_proved_the_second_factor(monde: Monde, key: Authenticator) -> None:
    opened, _ = register(monde, key)
    [passkey] = monde.acces.factors(opened.session).passkeys
    unproved = monde.acces.sign_in(NUMERO, PASSWORD, client=HOME)
    with pytest.raises(SecondFacteurRequis):
        monde.acces.remove_passkey(unproved.session, passkey.id)
    monde.acces.remove_passkey(opened.session, passkey.id)
    with pytest.raises(SecondFacteurAbsent):
        monde.acces.remove_passkey(opened.session, passkey.id)
    with pytest.raises(SecondFacteurAbsent):
        monde.acces.begin_passkey_proof(opened.session)
