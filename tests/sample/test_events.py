"""Each kind of event that a ledger must bear occurs in the sample, neither never nor too often."""

from collections import Counter, defaultdict
from datetime import date, timedelta
from itertools import pairwise

import pytest

from tests.sample.feeds import PORTFOLIOS, Feed, Message, day, lines_of, read_feed
from tests.sample.fold import read_splits
from tests.sample.oracle import ACTES, SANS_RESTE_A_CHARGE
from tests.sample.rules import gross_deductions

MEMBERS = 300
SEED, TODAY = 11, date(2026, 11, 22)


@pytest.fixture(scope="module")
def feed() -> Feed:
    return read_feed(SEED, TODAY, MEMBERS)


def share(part: int, whole: int) -> float:
    return part / whole


def payments(feed: Feed) -> list[Message]:
    return [decompte for decompte in feed.decomptes if decompte["payeur"] != "recours_tiers"]


@pytest.mark.parametrize(("seed", "today"), [(11, TODAY), (12, date(2023, 11, 30)), (13, date(2024, 12, 31))])
def test_a_member_gets_about_fifty_decomptes_over_the_two_years(seed: int, today: date) -> None:
    assert 45 <= len(read_feed(seed, today, MEMBERS).decomptes) / MEMBERS <= 55


def test_every_payer_and_every_category_has_its_part(feed: Feed) -> None:
    payers = Counter(decompte["payeur"] for decompte in feed.decomptes)
    total = sum(payers.values())
    assert 0.45 <= share(payers["regime_obligatoire"], total) <= 0.6
    assert 0.35 <= share(payers["smi"], total) <= 0.5
    assert 0.01 <= share(payers["autre_mutuelle"], total) <= 0.05
    assert 0.0003 <= share(payers["recours_tiers"], total) <= 0.004
    bounds = {
        "consultations": (0.1, 0.35),
        "pharmacie": (0.15, 0.4),
        "analyses_imagerie": (0.08, 0.3),
        "dentaire": (0.02, 0.12),
        "optique": (0.008, 0.05),
        "audiologie": (0.001, 0.02),
        "hospitalisation": (0.008, 0.06),
        "psychologie": (0.008, 0.06),
        "auxiliaires": (0.12, 0.4),
        "transport": (0.003, 0.03),
        "autres": (0.003, 0.03),
    }
    found = Counter(ligne["categorie"] for d in payments(feed) for ligne in lines_of(d, "prestation"))
    assert set(found) == set(bounds)
    for categorie, (low, high) in bounds.items():
        assert low <= share(found[categorie], sum(found.values())) <= high, categorie


def test_each_kind_of_act_of_the_list_is_there(feed: Feed) -> None:
    acts = Counter(ligne["acte"] for d in payments(feed) for ligne in lines_of(d, "prestation"))
    for act in ACTES.keys() - {"EEP"}:  # the first interview has its own code before June 2024 only
        assert acts[act] >= 5, act


def test_smi_pays_after_the_regime_obligatoire_and_the_other_mutuelle_in_its_rank(feed: Feed) -> None:
    paid: dict[tuple[str, str], dict[int, date]] = defaultdict(dict)
    for decompte in payments(feed):
        for ligne in lines_of(decompte, "prestation"):
            key, le = (decompte["numero_adherent"], ligne["soin"]), day(decompte["date_paiement"])
            paid[key][decompte["rang"]] = min(le, paid[key].get(decompte["rang"], le))
    together = [dates for dates in paid.values() if len(dates) > 1]
    in_order = [dates for dates in together if sorted(dates.values()) == [dates[rang] for rang in sorted(dates)]]
    assert share(len(in_order), len(together)) > 0.97
    ranks = Counter(decompte["rang"] for decompte in feed.decomptes if decompte["payeur"] == "smi")
    assert set(ranks) == {2, 3}
    assert 0.002 <= share(ranks[3], sum(ranks.values())) <= 0.06


def test_under_tiers_payant_deductions_come_weeks_later_on_another_payment(feed: Feed) -> None:
    recipients = Counter(decompte["destinataire"] for decompte in payments(feed))
    assert 0.3 <= share(recipients["professionnel"], sum(recipients.values())) <= 0.6
    paid = {(d["emetteur"], d["reference"]): day(d["date_paiement"]) for d in feed.decomptes}
    delays = []
    for decompte in payments(feed):
        for ligne in decompte["lignes"]:
            if "ligne_origine" in ligne and "motif" not in ligne:
                origine = ligne["ligne_origine"]
                since = paid.get((origine["emetteur"], origine["reference"]))
                if since is not None:
                    delays.append((day(decompte["date_paiement"]) - since).days)
    assert len(delays) > MEMBERS * 5
    assert min(delays) >= 21
    assert max(delays) < 200
    claims = [d for d in payments(feed) if not lines_of(d, "prestation")]
    assert 0.005 <= share(len(claims), len(payments(feed))) <= 0.05
    assert all(d["total"] < 0 and d["destinataire"] == "adherent" for d in claims)


def test_some_people_reach_a_yearly_cap_and_both_caps_are_apart(feed: Feed) -> None:
    gross = gross_deductions(feed)
    reached = Counter(nature for (_, _, nature, _), total in gross.items() if total == 5000)
    assert reached["participation_forfaitaire"] >= 2
    assert reached["franchise"] >= 1
    assert share(sum(reached.values()), len(gross)) < 0.03
    both: dict[tuple[str, str, str], int] = defaultdict(int)
    for (numero, beneficiaire, _, year), total in gross.items():
        both[numero, beneficiaire, year] += total
    assert max(both.values()) > 5000


def test_regularisations_take_lines_back_with_or_without_a_replacement(feed: Feed) -> None:
    with_replacement = without = 0
    for decompte in payments(feed):
        signs = {ligne["quantite"] > 0 for ligne in lines_of(decompte, "prestation")}
        if False in signs:
            with_replacement += True in signs
            without += True not in signs
            assert all(ligne["montant"] <= 0 for ligne in lines_of(decompte, "prestation") if ligne["quantite"] < 0)
            assert all("ligne_origine" in ligne for ligne in decompte["lignes"] if "motif" in ligne)
    assert 0.002 <= share(with_replacement, len(feed.decomptes)) <= 0.02
    assert 0.0005 <= share(without, len(feed.decomptes)) <= 0.01


def test_annulations_have_reasons_and_some_arrive_before_their_decompte(feed: Feed) -> None:
    rank = {(m["emetteur"], m["reference"]): order for order, m in enumerate(feed.messages)}
    assert 0.004 <= share(len(feed.annulations), len(feed.decomptes)) <= 0.02
    reasons = Counter(annulation["motif"] for annulation in feed.annulations)
    assert set(reasons) == {"double_paiement", "erreur_beneficiaire", "erreur_destinataire", "facture_annulee"}
    before = [
        a
        for a in feed.annulations
        if rank.get((a["emetteur"], a["annule"]), len(rank)) > rank[a["emetteur"], a["reference"]]
    ]
    assert 0.15 <= share(len(before), len(feed.annulations)) <= 0.55


def test_only_what_one_payer_paid_twice_is_paid_too_much(feed: Feed) -> None:
    splits = read_splits(SEED, TODAY, MEMBERS)
    over = [split for split in splits.values() if split.trop_percu > 0]
    assert 0.0005 <= share(len(over), len(splits)) <= 0.012
    assert all(split.times_stated > 1 for split in over)
    assert all(split.reste_a_charge >= 0 for split in splits.values())


def test_some_payers_disagree_about_the_depense(feed: Feed) -> None:
    splits = read_splits(SEED, TODAY, MEMBERS)
    differ = [split for split in splits.values() if len(set(split.stated.values()) - {0}) > 1]
    assert 0.0003 <= share(len(differ), len(splits)) <= 0.01
    assert {split.acte for split in differ} <= {"CS", "COUL", "OPB"}


def test_what_is_100_percent_sante_costs_nothing_once_settled(feed: Feed) -> None:
    settled = [
        s
        for s in read_splits(SEED, TODAY, MEMBERS).values()
        if s.acte in SANS_RESTE_A_CHARGE and s.paid["regime_obligatoire"] > 0
    ]
    assert len(settled) > 30
    free = [split for split in settled if split.reste_a_charge == 0]
    assert share(len(free), len(settled)) > 0.85  # the rest waits for SMI
    assert all(split.paid["smi"] == 0 for split in settled if split.reste_a_charge > 0)


def test_some_notices_are_late_or_out_of_order(feed: Feed) -> None:
    late = after_smi = 0
    for messages in feed.by_member().values():
        latest = feed.debut
        seen: set[str] = set()
        for message in messages:
            if message["type"] != "decompte":
                continue
            le = day(message["date_paiement"])
            late += le < latest - timedelta(days=20)
            latest = max(latest, le)
            soins = {ligne["soin"] for ligne in message["lignes"]}
            if message["payeur"] == "regime_obligatoire":
                after_smi += bool(soins & seen) and all("motif" not in ligne for ligne in message["lignes"])
            elif message["payeur"] == "smi":
                seen |= soins
    assert 0.008 <= share(late, len(feed.decomptes)) <= 0.04
    assert 0.01 <= share(after_smi, len(feed.decomptes)) <= 0.06


def test_some_messages_are_received_again_as_they_are(feed: Feed) -> None:
    assert 0.002 <= share(len(feed.raw) - len(feed.messages), len(feed.raw)) <= 0.008


def test_messages_of_several_members_mix(feed: Feed) -> None:
    numbers = [message["numero_adherent"] for message in feed.messages]
    changes = sum(first != second for first, second in pairwise(numbers))
    assert share(changes, len(numbers)) > 0.9


def test_a_few_payments_of_january_are_for_the_december_before(feed: Feed) -> None:
    before = [d for d in feed.decomptes for ligne in d["lignes"] if day(ligne["date_soin"]) < feed.debut]
    assert 0.03 <= share(len({d["numero_adherent"] for d in before}), MEMBERS) <= 0.2
    for decompte in before:
        if decompte["payeur"] == "regime_obligatoire" and all("motif" not in li for li in decompte["lignes"]):
            assert day(decompte["date_paiement"]) < feed.debut + timedelta(days=200)


def test_psychologist_series_hospital_stays_and_osteopathy_by_smi_alone(feed: Feed) -> None:
    series: dict[tuple[str, str], set[str]] = defaultdict(set)
    stays: set[tuple[str, str]] = set()
    osteopathy: Counter[str] = Counter()
    for decompte in payments(feed):
        for ligne in lines_of(decompte, "prestation"):
            if ligne["categorie"] == "psychologie":
                series[decompte["numero_adherent"], ligne["beneficiaire"]].add(ligne["soin"])
            if ligne["acte"] == "GHS":
                stays.add((decompte["numero_adherent"], ligne["soin"]))
            if ligne["acte"] == "OST":
                osteopathy[decompte["payeur"]] += 1
    assert 0.05 <= share(len(series), MEMBERS) <= 0.35
    assert 4 <= share(sum(len(soins) for soins in series.values()), len(series)) <= 12
    assert 0.15 <= share(len(stays), MEMBERS) <= 0.6
    assert osteopathy["smi"] > 50
    assert osteopathy["regime_obligatoire"] == 0


@pytest.mark.parametrize(("seed", "today"), PORTFOLIOS)
def test_no_payer_pays_on_a_week_end(seed: int, today: date) -> None:
    assert all(day(d["date_paiement"]).weekday() < 5 for d in read_feed(seed, today).decomptes)
