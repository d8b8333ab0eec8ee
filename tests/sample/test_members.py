"""The members of the sample look like people: families, ages, contracts, caisses, registrations."""

from collections import Counter, defaultdict

import pytest

from infra.sample.portefeuille import members_of
from tests.sample.feeds import Feed, read_feed
from tests.sample.fold import read_splits
from tests.sample.oracle import ALSACE_MOSELLE, age
from tests.sample.test_events import MEMBERS, SEED, TODAY, payments, share


@pytest.fixture(scope="module")
def feed() -> Feed:
    return read_feed(SEED, TODAY, MEMBERS)


def test_members_differ_much_and_older_ones_have_more_care(feed: Feed) -> None:
    born = {numero: birth for (numero, beneficiaire), birth in feed.births.items() if beneficiaire == "01"}
    counts = Counter(decompte["numero_adherent"] for decompte in feed.decomptes)
    assert min(counts[numero] for numero in born) < 20
    assert 100 < max(counts.values()) < 250
    people: dict[bool, set[tuple[str, str]]] = {True: set(), False: set()}
    for person, birth in feed.births.items():
        people[age(birth, TODAY) >= 60].add(person)
    soins: Counter[tuple[str, str]] = Counter()
    for split_key in {
        (d["numero_adherent"], ligne["beneficiaire"], ligne["soin"]) for d in payments(feed) for ligne in d["lignes"]
    }:
        soins[split_key[0], split_key[1]] += 1
    means = {is_old: share(sum(soins[p] for p in who), len(who)) for is_old, who in people.items()}
    assert means[True] > 1.5 * means[False]


def test_members_are_registered_some_twice_some_never_some_without_email(feed: Feed) -> None:
    registrations = Counter(message["numero_adherent"] for message in feed.inscriptions)
    assert 0.005 <= share(MEMBERS - len(registrations), MEMBERS) <= 0.05
    assert 0.04 <= share(sum(times > 1 for times in registrations.values()), MEMBERS) <= 0.2
    without_email = sum("email" not in message for message in feed.inscriptions)
    assert 0.02 <= share(without_email, len(feed.inscriptions)) <= 0.14
    emails: dict[str, set[str]] = defaultdict(set)
    for message in feed.inscriptions:
        if "email" in message:
            emails[message["numero_adherent"]].add(message["email"])
    assert 0.02 <= share(sum(len(known) > 1 for known in emails.values()), MEMBERS) <= 0.14
    every_email = [email for known in emails.values() for email in known]
    assert len(every_email) == len(set(every_email))
    unknown = {d["numero_adherent"] for d in feed.decomptes} - set(registrations)
    assert unknown, "adherent_inconnu must occur"


def test_families_have_spouses_and_children(feed: Feed) -> None:
    sizes = Counter(numero for numero, _ in feed.births)
    assert 1.7 <= share(sum(sizes.values()), MEMBERS) <= 2.8
    assert 0.2 <= share(sum(size == 1 for size in sizes.values()), MEMBERS) <= 0.5
    children = sum(age(birth, TODAY) < 18 for birth in feed.births.values())
    assert 0.1 <= share(children, len(feed.births)) <= 0.3


def test_a_tenth_of_the_members_or_so_is_in_alsace_moselle(feed: Feed) -> None:
    caisses = {d["numero_adherent"]: d["emetteur"] for d in feed.decomptes if d["payeur"] == "regime_obligatoire"}
    local = [numero for numero, caisse in caisses.items() if caisse in ALSACE_MOSELLE]
    assert 0.06 <= share(len(local), MEMBERS) <= 0.2
    assert set(caisses.values()) >= ALSACE_MOSELLE


def test_better_contracts_leave_less_to_the_member(feed: Feed) -> None:
    levels = {a.numero: a.niveau for a in members_of(members=MEMBERS, seed=SEED, today=TODAY) if a.autre is None}
    left: dict[int, list[int]] = defaultdict(list)
    for (numero, _), split in read_splits(SEED, TODAY, MEMBERS).items():
        if split.acte == "CS" and numero in levels and split.paid["smi"] > 0:
            left[levels[numero]].append(split.reste_a_charge)
    means = [share(sum(left[level]), len(left[level])) for level in (0, 1, 2)]
    assert means[0] > means[1] + 500
    assert means[1] > means[2] + 200
