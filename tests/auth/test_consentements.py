"""Consents: whose they are to give, dated, added one after the other, and what follows from them."""

from datetime import date

import psycopg
import pytest

from infra.auth.defis import UsageLettre
from infra.auth.refus import ConsentementImpossible
from infra.auth.sessions import Consentement, Objet, Opened
from tests.support.acces import HOME, NUMERO, OTHER_PASSWORD, Monde


def adult(monde: Monde) -> Opened:
    letter = monde.acces.maison.letter(NUMERO, "02", UsageLettre.CODE)
    defi = monde.acces.begin_activation(NUMERO, date(2001, 5, 6), "02", client=HOME)
    monde.acces.confirm_activation_code(defi.secret, letter, client=HOME)
    return monde.acces.choose_password(defi.secret, OTHER_PASSWORD, client=HOME)


def test_the_holder_wants_her_statements_without_paper_from_a_date_on(monde: Monde) -> None:
    holder = monde.activate().session
    assert holder.sujet is not None
    objet = Objet.RELEVES_DEMATERIALISES
    assert monde.acces.consents(holder) == (Consentement(objet=objet, accorde=False, at=None),)
    given = monde.acces.consent(holder, objet, accorde=True)
    assert given == Consentement(objet=objet, accorde=True, at=monde.horloge())
    assert monde.acces.paperless_since(holder.sujet) == monde.horloge()
    monde.horloge.advance(minutes=5)
    monde.acces.consent(holder, objet, accorde=False)
    assert monde.acces.consents(holder) == (Consentement(objet=objet, accorde=False, at=monde.horloge()),)
    assert monde.acces.paperless_since(holder.sujet) is None


def test_an_adult_s_acts_are_withdrawn_until_she_consents_herself(monde: Monde) -> None:
    holder, other = monde.activate().session, adult(monde).session
    assert monde.acces.masked_beneficiaires(NUMERO) == {"02"}, "the child of 2015 is not an adult"
    with pytest.raises(ConsentementImpossible):
        monde.acces.consent(holder, Objet.PARTAGE_TITULAIRE, accorde=True)
    with pytest.raises(ConsentementImpossible):
        monde.acces.consent(other, Objet.RELEVES_DEMATERIALISES, accorde=True)
    monde.acces.consent(other, Objet.PARTAGE_TITULAIRE, accorde=True)
    assert monde.acces.masked_beneficiaires(NUMERO) == frozenset()
    monde.acces.consent(other, Objet.PARTAGE_TITULAIRE, accorde=False)
    assert monde.acces.masked_beneficiaires(NUMERO) == {"02"}
    assert monde.acces.masked_beneficiaires("00999999") == frozenset()


def test_a_consent_is_never_changed_nor_removed(monde: Monde, database_url: str) -> None:
    monde.acces.consent(monde.activate().session, Objet.RELEVES_DEMATERIALISES, accorde=True)
    for statement in (
        "UPDATE acces_consentement SET accorde = false",
        "DELETE FROM acces_consentement",
        "TRUNCATE acces_consentement",
    ):
        with psycopg.connect(database_url) as connection, pytest.raises(psycopg.errors.RestrictViolation):
            connection.execute(statement)
