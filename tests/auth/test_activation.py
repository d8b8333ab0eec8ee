"""Activation: number, date of birth, code; then a password. Whoever asks, the answer is the same."""

from datetime import date
from threading import Barrier, Thread

import pytest

from infra.auth.defis import UsageLettre
from infra.auth.refus import AccesRefuse, CodeRefuse, DefiInvalide, MotDePasseFaible
from tests.support.acces import HOME, NAISSANCE, NUMERO, OTHER_PASSWORD, PASSWORD, Monde


def test_a_member_activates_her_access_and_is_signed_in(monde: Monde) -> None:
    opened = monde.activate()
    assert opened.session.numero == NUMERO
    assert not opened.session.has_medical_access(monde.horloge())
    assert opened.session.may_enrol(monde.horloge())
    assert monde.acces.session_of(opened.secret) == opened.session
    assert monde.objets() == ["Votre mot de passe a été choisi", "Votre code pour activer votre accès"]
    assert monde.acces.sign_in(NUMERO, PASSWORD, client=HOME).session.compte == opened.session.compte


@pytest.mark.parametrize(
    ("numero", "naissance", "beneficiaire"),
    [("00999999", NAISSANCE, None), (NUMERO, date(1980, 2, 4), None), (NUMERO, date(2015, 6, 7), "03"),
     (NUMERO, NAISSANCE, "02"), (NUMERO, NAISSANCE, "09")],
)  # fmt: skip
def test_who_is_not_that_person_gets_a_way_that_no_code_confirms(
    monde: Monde, numero: str, naissance: date, beneficiaire: str | None
) -> None:
    defi = monde.acces.begin_activation(numero, naissance, beneficiaire, client=HOME)
    assert monde.mails() == []
    for code in ("00000000", "", "A" * 5000):
        with pytest.raises(CodeRefuse):
            monde.acces.confirm_activation_code(defi.secret, code, client=HOME)
    with pytest.raises(DefiInvalide):
        monde.acces.choose_password(defi.secret, PASSWORD, client=HOME)


def test_who_has_an_access_is_told_by_mail_and_gets_no_code(monde: Monde) -> None:
    monde.activate()
    defi = monde.acces.begin_activation(NUMERO, NAISSANCE, client=HOME)
    assert monde.objets()[0] == "Vous avez déjà un accès"
    with pytest.raises(CodeRefuse):
        monde.acces.confirm_activation_code(defi.secret, monde.code(), client=HOME)


def test_a_code_has_five_tries_and_a_quarter_of_an_hour(monde: Monde) -> None:
    defi = monde.acces.begin_activation(NUMERO, NAISSANCE, client=HOME)
    right = monde.code()
    for _ in range(5):
        with pytest.raises(CodeRefuse):
            monde.acces.confirm_activation_code(defi.secret, "1234567", client=HOME)
    with pytest.raises(CodeRefuse):
        monde.acces.confirm_activation_code(defi.secret, right, client=HOME)
    late = monde.acces.begin_activation(NUMERO, NAISSANCE, client=HOME)
    monde.horloge.advance(minutes=15)
    with pytest.raises(DefiInvalide):
        monde.acces.confirm_activation_code(late.secret, monde.code(), client=HOME)


def test_a_code_is_of_the_way_that_it_was_sent_for(monde: Monde) -> None:
    first = monde.acces.begin_activation(NUMERO, NAISSANCE, client=HOME)
    of_first = monde.code()
    monde.acces.begin_activation(NUMERO, NAISSANCE, client=HOME)
    with pytest.raises(CodeRefuse):
        monde.acces.confirm_activation_code(first.secret, monde.code(), client=HOME)
    with pytest.raises(DefiInvalide):
        monde.acces.confirm_reset_code(first.secret, of_first, client=HOME)
    monde.acces.confirm_activation_code(first.secret, of_first, client=HOME)


def test_confirming_twice_is_as_once_and_a_password_is_chosen_once(monde: Monde) -> None:
    defi = monde.acces.begin_activation(NUMERO, NAISSANCE, client=HOME)
    for _ in range(2):
        monde.acces.confirm_activation_code(defi.secret, monde.code(), client=HOME)
    with pytest.raises(MotDePasseFaible) as refused:
        monde.acces.choose_password(defi.secret, "Lovelace1980!", client=HOME)
    assert any("rien de vous" in conseil for conseil in refused.value.conseils)
    monde.acces.choose_password(defi.secret, PASSWORD, client=HOME)
    with pytest.raises(DefiInvalide):
        monde.acces.choose_password(defi.secret, OTHER_PASSWORD, client=HOME)
    monde.acces.sign_in(NUMERO, PASSWORD, client=HOME)


def test_of_two_who_choose_at_once_one_wins_and_her_password_holds(monde: Monde) -> None:
    defi = monde.acces.begin_activation(NUMERO, NAISSANCE, client=HOME)
    monde.acces.confirm_activation_code(defi.secret, monde.code(), client=HOME)
    together, outcomes = Barrier(2), {}

    def choose(password: str) -> None:
        together.wait()
        try:
            outcomes[password] = monde.acces.choose_password(defi.secret, password, client=HOME).session
        except AccesRefuse as refused:
            outcomes[password] = refused

    threads = [Thread(target=choose, args=(p,)) for p in (PASSWORD, OTHER_PASSWORD)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    [winner] = [p for p, outcome in outcomes.items() if not isinstance(outcome, AccesRefuse)]
    monde.acces.sign_in(NUMERO, winner, client=HOME)


def test_a_letter_takes_the_place_of_the_mail_once(monde: Monde) -> None:
    maison = monde.acces.maison
    former = maison.letter(NUMERO, None, UsageLettre.CODE)
    code = maison.letter(NUMERO, None, UsageLettre.CODE)
    defi = monde.acces.begin_activation(NUMERO, NAISSANCE, client=HOME)
    with pytest.raises(CodeRefuse):
        monde.acces.confirm_activation_code(defi.secret, former, client=HOME)
    monde.acces.confirm_activation_code(defi.secret, f" {code.lower().replace('-', ' ')}", client=HOME)
    monde.acces.choose_password(defi.secret, PASSWORD, client=HOME)
    again = monde.acces.begin_reset(NUMERO, NAISSANCE, client=HOME)
    with pytest.raises(CodeRefuse):
        monde.acces.confirm_reset_code(again.secret, code, client=HOME)


def test_a_letter_lasts_a_month(monde: Monde) -> None:
    code = monde.acces.maison.letter(NUMERO, None, UsageLettre.CODE)
    monde.horloge.advance(days=29)
    defi = monde.acces.begin_activation(NUMERO, NAISSANCE, client=HOME)
    monde.acces.confirm_activation_code(defi.secret, code, client=HOME)
    late = monde.acces.maison.letter(NUMERO, None, UsageLettre.CODE)
    monde.horloge.advance(days=30)
    defi = monde.acces.begin_activation(NUMERO, NAISSANCE, client=HOME)
    with pytest.raises(CodeRefuse):
        monde.acces.confirm_activation_code(defi.secret, late, client=HOME)


def test_an_adult_beneficiary_has_an_access_of_her_own_by_letter_and_the_holder_gets_none_of_her_mails(
    monde: Monde,
) -> None:
    born = date(2001, 5, 6)
    defi = monde.acces.begin_activation(NUMERO, born, "02", client=HOME)
    assert monde.mails() == []
    code = monde.acces.maison.letter(NUMERO, "02", UsageLettre.CODE)
    monde.acces.confirm_activation_code(defi.secret, code, client=HOME)
    opened = monde.acces.choose_password(defi.secret, PASSWORD, client=HOME)
    assert (opened.session.numero, opened.session.beneficiaire) == (NUMERO, "02")
    assert monde.mails() == []
    assert monde.acces.sign_in(NUMERO, PASSWORD, client=HOME, beneficiaire="02").session.beneficiaire == "02"
    with pytest.raises(AccesRefuse):
        monde.acces.sign_in(NUMERO, PASSWORD, client=HOME)
