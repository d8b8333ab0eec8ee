"""Every generated line is a message that the contract accepts as it stands."""

from collections import Counter
from datetime import date

import pytest

from commands.intake.parse import parse
from tests.sample.contract import check_line
from tests.sample.feeds import PORTFOLIOS, day, read_feed


@pytest.mark.parametrize(("seed", "today"), PORTFOLIOS)
def test_every_line_is_a_valid_message(seed: int, today: date) -> None:
    for line in read_feed(seed, today).raw:
        check_line(line)


@pytest.mark.parametrize(("seed", "today"), PORTFOLIOS)
def test_the_intake_takes_every_line(seed: int, today: date) -> None:
    for line in read_feed(seed, today).raw:
        parse(line)


@pytest.mark.parametrize(("seed", "today"), PORTFOLIOS)
def test_a_reference_comes_back_only_with_the_same_bytes(seed: int, today: date) -> None:
    feed = read_feed(seed, today)
    identities = Counter((message["emetteur"], message["reference"]) for message in feed.messages)
    assert max(identities.values()) == 1


@pytest.mark.parametrize(("seed", "today"), PORTFOLIOS)
def test_an_annulation_names_a_decompte_of_its_emitter_and_member_or_one_yet_to_arrive(seed: int, today: date) -> None:
    feed = read_feed(seed, today)
    members = {(d["emetteur"], d["reference"]): d["numero_adherent"] for d in feed.decomptes}
    missing = 0
    for annulation in feed.annulations:
        member = members.get((annulation["emetteur"], annulation["annule"]))
        missing += member is None
        assert member in (None, annulation["numero_adherent"])
    assert len({(a["emetteur"], a["annule"]) for a in feed.annulations}) == len(feed.annulations)
    assert missing <= len(feed.annulations) * 0.2


@pytest.mark.parametrize(("seed", "today"), PORTFOLIOS)
def test_no_payment_before_the_two_years_nor_after_today(seed: int, today: date) -> None:
    feed = read_feed(seed, today)
    for decompte in feed.decomptes:
        assert feed.debut <= day(decompte["date_paiement"]) <= today
    for annulation in feed.annulations:
        assert feed.debut <= day(annulation["date"]) <= today
    for inscription in feed.inscriptions:
        assert day(inscription["date_effet"]) <= today
        assert day(inscription["date_naissance"]) <= today


@pytest.mark.parametrize(("seed", "today"), PORTFOLIOS)
def test_care_is_of_the_two_years_or_of_the_december_before_and_comes_before_its_payment(
    seed: int, today: date
) -> None:
    feed = read_feed(seed, today)
    for decompte in feed.decomptes:
        paid = day(decompte["date_paiement"])
        for ligne in decompte["lignes"]:
            cared = day(ligne["date_soin"])
            assert date(feed.debut.year - 1, 12, 1) <= cared <= paid, ligne
            assert cared >= feed.births[decompte["numero_adherent"], ligne["beneficiaire"]], "care before birth"


@pytest.mark.parametrize(("seed", "today"), PORTFOLIOS)
def test_a_line_of_origin_is_a_line_of_the_same_member_and_emitter(seed: int, today: date) -> None:
    feed = read_feed(seed, today)
    known = {
        (d["emetteur"], d["reference"], ligne["ligne"]): (d["numero_adherent"], ligne)
        for d in feed.decomptes
        for ligne in d["lignes"]
    }
    found = missing = 0
    for decompte in feed.decomptes:
        for ligne in decompte["lignes"]:
            if "ligne_origine" not in ligne:
                continue
            origine = ligne["ligne_origine"]
            assert origine["emetteur"] == decompte["emetteur"]
            if tuple(origine.values()) not in known:
                missing += 1  # its décompte is late and has not arrived today
                continue
            found += 1
            numero, source = known[tuple(origine.values())]
            assert numero == decompte["numero_adherent"]
            for name in ("beneficiaire", "date_soin"):
                assert source[name] == ligne[name]
    assert found > 100
    assert missing < found * 0.1
