"""The worklist: filters, order, and a balance that agrees with the list and with the file."""

import csv
import io

import pytest

from infra.portal.recours_etapes import ACTIONS, allowed, read_amount, read_day, read_share
from infra.portal.recours_liste import read_all
from ledger.sinistre.etats import EtatSinistre
from readmodels.recours import sum_of
from tests.portal.equipe import Bureau, worked_example
from tests.portal.portail import TODAY, Portail
from tests.portal.test_recours_dossier import plain


@pytest.fixture(scope="module")
def bureau(portail: Portail) -> Bureau:
    """A person of Assia, and two sinistres: one claimed, one only declared."""
    made = Bureau.of(portail)
    made.claimed(portail.member(*worked_example("LST")), "SIN-LST", "LST-1", "LST-2")
    made.declare(portail.member(), "SIN-LST-DEUX")
    return made


def test_the_balance_is_the_sum_of_the_list(bureau: Bureau) -> None:
    balance, resumes = read_all(bureau.portail.services.recours, TODAY)
    assert balance.nombre == len(resumes)
    assert sum_of([resume.solde for resume in resumes]) == balance.solde
    assert sum(part.nombre for part in balance.par_etat) == balance.nombre


def test_filters_narrow_the_list_and_the_file_alike(bureau: Bureau) -> None:
    for query, there, absent in (
        ("reference=sin-lst", ["SIN-LST", "SIN-LST-DEUX"], []),
        ("reference=SIN-LST&etat=reclame", ["SIN-LST"], ["SIN-LST-DEUX"]),
        ("reference=SIN-LST&etat=en_cours", ["SIN-LST", "SIN-LST-DEUX"], []),
        ("reference=SIN-LST&age=30", [], ["SIN-LST", "SIN-LST-DEUX"]),
        ("reference=SIN-LST&etat=nimporte&tri=x&page=-1&age=z", ["SIN-LST", "SIN-LST-DEUX"], []),
    ):
        page = bureau.browser.get(f"/maison/recours?{query}").text
        content = bureau.browser.get(f"/maison/recours/sinistres.csv?{query}").content.decode("utf-8-sig")
        rows = {row["Sinistre"]: row for row in csv.DictReader(io.StringIO(content), delimiter=";")}
        for reference in there:
            assert f'href="/maison/recours/sinistres/{reference}"' in page
            assert reference in rows
        for reference in absent:
            assert f'href="/maison/recours/sinistres/{reference}"' not in page
            assert reference not in rows
        if "SIN-LST" in there:
            assert (rows["SIN-LST"]["Réclamé"], rows["SIN-LST"]["Reste"]) == ("10000,00", "10000,00")
    assert "10 000,00 €" in plain(bureau.browser.get("/maison/recours?reference=SIN-LST&etat=reclame").text)


def test_every_step_that_is_offered_is_taken_and_no_other(bureau: Bureau) -> None:
    """In each state on the way, the steps that the page does not offer are refused by the ledger."""
    portail = bureau.portail
    reference = "SIN-PAS"
    bureau.declare(portail.member(*worked_example("PAS")), reference)
    fields = {
        "rattachement": {"soins": ["PAS-1"]}, "detachement": {"soins": ["PAS-1"]}, "accord": {"responsabilite": "50"},
        "encaissement": {"montant": "10"}, "retrait": {"numero": "1"},
    }  # fmt: skip
    met: set[EtatSinistre] = set()
    way = ("recensement", "ouverture", "rattachement", "creance", "reclamation", "accord", "contestation",
           "encaissement", "cloture", "reouverture", None)  # fmt: skip
    for following in way:
        portail.services.projection_worker().catch_up()
        found = portail.services.recours.reads.sinistre(reference)
        assert found is not None
        _, connu = found
        sinistre = connu.sinistre
        met.add(sinistre.etat)
        offered = {action.etape for action in allowed(sinistre, recu=sinistre.recu_centimes)}
        for etape in ACTIONS.keys() - offered:
            answer = bureau.send(reference, etape, motif="essai", **fields.get(etape, {}))
            assert answer.status_code == 409, (sinistre.etat, etape)
        if following is not None:
            assert following in offered, (sinistre.etat, following)
            bureau.step(reference, following, motif="essai", **fields.get(following, {}))
    assert met >= {EtatSinistre.SIGNALE, EtatSinistre.OUVERT, EtatSinistre.RECLAME, EtatSinistre.CLOTURE}


@pytest.mark.parametrize(
    ("typed", "cents"),
    [
        ("1 250,40", 125040),
        ("1\u202f250.4 €", 125040),
        ("0,01", 1),
        ("12", 1200),
        ("-1", None),
        ("1,234", None),
        ("", None),
    ],
)
def test_amounts_are_read_to_the_cent(typed: str, cents: int | None) -> None:
    assert read_amount(typed) == cents


def test_shares_and_days_are_read_as_people_write_them() -> None:
    assert (read_share("50"), read_share("33,33 %"), read_share("demi")) == (5000, 3333, None)
    assert read_day("14/03/2026") == read_day("2026-03-14")
    assert read_day("31/02/2026") is None
    assert read_day("hier") is None
