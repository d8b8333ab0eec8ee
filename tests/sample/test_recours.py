"""Recoveries from third parties are shared as the law says, to the cent, on what was really paid."""

from collections import defaultdict
from datetime import date

import pytest

from infra.sample.recours import share_recovery
from tests.sample.feeds import Feed, Message, day, read_feed
from tests.sample.fold import read_splits
from tests.sample.oracle import largest_remainders, share
from tests.sample.test_events import MEMBERS, SEED, TODAY

PAYERS = ("regime_obligatoire", "smi", "autre_mutuelle")


@pytest.fixture(scope="module")
def feed() -> Feed:
    return read_feed(SEED, TODAY, MEMBERS)


def recoveries(feed: Feed) -> dict[tuple[str, str], list[Message]]:
    """The décomptes of Assia by (member, sinistre), the oldest first."""
    found: dict[tuple[str, str], list[Message]] = defaultdict(list)
    for decompte in feed.decomptes:
        if decompte["payeur"] == "recours_tiers":
            found[decompte["numero_adherent"], decompte["sinistre"]].append(decompte)
    return {key: sorted(notices, key=lambda d: str(d["date_paiement"])) for key, notices in found.items()}


def test_the_worked_example_of_the_domain_notes() -> None:
    assert share_recovery(500_000, victime=60_000, payes=[760_000, 180_000]) == (60_000, [355_745, 84_255])
    assert share_recovery(50_000, victime=60_000, payes=[760_000, 180_000]) == (50_000, [0, 0])


def test_accidents_happen_to_a_few_members_and_are_recovered_by_assia(feed: Feed) -> None:
    found = recoveries(feed)
    assert 0.012 <= len(found) / MEMBERS <= 0.06
    notices = [notice for of_one in found.values() for notice in of_one]
    assert {(n["emetteur"], n["rang"], n["destinataire"]) for n in notices} == {("assia", 9, "smi")}
    assert {len(of_one) for of_one in found.values()} == {1, 2}


def test_the_victim_comes_first_and_the_payers_share_the_rest_in_proportion(feed: Feed) -> None:
    splits = read_splits(SEED, TODAY, MEMBERS)
    responsibilities = set()
    for (numero, _), notices in recoveries(feed).items():
        soins = {(numero, ligne["soin"]) for notice in notices for ligne in notice["lignes"]}
        paid = [sum(splits[soin].paid[payer] for soin in soins) for payer in PAYERS]
        borne = sum(splits[soin].reste_a_charge for soin in soins)
        value = sum(splits[soin].depense for soin in soins)
        assert value == borne + sum(paid)
        received = 0
        given: dict[str, int] = defaultdict(int)
        for notice in notices:
            received += notice["total"]
            for ligne in notice["lignes"]:
                given[ligne["pour_compte_de"]] += ligne["montant"]
                assert ligne["montant"] > 0
            victim = min(received, borne)
            assert given["victime"] == victim
            assert [given[payer] for payer in PAYERS] == largest_remainders(received - victim, paid)
        possible = {percent for percent in (25, 50, 75, 100) for debt in [share(value, percent)] if debt == received}
        partial = {percent for percent in (25, 50, 75, 100) if share(share(value, percent), 40) == received}
        assert possible | partial, (received, value)
        responsibilities |= possible
    assert len(responsibilities) >= 2


def test_no_soin_is_recovered_for_more_than_was_paid_or_borne_on_it(feed: Feed) -> None:
    splits = read_splits(SEED, TODAY, MEMBERS)
    given: dict[tuple[str, str, str], int] = defaultdict(int)
    for (numero, _), notices in recoveries(feed).items():
        for notice in notices:
            for ligne in notice["lignes"]:
                given[numero, ligne["soin"], ligne["pour_compte_de"]] += ligne["montant"]
    for (numero, soin, who), amount in given.items():
        split = splits[numero, soin]
        assert amount <= (split.reste_a_charge if who == "victime" else split.paid[who])


def test_a_recovery_comes_after_every_payment_on_its_soins(feed: Feed) -> None:
    for (numero, _), notices in recoveries(feed).items():
        soins = {ligne["soin"] for notice in notices for ligne in notice["lignes"]}
        first: date = day(notices[0]["date_paiement"])
        for decompte in feed.by_member()[numero]:
            if decompte["type"] == "decompte" and decompte["payeur"] != "recours_tiers":
                for ligne in decompte["lignes"]:
                    if ligne["soin"] in soins:
                        assert day(decompte["date_paiement"]) < first
