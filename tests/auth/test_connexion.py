"""Signing in: what is answered, what is told by mail, when the access blocks, and how it opens again."""

import time
from collections.abc import Callable
from dataclasses import replace

import pytest

from infra.auth import outils
from infra.auth.defis import UsageLettre
from infra.auth.hachage import Hacheur
from infra.auth.refus import (
    AccesRefuse,
    IdentifiantsRefuses,
    SecondFacteurRefuse,
    SecondFacteurRequis,
    SessionTerminee,
    TropDEssais,
)
from infra.auth.soupcon import FAILURES_ANNOUNCED, FAILURES_BLOCKED
from tests.support.acces import ELSEWHERE, HOME, NAISSANCE, NUMERO, OTHER_PASSWORD, PASSWORD, Monde

WRONG = "ce n'est pas lui 33 Zut"
SECONDS = 0.8
"""Longer than in service: these tests share a machine with others."""


def fail(monde: Monde, times: int, **options: object) -> None:
    for _ in range(times):
        with pytest.raises(IdentifiantsRefuses):
            monde.acces.sign_in(NUMERO, WRONG, client=HOME)


def test_a_known_device_and_network_sign_in_without_a_mail(monde: Monde) -> None:
    monde.activate()
    before = len(monde.mails())
    monde.horloge.advance(hours=3)
    monde.acces.sign_in(NUMERO, PASSWORD, client=replace(HOME, address="192.0.2.200"))
    assert len(monde.mails()) == before


@pytest.mark.parametrize(
    "client", [replace(HOME, address="203.0.113.5"), replace(HOME, device="autre"), replace(HOME, device=None)]
)
def test_a_device_or_a_network_never_seen_is_announced(monde: Monde, client: object) -> None:
    monde.activate()
    monde.acces.sign_in(NUMERO, PASSWORD, client=client)  # type: ignore[arg-type]
    assert monde.objets()[0] == "Connexion inhabituelle"


def test_an_unusual_pace_is_announced(monde: Monde) -> None:
    monde.activate()
    for _ in range(5):
        monde.acces.sign_in(NUMERO, PASSWORD, client=HOME)
    assert monde.objets()[0] == "Connexion inhabituelle"


def test_failures_are_announced_then_block_and_nobody_enters_any_more(monde: Monde) -> None:
    monde.activate()
    fail(monde, FAILURES_ANNOUNCED - 1)
    assert "Essais de connexion refusés" not in monde.objets()
    fail(monde, 1)
    assert monde.objets()[0] == "Essais de connexion refusés"
    fail(monde, FAILURES_BLOCKED - FAILURES_ANNOUNCED)
    assert monde.objets()[0] == "Votre accès est bloqué par sécurité"
    # The right password is answered like a wrong one: a guesser learns nothing.
    with pytest.raises(IdentifiantsRefuses):
        monde.acces.sign_in(NUMERO, PASSWORD, client=HOME)
    assert monde.objets().count("Essais de connexion refusés") == 1


def test_a_success_forgives_failures(monde: Monde) -> None:
    monde.activate()
    for _ in range(2):
        fail(monde, FAILURES_BLOCKED // 2)
        monde.acces.sign_in(NUMERO, PASSWORD, client=HOME)


def test_too_much_unusual_at_once_blocks_even_the_right_password(monde: Monde) -> None:
    monde.activate()
    fail(monde, FAILURES_ANNOUNCED + 1)
    with pytest.raises(IdentifiantsRefuses):
        monde.acces.sign_in(NUMERO, PASSWORD, client=ELSEWHERE)
    assert monde.objets()[0] == "Votre accès est bloqué par sécurité"


def test_a_blocked_access_without_second_factor_opens_by_code(monde: Monde) -> None:
    monde.activate()
    fail(monde, FAILURES_BLOCKED)
    defi = monde.acces.begin_unblock(NUMERO, NAISSANCE, client=ELSEWHERE)
    monde.acces.confirm_unblock_code(defi.secret, monde.code(), client=ELSEWHERE)
    assert monde.objets()[0] == "Votre accès est débloqué"
    monde.acces.sign_in(NUMERO, PASSWORD, client=ELSEWHERE)
    assert monde.objets()[0] == "Votre accès est débloqué", "the device that unblocked is known"


@pytest.mark.parametrize("way", ["unblock", "reset"])
def test_a_blocked_access_with_a_second_factor_asks_for_it_too(monde: Monde, way: str) -> None:
    codes = monde.enrol(monde.activate()).recovery_codes
    fail(monde, FAILURES_BLOCKED)
    begin, confirm = getattr(monde.acces, f"begin_{way}"), getattr(monde.acces, f"confirm_{way}_code")
    defi = begin(NUMERO, NAISSANCE, client=HOME)
    with pytest.raises(SecondFacteurRequis):
        confirm(defi.secret, monde.code(), client=HOME)
    with pytest.raises(SecondFacteurRefuse):
        confirm(defi.secret, monde.code(), client=HOME, second_factor=monde.totp())  # used at enrolment
    confirm(defi.secret, monde.code(), client=HOME, second_factor=codes[0])
    if way == "reset":
        monde.acces.choose_password(defi.secret, OTHER_PASSWORD, client=HOME)
    monde.acces.sign_in(NUMERO, OTHER_PASSWORD if way == "reset" else PASSWORD, client=HOME)


def test_wrong_second_factors_on_the_way_burn_the_way(monde: Monde) -> None:
    codes = monde.enrol(monde.activate()).recovery_codes
    fail(monde, FAILURES_BLOCKED)
    defi = monde.acces.begin_unblock(NUMERO, NAISSANCE, client=HOME)
    for _ in range(5):
        with pytest.raises(SecondFacteurRefuse):
            monde.acces.confirm_unblock_code(defi.secret, monde.code(), client=HOME, second_factor="123456")
    with pytest.raises(AccesRefuse):
        monde.acces.confirm_unblock_code(defi.secret, monde.code(), client=HOME, second_factor=codes[0])


def test_a_letter_is_not_used_up_by_a_wrong_second_factor(monde: Monde) -> None:
    codes = monde.enrol(monde.activate()).recovery_codes
    fail(monde, FAILURES_BLOCKED)
    letter = monde.acces.maison.letter(NUMERO, None, UsageLettre.CODE)
    defi = monde.acces.begin_unblock(NUMERO, NAISSANCE, client=HOME)
    for given, refusal in ((None, SecondFacteurRequis), ("123456", SecondFacteurRefuse)):
        with pytest.raises(refusal):
            monde.acces.confirm_unblock_code(defi.secret, letter, client=HOME, second_factor=given)
    monde.acces.confirm_unblock_code(defi.secret, letter, client=HOME, second_factor=codes[0])


def test_a_reset_ends_every_session_and_leaves_the_second_factor_in_place(monde: Monde) -> None:
    first = monde.enrol(monde.activate())
    defi = monde.acces.begin_reset(NUMERO, NAISSANCE, client=HOME)
    monde.acces.confirm_reset_code(defi.secret, monde.code(), client=HOME)
    opened = monde.acces.choose_password(defi.secret, OTHER_PASSWORD, client=HOME)
    assert monde.acces.session_of(first.secret) is None
    assert opened.session.has_second_factor
    assert not opened.session.may_enrol(monde.horloge())
    with pytest.raises(SecondFacteurRequis):
        monde.acces.begin_totp(opened.session)
    with pytest.raises(IdentifiantsRefuses):
        monde.acces.sign_in(NUMERO, PASSWORD, client=HOME)


def test_a_reset_of_no_access_tells_by_mail_alone(monde: Monde) -> None:
    for begin in (monde.acces.begin_reset, monde.acces.begin_unblock):
        begin(NUMERO, NAISSANCE, client=HOME)
    assert monde.objets() == ["Votre accès n'est pas encore activé"]


def test_an_account_that_does_not_exist_is_refused_alike_and_as_slowly(
    monde: Monde, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(outils, "ANSWER_SECONDS", SECONDS)
    monde.activate()

    def refuse(numero: str) -> None:
        with pytest.raises(IdentifiantsRefuses) as refused:
            monde.acces.sign_in(numero, WRONG, client=HOME)
        assert str(refused.value) == IdentifiantsRefuses.message

    known, unknown = least(refuse, NUMERO), least(refuse, "00999999")
    assert min(known, unknown) >= SECONDS
    assert abs(known - unknown) < 0.1 * SECONDS


def test_a_demand_of_a_code_takes_as_long_for_nobody(monde: Monde, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(outils, "ANSWER_SECONDS", SECONDS)

    def begin(numero: str) -> None:
        monde.acces.begin_activation(numero, NAISSANCE, client=HOME)

    known, unknown = least(begin, NUMERO), least(begin, "00999999")
    assert min(known, unknown) >= SECONDS
    assert abs(known - unknown) < 0.1 * SECONDS


def least(step: Callable[[str], None], numero: str) -> float:
    """The least time of a few: a busy machine slows some down."""
    times = []
    for _ in range(4):
        started = time.perf_counter()
        step(numero)
        times.append(time.perf_counter() - started)
    return min(times)


def test_attempts_are_limited_by_account_whether_it_exists_or_not(monde: Monde) -> None:
    for numero in (NUMERO, "00999999"):
        for _ in range(5):
            monde.acces.begin_activation(numero, NAISSANCE, client=HOME)
        with pytest.raises(TropDEssais) as refused:
            monde.acces.begin_activation(numero, NAISSANCE, client=HOME)
        assert 0 < refused.value.retry_after_seconds <= 3600
    monde.horloge.advance(hours=1)
    monde.acces.begin_activation(NUMERO, NAISSANCE, client=HOME)


def test_attempts_are_limited_by_address_and_cost_others_nothing(monde: Monde, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(outils, "ANSWER_SECONDS", 0.0)
    for index in range(40):
        monde.acces.begin_activation(f"1{index:07d}", NAISSANCE, client=ELSEWHERE)
    for _ in range(6):
        with pytest.raises(TropDEssais):
            monde.acces.begin_activation(NUMERO, NAISSANCE, client=ELSEWHERE)
    monde.acces.begin_activation(NUMERO, NAISSANCE, client=HOME)


def test_a_password_is_hashed_anew_when_the_parameters_change(monde: Monde) -> None:
    monde.activate()
    weak = Hacheur(memory_kib=8 * 1024, time_cost=1)
    with monde.services.datastore.transaction(commit=True) as cursor:
        cursor.execute("UPDATE compte SET mot_de_passe = %s", (weak.hash(PASSWORD),))
    monde.acces.sign_in(NUMERO, PASSWORD, client=HOME)
    with monde.services.datastore.get_connection() as connection:
        [row] = connection.execute("SELECT mot_de_passe FROM compte").fetchall()
    assert row["mot_de_passe"].startswith("$argon2id$v=19$m=19456,t=2,p=1$")
    monde.acces.sign_in(NUMERO, PASSWORD, client=HOME)


def test_the_password_is_changed_by_who_knows_it(monde: Monde) -> None:
    first = monde.activate()
    second = monde.acces.sign_in(NUMERO, PASSWORD, client=HOME)
    with pytest.raises(IdentifiantsRefuses):
        monde.acces.change_password(second.session, WRONG, OTHER_PASSWORD, client=HOME)
    changed = monde.acces.change_password(second.session, PASSWORD, OTHER_PASSWORD, client=HOME)
    assert [monde.acces.session_of(s.secret) for s in (first, second)] == [None, None]
    assert monde.acces.session_of(changed.secret) is not None
    monde.acces.sign_in(NUMERO, OTHER_PASSWORD, client=HOME)
    with pytest.raises(SessionTerminee):
        monde.acces.change_password(first.session, OTHER_PASSWORD, PASSWORD, client=HOME)
