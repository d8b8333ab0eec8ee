"""What section 5 of the domain notes says of a whole feed: each check raises AssertionError with the line at fault."""

from collections import defaultdict
from datetime import date, timedelta

from tests.sample import oracle
from tests.sample.feeds import Feed, Ligne, Message, lines_of

YearKey = tuple[str, str, str, str]
"""(member, beneficiary, nature of the deduction, year of care)."""

ABOUT_THE_CAP = 4500
"""Cents. A year whose cap is reached may show a little less than 50,00: a last notice may not have arrived."""


def check_prices(feed: Feed) -> None:
    for decompte, ligne in prestations(feed):
        acte, le, quantite = ligne["acte"], oracle.care_day(ligne), ligne["quantite"]
        assert acte in oracle.ACTES, ligne
        price = oracle.price(acte, le)
        if price is not None:
            assert ligne["depense"] == price * quantite, ligne
        if acte == "CS":
            assert 5000 <= ligne["depense"] <= 6000, ligne
        if decompte["payeur"] == "regime_obligatoire" and acte != "FJH":
            base = oracle.base(acte, ligne["depense"])
            assert base is None or ligne["base"] == base, ligne
            assert ligne["base"] <= ligne["depense"]


def check_rates(feed: Feed) -> None:
    for decompte, ligne in prestations(feed):
        acte, le = ligne["acte"], oracle.care_day(ligne)
        allowed = oracle.rates(acte, le)
        if decompte["payeur"] != "regime_obligatoire":
            assert "taux_pb" not in ligne or ligne["taux_pb"] in {rate * 100 for rate in allowed}, ligne
            continue
        if acte == "FJH":
            assert (ligne["base"], ligne["montant"]) == (0, 0)
            continue
        rate, rest = divmod(ligne["taux_pb"], 100)
        assert rest == 0
        assert rate in allowed, ligne
        if rate == 30 and acte in ("G", "CS"):
            assert age_of(feed, decompte, ligne) >= 18, "children are never out of the parcours de soins"
        full = oracle.share(ligne["base"], rate)
        if acte == "GHS" and rate == 100:
            assert ligne["montant"] in (full, full - oracle.heavy_act_share(le)), ligne
        else:
            assert ligne["montant"] == full, ligne
    for decompte in feed.decomptes:
        for ligne in lines_of(decompte, "prestation"):
            if ligne["libelle"] == "Participation forfaitaire acte lourd":
                assert unsigned_amount(ligne) == oracle.heavy_act_share(oracle.care_day(ligne)), ligne


def check_deductions(feed: Feed) -> None:
    owed_in_all = owed_deductions(feed)
    acts = acts_by_soin(feed)
    origins = {(d["emetteur"], d["reference"], ligne["ligne"]): ligne for d in feed.decomptes for ligne in d["lignes"]}
    for decompte in feed.decomptes:
        for ligne in decompte["lignes"]:
            nature = ligne["nature"]
            if nature not in ("participation_forfaitaire", "franchise"):
                continue
            assert decompte["payeur"] == "regime_obligatoire"
            assert age_of(feed, decompte, ligne) >= 18, ligne
            source = origins.get(tuple(ligne.get("ligne_origine", {}).values()), ligne)
            found = acts.get((decompte["numero_adherent"], source["soin"]))
            if found is None or ("ligne_origine" in ligne and source is ligne):
                continue  # the payment it comes from is late and has not arrived today
            acte, quantite = found
            assert deduction_nature(acte) == nature, (acte, ligne)
            full = full_deduction(acte, quantite, oracle.care_day(ligne))
            amount = abs(ligne["montant"])
            assert 0 < amount <= full, ligne
            if amount < full:
                assert owed_in_all[year_key(decompte, ligne, nature)] >= ABOUT_THE_CAP, "only the cap cuts a deduction"


def check_caps(feed: Feed) -> None:
    assert all(total <= 5000 for total in gross_deductions(feed).values())


def check_majorations(feed: Feed) -> None:
    for decompte in feed.decomptes:
        for ligne in lines_of(decompte, "majoration_hors_parcours"):
            paid = [p for p in lines_of(decompte, "prestation") if p["soin"] == ligne["soin"]]
            same_sign = [p for p in paid if (p["montant"] > 0) == (ligne["montant"] < 0)]
            base = abs(same_sign[0]["base"])
            assert same_sign[0]["acte"] in ("G", "CS")
            assert same_sign[0]["taux_pb"] == 7000
            assert abs(ligne["montant"]) == oracle.share(base, 70) - oracle.share(base, 30), ligne


def check_local_scheme(feed: Feed) -> None:
    for decompte in feed.decomptes:
        if decompte["payeur"] != "regime_obligatoire":
            continue
        local = {(p["soin"], p["montant"]) for p in lines_of(decompte, "complement_local")}
        expected = {
            (p["soin"], oracle.share(abs(p["base"]), 20) * (1 if p["quantite"] > 0 else -1))
            for p in lines_of(decompte, "prestation")
            if p.get("taux_pb") == 7000 and decompte["emetteur"] in oracle.ALSACE_MOSELLE
        }
        assert local == expected, decompte


def check_psychologist(feed: Feed) -> None:
    sessions: dict[tuple[str, str, int], dict[str, tuple[date, int]]] = defaultdict(dict)
    for decompte, ligne in prestations(feed):
        if ligne["acte"] in ("EEP", "PSS"):
            le = oracle.care_day(ligne)
            sessions[decompte["numero_adherent"], ligne["beneficiaire"], le.year][ligne["soin"]] = (
                le,
                ligne["depense"],
            )
    for (_, _, year), found in sessions.items():
        dated = sorted(found.values())
        assert len(dated) <= oracle.sessions_a_year(date(year, 12, 31))
        assert sum(le < date(2024, 6, 15) for le, _ in dated) <= 8
        if len(dated) > 1 and dated[0][0] < date(2024, 6, 15):
            assert all(price in (3000, 5000) for _, price in dated[1:])


def check_stays(feed: Feed) -> set[str]:
    """Which kinds of stay were seen; what a person in ALD pays does not tell, since all is paid in full."""
    seen = set()
    for decompte in feed.decomptes:
        if decompte["payeur"] != "regime_obligatoire":
            continue
        by_act = {ligne["acte"]: ligne for ligne in lines_of(decompte, "prestation")}
        if "GHS" not in by_act:
            continue
        stay, surgeon = by_act["GHS"], by_act.get("ADC")
        left = stay["base"] - stay["montant"]
        if surgeon is not None and surgeon["base"] >= 12000:
            assert (stay["taux_pb"], surgeon["taux_pb"]) == (10000, 10000)
            assert left in (0, oracle.heavy_act_share(oracle.care_day(stay)))
            seen.add("heavy" if left else "ald")
        elif left == 0:
            assert {ligne["taux_pb"] for ligne in (stay, surgeon) if ligne} == {10000}
            seen.add("ald")
        else:
            assert {ligne["taux_pb"] for ligne in (stay, surgeon) if ligne} == {8000}
            seen.add("light")
    return seen


def check_hospital_days(feed: Feed) -> None:
    for _, ligne in prestations(feed):
        if ligne["acte"] != "FJH":
            continue
        first = oracle.care_day(ligne)
        days = [first + timedelta(days=n) for n in range(ligne["quantite"])]
        assert ligne["depense"] == sum(oracle.price("FJH", le) or 0 for le in days), ligne


def prestations(feed: Feed) -> list[tuple[Message, Ligne]]:
    """Every prestation line with its décompte; what a régularisation takes back is judged as it was paid."""
    return [(d, oracle.unsigned(ligne)) for d in feed.decomptes for ligne in lines_of(d, "prestation")]


def gross_deductions(feed: Feed) -> dict[YearKey, int]:
    """Deductions by member, beneficiary, nature and year of care, even those given back later (cents)."""
    gross: dict[YearKey, int] = defaultdict(int)
    for decompte in feed.decomptes:
        for ligne in decompte["lignes"]:
            if ligne["nature"] in ("participation_forfaitaire", "franchise"):
                gross[year_key(decompte, ligne, ligne["nature"])] += max(0, -ligne["montant"])
    return gross


def owed_deductions(feed: Feed) -> dict[YearKey, int]:
    """What the care of a person would owe in a year without any cap (cents), taken back yet or not."""
    full = {}
    for decompte, ligne in prestations(feed):
        nature = deduction_nature(ligne["acte"])
        soin = decompte["numero_adherent"], ligne["soin"]
        if nature is not None and (decompte["payeur"] == "regime_obligatoire" or soin not in full):
            amount = full_deduction(ligne["acte"], ligne["quantite"], oracle.care_day(ligne))
            full[soin] = year_key(decompte, ligne, nature), amount
    owed: dict[YearKey, int] = defaultdict(int)
    for key, amount in full.values():
        owed[key] += amount
    return owed


def year_key(decompte: Message, ligne: Ligne, nature: str) -> YearKey:
    return decompte["numero_adherent"], ligne["beneficiaire"], nature, ligne["date_soin"][:4]


def full_deduction(acte: str, quantite: int, le: date) -> int:
    """The deduction of one soin before any cap, in cents."""
    if deduction_nature(acte) == "participation_forfaitaire":
        return oracle.participation(le) * quantite
    return oracle.franchise(acte, le) * quantite


def acts_by_soin(feed: Feed) -> dict[tuple[str, str], tuple[str, int]]:
    """The act and quantity of each soin."""
    return {
        (decompte["numero_adherent"], ligne["soin"]): (ligne["acte"], ligne["quantite"])
        for decompte, ligne in prestations(feed)
    }


def deduction_nature(acte: str) -> str | None:
    if acte in oracle.MEDECINS:
        return "participation_forfaitaire"
    if acte in oracle.MEDICAMENTS or acte in oracle.PARAMEDICAUX or acte == "VSL":
        return "franchise"
    return None


def has_another_story(feed: Feed, decompte: Message) -> bool:
    """Corrections judge the lines of others, and a payment annulled for a wrong beneficiary is not that person's."""
    cancelled = {(a["emetteur"], a["annule"]) for a in feed.annulations}
    return (decompte["emetteur"], decompte["reference"]) in cancelled or any(
        "motif" in ligne for ligne in decompte["lignes"]
    )


def age_of(feed: Feed, decompte: Message, ligne: Ligne) -> int:
    return oracle.age(feed.births[decompte["numero_adherent"], ligne["beneficiaire"]], oracle.care_day(ligne))


def unsigned_amount(ligne: Ligne) -> int:
    return int(oracle.unsigned(ligne)["montant"])
