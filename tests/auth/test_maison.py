"""People of the house: a one-use link, a second factor before anything else, an account that can be closed at once."""

import pytest

from infra.auth.maison import CompteImpossible
from infra.auth.refus import ConsentementImpossible, DefiInvalide, IdentifiantsRefuses
from infra.auth.roles import Role
from infra.auth.sessions import Objet, Opened
from tests.support.acces import HOME, OTHER_PASSWORD, PASSWORD, Monde

EMAIL = "auditrice@exemple.fr"


def first_sign_in(monde: Monde, link: str, password: str = PASSWORD) -> Opened:
    assert link.startswith("http://localhost:8000/maison/lien/dcl_")
    defi = monde.acces.open_link(link.rpartition("/")[2])
    return monde.acces.choose_password(defi.secret, password, client=HOME)


def test_a_person_of_the_house_may_do_nothing_before_the_second_factor(monde: Monde) -> None:
    opened = first_sign_in(monde, monde.acces.maison.create(Role.AUDITEUR, EMAIL.upper()))
    assert (opened.session.role, opened.session.numero, opened.session.may_act()) == (Role.AUDITEUR, None, False)
    enrolled = monde.enrol(opened)
    assert enrolled.session.may_act()
    again = monde.acces.sign_in_house(EMAIL, PASSWORD, client=HOME)
    assert not again.session.may_act()
    with pytest.raises(ConsentementImpossible):
        monde.acces.consent(enrolled.session, Objet.RELEVES_DEMATERIALISES, accorde=True)


def test_a_link_works_once_and_three_days(monde: Monde) -> None:
    link = monde.acces.maison.create(Role.ASSIA, EMAIL)
    first_sign_in(monde, link)
    with pytest.raises(DefiInvalide):
        first_sign_in(monde, link)
    late = monde.acces.maison.link(EMAIL, with_second_factor=False)
    monde.horloge.advance(hours=72)
    with pytest.raises(DefiInvalide):
        first_sign_in(monde, late)


def test_a_new_link_leaves_the_second_factor_unless_it_is_lost(monde: Monde) -> None:
    monde.enrol(first_sign_in(monde, monde.acces.maison.create(Role.AUDITEUR, EMAIL)))
    kept = first_sign_in(monde, monde.acces.maison.link(EMAIL, with_second_factor=False), OTHER_PASSWORD)
    assert kept.session.has_second_factor
    assert not kept.session.may_enrol(monde.horloge())
    lost = first_sign_in(monde, monde.acces.maison.link(EMAIL, with_second_factor=True))
    assert (lost.session.has_second_factor, lost.session.may_enrol(monde.horloge())) == (False, True)


def test_a_closed_account_and_its_sessions_end_at_once(monde: Monde) -> None:
    enrolled = monde.enrol(first_sign_in(monde, monde.acces.maison.create(Role.EXPLOITANT, EMAIL)))
    assert monde.acces.maison.close(EMAIL)
    assert not monde.acces.maison.close(EMAIL)
    assert monde.acces.session_of(enrolled.secret) is None
    with pytest.raises(IdentifiantsRefuses):
        monde.acces.sign_in_house(EMAIL, PASSWORD, client=HOME)
    with pytest.raises(CompteImpossible):
        monde.acces.maison.link(EMAIL, with_second_factor=False)
    [listed] = monde.acces.maison.listing()
    assert (listed.email, listed.role, listed.is_closed) == (EMAIL, Role.EXPLOITANT, True)


def test_house_sessions_end_sooner(monde: Monde) -> None:
    opened = first_sign_in(monde, monde.acces.maison.create(Role.ASSIA, EMAIL))
    monde.horloge.advance(minutes=14)
    assert monde.acces.session_of(opened.secret) is not None
    monde.horloge.advance(minutes=15)
    assert monde.acces.session_of(opened.secret) is None


@pytest.mark.parametrize("email", ["", "sans-arobase", "a@b\r\nBcc: x@y.fr", "é@exemple.fr"])
def test_what_is_no_address_has_no_account(monde: Monde, email: str) -> None:
    with pytest.raises(CompteImpossible):
        monde.acces.maison.create(Role.ASSIA, email)


def test_members_and_machines_have_no_account_of_the_house_and_addresses_one_only(monde: Monde) -> None:
    for role in (Role.ADHERENT, Role.PORTAIL, Role.SOURCE):
        with pytest.raises(CompteImpossible):
            monde.acces.maison.create(role, EMAIL)
    monde.acces.maison.create(Role.ASSIA, EMAIL)
    with pytest.raises(CompteImpossible):
        monde.acces.maison.create(Role.AUDITEUR, EMAIL)
