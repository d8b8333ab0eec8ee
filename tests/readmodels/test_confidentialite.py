"""Whose care a reader may know: amounts stay, acts go, and no view says more than another."""

from typing import Any

import msgspec
import pytest
from hypothesis import given as property_of

from ledger.dates import Fenetre
from ledger.dossier import Dossier
from ledger.events import Event
from ledger.payeurs import Categorie
from ledger.repartition import Anomalie
from readmodels.confidentialite import de_beneficiaire, masquer
from readmodels.impots import recapitulatif_fiscal
from readmodels.pieces import pieces_of
from readmodels.releve import detail, releve
from readmodels.reste_a_charge import accueil, comparatif, reste_a_charge
from tests.support.examples import (
    NUMERO,
    adherent,
    annulation,
    origine,
    participation,
    prestation,
    regularisation,
    ro,
    smi,
)
from tests.support.given import given
from tests.support.properties import bounded, histories

FENETRE = Fenetre(2025, 2026)
HERS = {"beneficiaire": "02", "soin": "S-02"}


def secret(montant: int = 5000, **changes: Any) -> Any:
    """Care of the beneficiary 02 that the holder must not know of."""
    own = {"acte": "PSS", "libelle": "Séance secrète", "categorie": Categorie.PSYCHOLOGIE, "depense": 5000}
    return prestation(montant, **HERS | own | changes)


def everything(dossier: Dossier) -> str:
    """Every view of a dossier, as text."""
    statements = [releve(dossier, numero_adherent=NUMERO, annee=annee) for annee in FENETRE]
    return msgspec.json.encode(
        [
            statements,
            [list(pieces_of(dossier, view).values()) for view in statements],
            [detail(dossier, identite) for identite in dossier.decomptes],
            accueil(dossier, fenetre=FENETRE),
            comparatif(dossier, fenetre=FENETRE),
            [reste_a_charge(dossier, annee=annee) for annee in FENETRE],
            [recapitulatif_fiscal(dossier, annee=annee) for annee in FENETRE],
        ]
    ).decode()


def history() -> Dossier:
    """A décompte about both, corrections, a deferred deduction and an annulation with telling reasons."""
    both = ro(prestation(), secret(3000), reference="RO-1")
    more = smi(secret(2000, motif="secret de la séance"), reference="SMI-1")
    deferred = ro(participation(ligne_origine=origine(both, "2"), motif="retenue secrète", **HERS), reference="RO-2")
    other = smi(prestation(900), reference="SMI-2")
    wrong = smi(secret(100), reference="SMI-3")
    taken = annulation(wrong, motif="annulation secrète")
    return given(both, more, deferred, other, wrong, taken, regularisation(more), adherent()).dossier


def test_no_view_tells_an_act_that_is_withdrawn() -> None:
    dossier = history()
    assert {word for word in ("PSS", "secr", "psychologie") if word in everything(dossier)} == {
        "PSS",
        "secr",
        "psychologie",
    }
    masked = everything(masquer(dossier, frozenset({"02"})))
    for word in ("PSS", "secr", "Séance", "psychologie"):
        assert word not in masked


def test_amounts_dates_payers_and_references_stay() -> None:
    dossier = history()
    masked = masquer(dossier, {"02"})
    one, other = (releve(d, numero_adherent=NUMERO, annee=2026) for d in (dossier, masked))
    assert one.totaux == other.totaux
    assert [(d.reference, d.montant, d.date_paiement) for d in one.decomptes] == [
        (d.reference, d.montant, d.date_paiement) for d in other.decomptes
    ]
    withdrawn = [ligne for d in other.decomptes for ligne in d.lignes if ligne.beneficiaire == "02"]
    assert withdrawn
    assert {(ligne.acte, ligne.libelle, ligne.categorie) for ligne in withdrawn} == {(None, None, Categorie.AUTRES)}


def test_the_care_of_the_others_is_told_as_before() -> None:
    masked = releve(masquer(history(), {"02"}), numero_adherent=NUMERO, annee=2026)
    shown = {ligne.libelle for d in masked.decomptes for ligne in d.lignes if ligne.beneficiaire == "01"}
    assert shown == {"Consultation généraliste"}


def test_withdrawing_from_nobody_changes_nothing() -> None:
    dossier = history()
    assert masquer(dossier, frozenset()) is dossier
    assert everything(masquer(dossier, {"09"})) == everything(dossier)


def test_a_line_that_counts_on_a_hidden_soin_is_withdrawn_though_it_names_another() -> None:
    """The payers disagree on whose care it is: neither may be told."""
    discordant = given(ro(prestation(acte="PSS", beneficiaire="02")), smi(prestation(900, acte="PSS"))).dossier
    assert "PSS" not in everything(masquer(discordant, {"02"}))


def test_the_reason_of_an_annulation_whose_decompte_nobody_knows_is_withdrawn() -> None:
    waiting = given(ro(), annulation(smi(), motif="raison secrète")).dossier
    assert all(a.motif is None for found in masquer(waiting, {"02"}).annulations.values() for a in found)


def test_a_beneficiary_sees_her_soins_and_nothing_of_the_others() -> None:
    view = releve(de_beneficiaire(history(), "02"), numero_adherent=NUMERO, annee=2026)
    assert {ligne.beneficiaire for d in view.decomptes for ligne in d.lignes} == {"02"}
    assert "SMI-2" not in {d.reference for d in view.decomptes}
    assert "Consultation généraliste" not in everything(de_beneficiaire(history(), "02"))


def test_the_total_of_a_shared_decompte_is_that_of_her_lines() -> None:
    found = detail(de_beneficiaire(history(), "02"), ("cpam-751", "RO-1"))
    assert found is not None
    assert (found.total, found.montant) == (3000, 3000)
    assert [ligne.soin for ligne in found.lignes] == ["S-02"]


def test_the_split_of_her_soins_is_the_holders() -> None:
    dossier = history()
    own = de_beneficiaire(dossier, "02")
    assert own.soins["S-02"].split == dossier.soins["S-02"].split
    assert own.soins["S-02"].etat == dossier.soins["S-02"].etat


def test_a_cancelled_decompte_of_hers_is_still_cancelled() -> None:
    view = releve(de_beneficiaire(history(), "02"), numero_adherent=NUMERO, annee=2026)
    assert [(d.reference, d.annule) for d in view.decomptes if d.annule] == [("SMI-3", True)]


def test_an_annulation_that_waits_says_nothing_to_a_beneficiary() -> None:
    waiting = given(ro(), annulation(smi())).dossier
    assert (Anomalie.ANNULATION_EN_ATTENTE, None) in waiting.anomalies
    assert (Anomalie.ANNULATION_EN_ATTENTE, None) not in de_beneficiaire(waiting, "01").anomalies


def test_who_has_no_care_sees_an_empty_year() -> None:
    assert releve(de_beneficiaire(history(), "07"), numero_adherent=NUMERO, annee=2026).decomptes == ()


@bounded
@property_of(histories())
def test_whatever_happened_amounts_stay_and_the_parts_make_the_whole(events: list[Event]) -> None:
    dossier = given(*events).dossier
    masked = masquer(dossier, {"02"})
    assert {n: s.split for n, s in masked.soins.items()} == {n: s.split for n, s in dossier.soins.items()}
    parts: dict[str, Any] = {}
    for code in ("01", "02"):
        own = de_beneficiaire(dossier, code)
        assert all(soin.repartition.beneficiaire == code for soin in own.soins.values())
        parts |= {name: soin.split for name, soin in own.soins.items()}
    assert parts == {name: soin.split for name, soin in dossier.soins.items()}


@pytest.mark.parametrize("beneficiaires", [{"01"}, {"01", "02"}])
def test_anybodys_care_may_be_withdrawn(beneficiaires: set[str]) -> None:
    assert "Consultation" not in everything(masquer(history(), beneficiaires))
