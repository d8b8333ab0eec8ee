"""The trial balance: what every member's own dossier adds up to, at any position, whatever was forgotten since."""

import asyncio
from collections.abc import Iterator
from dataclasses import replace
from datetime import date
from typing import Any

import pytest

from infra.audit import balances
from infra.audit.balances import Balances, CalculEchoue, CalculEnCours
from infra.audit.calcul import balance_at
from infra.audit.membres import snapshot
from infra.bootstrap import Services
from ledger.adherent.events import BaseEffacement
from ledger.dossier import Dossier
from ledger.payeurs import Payeur
from ledger.repartition import Split, total_of
from readmodels.vues_audit import BalanceGenerale
from tests.recours.importing import fill
from tests.support.ledger import PROVENANCE, adherent, annulation, decompte, portfolio, services_on, soin_line, take
from tests.support.postgres import DatabaseFactory

ERASED = "00000003"


@pytest.fixture(scope="module")
def filled(databases_18: DatabaseFactory) -> Iterator[Services]:
    """Members with corrections, deferred deductions, double payments and recoveries; projected."""
    url = databases_18.create()
    with services_on(url) as services:
        take(services, *portfolio(140), *difficult(), annulation("ABSENT"))
        fill(services)
        services.projection_worker().catch_up()
        yield services
    databases_18.drop(url)


def difficult() -> list[dict[str, Any]]:
    """One member with what makes the rule of the reste à charge work."""
    plain = {"numero_adherent": "D-1"}
    franchise = {
        "ligne": "1", "soin": "AUTRE", "nature": "franchise", "beneficiaire": "01", "date_soin": "2026-05-01",
        "montant": -100, "ligne_origine": {"emetteur": "cpam-751", "reference": "D-RO", "ligne": "1"},
    }  # fmt: skip
    smi = {"emetteur": "smi", "payeur": "smi", "rang": 2}
    return [
        adherent(reference="AD-D", **plain),
        decompte("D-RO", lignes=[soin_line(soin="D")], **plain),
        decompte("D-F", date_paiement="2026-05-20", lignes=[franchise], **plain),
        decompte("D-SMI", lignes=[soin_line(soin="D", montant=900)], **smi, **plain),
        decompte("D-BIS", lignes=[soin_line(soin="D", montant=900)], **smi, **plain),
        decompte("D-E", date_paiement="2025-12-30", lignes=[soin_line(soin="E", date_soin="2025-12-01")], **plain),
    ]


def dossiers(services: Services, au: int) -> list[Dossier]:
    """Every member's dossier, read as `recours` reads hers: with keys, one by one."""
    with services.datastore.get_connection() as connection:
        sujets = [row["sujet"] for row in connection.execute("SELECT sujet FROM cle_adherent").fetchall()]
    return [member.dossier for member in services.recours.reads.members(sujets, au=au)]


@pytest.mark.parametrize("share", [0.0, 0.3, 0.7, 1.0])
def test_it_is_the_sum_of_every_dossier_at_any_position(filled: Services, share: float) -> None:
    au = round(filled.journal.position() * share)
    balance = balance_at(filled.url, au)
    known = dossiers(filled, au)
    splits = [soin.split for dossier in known for soin in dossier.soins.values()]
    assert balance.total == total_of(splits)
    assert balance.soins == len(splits)
    assert (balance.ecart_invariant, balance.ecart_paiements) == (0, 0)
    assert balance.decomptes == sum(len(dossier.decomptes) for dossier in known)
    assert sum(a.nombre for a in balance.anomalies) == sum(len(dossier.anomalies) for dossier in known)
    months = balance.par_mois_de_soin
    assert Split(**{f: sum(getattr(m, f) for m in months) for f in Split.__dataclass_fields__}) == balance.total
    for month in months:
        paid = month.regime_obligatoire + month.smi + month.autre_mutuelle
        assert month.depense == paid - month.trop_percu + month.reste_a_charge
    by_payer = {p.payeur: p.montant for p in balance.par_payeur}
    for payeur in Payeur:
        assert by_payer[payeur] == sum(getattr(m, payeur.value) for m in balance.par_mois_de_paiement)
    repaired = balance.recouvrements
    shares = repaired.regime_obligatoire + repaired.smi + repaired.autre_mutuelle + repaired.victime
    assert by_payer[Payeur.RECOURS_TIERS] == shares
    assert repaired.victime == balance.total.indemnise_par_tiers


def test_nothing_is_known_before_the_first_event(filled: Services) -> None:
    balance = balance_at(filled.url, 0)
    assert (balance.adherents, balance.decomptes, balance.total) == (0, 0, Split())
    assert (balance.enregistre_at, balance.par_mois_de_soin, balance.anomalies) == (None, (), ())


def test_it_says_how_far_it_is(filled: Services) -> None:
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr("infra.audit.membres.FETCHED_ROWS", 10)
        said: list[tuple[int, int]] = []
        with snapshot(filled.url, filled.journal.position()) as instantane:
            read = list(instantane.members(progress=lambda *at: said.append(at)))
    assert len(said) > 5
    assert said == sorted(said)
    assert {of for _, of in said} == {sum(len(d.decomptes) for _, d in read)}


def test_a_server_reckons_each_balance_once_in_a_program_of_its_own(
    filled: Services, monkeypatch: pytest.MonkeyPatch
) -> None:
    head = filled.journal.position()

    async def ask() -> list[BalanceGenerale]:
        kept = Balances(filled.url)
        both = await asyncio.gather(kept.at(head), kept.at(head))
        monkeypatch.setattr(balances, "sys", None)  # No program can be started any more.
        again = await kept.at(head)
        assert again is both[0] is both[1]
        with pytest.raises(AttributeError):
            await kept.at(head - 1)
        await kept.close()
        return both

    assert asyncio.run(ask())[0] == balance_at(filled.url, head)


def test_who_cannot_wait_comes_back_and_what_fails_says_so(filled: Services, monkeypatch: pytest.MonkeyPatch) -> None:
    async def ask() -> None:
        kept = Balances(filled.url)
        monkeypatch.setattr(balances, "ATTENTE_SECONDS_MAX", 0.0)
        with pytest.raises(CalculEnCours):
            await kept.at(3)
        monkeypatch.setattr(balances, "ATTENTE_SECONDS_MAX", 20.0)
        assert (await kept.at(3)).position == 3
        await kept.close()
        with pytest.raises(CalculEchoue):
            await Balances("postgresql://127.0.0.1:1/rien").at(1)

    asyncio.run(ask())


def test_forgetting_a_member_changes_no_total(filled: Services) -> None:
    head = filled.journal.position()
    before = balance_at(filled.url, head)
    done = filled.effacements.erase(
        ERASED, base=BaseEffacement.DONNEES_PLUS_NECESSAIRES, provenance=PROVENANCE, le=date(2045, 1, 1)
    )
    assert done == head + 1
    filled.projection_worker().catch_up()
    after = balance_at(filled.url, done)
    assert after == replace(before, position=done, enregistre_at=after.enregistre_at)
    assert balance_at(filled.url, head) == before
