"""Sinistres of the sample: nothing recovered twice, nobody's reste à charge moved, a balance that is the ledger."""

from collections.abc import Iterable
from datetime import date
from uuid import UUID

from commands.intake.take import Incoming
from commands.ports import Provenance
from commands.sinistre.declare import DeclareSinistre
from commands.sinistre.follow import Step
from infra.bootstrap import Services
from infra.verify.verify import verify
from ledger.payeurs import Payeur
from ledger.recours.charges import EMETTEUR_RECOURS, charges_of
from ledger.sinistre.etats import Circonstance, OrigineSinistre
from readmodels.ecarts import ecarts
from readmodels.recours_ensemble import balance
from tests.recours.sample import TODAY, Accident, accidents, history_of
from tests.recours.totals import balance_of
from tests.support.ledger import SOURCE

SINISTRES, SINISTRES_FULL_SIZE = 25, 1_000

RESPONSABILITES_PB = (10_000, 7_500, 5_000, 2_500, 500)


def test_sample_sinistres_are_recovered_within_what_was_paid_and_move_no_reste_a_charge(
    services: Services, is_full_size: bool
) -> None:
    count = SINISTRES_FULL_SIZE if is_full_size else SINISTRES
    found = accidents(count)
    members = {accident.adherent.numero: accident.adherent for accident in found}
    for adherent in members.values():
        take(services, history_of(adherent, with_recoveries=False))
    services.projection_worker().catch_up()
    before = restes(services, members)

    received = 0
    for number, accident in enumerate(found):
        received += recover(services, accident, number)
    services.projection_worker().catch_up()

    assert restes(services, members) == before
    totals = balance_of(services)
    assert totals.nombre == count
    assert totals.solde.recu == received == recovered_in_the_journal(services)
    assert totals.solde.reste == 0
    seen = 0
    for member in services.recours.reads.all_members(is_whole=True):
        for connu in member.sinistres:
            charges = charges_of(member.dossier, connu.sinistre.soins)
            paid = sum(charge.smi for charge in charges)
            smi = sum(montant for (qui, _), montant in connu.sinistre.partage.items() if qui == "smi")
            assert 0 <= smi <= paid
            assert ecarts(connu, member.dossier) == []
            seen += 1
    assert seen == count
    ensemble = services.recours.tenus.read(TODAY)
    assert balance((part.argent for part in ensemble.parts), position=ensemble.position) == totals
    assert [ecart for part in ensemble.parts for ecart in part.ecarts] == []
    assert verify(services).faults == []


def test_what_feeds_shared_is_what_the_rule_gives(services: Services) -> None:
    """The recoveries of the sample are shared by its generator; compared with the rule, there is no gap."""
    found = accidents(SINISTRES)
    for accident in found:
        take(services, history_of(accident.adherent, with_recoveries=True))
        declare(services, accident, 1)
    services.projection_worker().catch_up()
    with_money = 0
    for member in services.recours.reads.all_members(is_whole=True):
        for connu in member.sinistres:
            assert [e for e in ecarts(connu, member.dossier) if e.code != "creance_perimee"] == []
            with_money += any(d.payeur is Payeur.RECOURS_TIERS for d in member.dossier.decomptes.values())
    assert with_money > SINISTRES // 2


def recover(services: Services, accident: Accident, number: int) -> int:
    """From the declaration to the last cent, in one to three parts; returns what was received."""
    recours = services.recours
    sinistre = declare(services, accident, number)
    step = Step(reference=sinistre, attendu=None, le=TODAY)
    recours.follow.claim(step, who(number))
    share = RESPONSABILITES_PB[number % len(RESPONSABILITES_PB)]
    recours.follow.agree(step, share, who(number))
    services.projection_worker().catch_up()
    known = recours.reads.sinistre(sinistre)
    assert known is not None
    owed = known[1].sinistre.accorde_centimes
    assert owed is not None
    parts = [owed // 3, owed // 5] if number % 3 == 1 else [owed // 2] if number % 3 == 2 else []
    for part in [*(p for p in parts if p), owed - sum(parts)]:
        if part:
            recours.recover.receive(step, part, who(number))
    return owed


def declare(services: Services, accident: Accident, number: int) -> str:
    recours = services.recours
    command = DeclareSinistre(
        numero_adherent=accident.adherent.numero,
        cle=accident.sinistre,
        origine=OrigineSinistre.ASSIA,
        le=TODAY,
        beneficiaire="01",
        date_accident=date(TODAY.year - 1, 1, 1),
        circonstance=Circonstance.CIRCULATION,
        reference=accident.sinistre,
    )
    reference = recours.declarations.handle(command, who(number)).reference
    step = Step(reference=reference, attendu=None, le=TODAY)
    recours.follow.list_sinistre(step, who(number))
    recours.follow.open_sinistre(step, who(number))
    sujet = services.members.find(accident.adherent.numero)
    assert sujet is not None
    known = recours.reads.read(sujet).dossier.soins
    recours.hold.attach(step, sorted(soin for soin in accident.soins if soin in known), who(number))
    recours.recover.state_creance(step, who(number))
    return reference


def take(services: Services, lines: list[bytes]) -> None:
    batch = [Incoming(raw=line) for line in lines]
    services.intake.take(batch, source=SOURCE, provenance=Provenance(actor="test", trace_id="0" * 32))


def who(number: int) -> Provenance:
    return Provenance(actor="test", trace_id=f"{number:032x}")


def restes(services: Services, numeros: Iterable[str]) -> dict[UUID, dict[str, tuple[int, int]]]:
    """The reste à charge and the dépense of every soin of every member."""
    sujets = services.members.resolve(list(numeros), create=False).values()
    found = {}
    for sujet in sujets:
        [member] = services.recours.reads.members([sujet])
        found[sujet] = {name: (s.split.reste_a_charge, s.split.depense) for name, s in member.dossier.soins.items()}
    return found


def recovered_in_the_journal(services: Services) -> int:
    """The sum of the recovery events themselves."""
    with services.datastore.get_connection() as connection:
        row = connection.execute(
            "SELECT coalesce(sum((convert_from(state, 'UTF8')::json -> 'faits' ->> 'total')::bigint), 0) AS total"
            "  FROM stored_events WHERE topic = 'decompte.recours_tiers.recorded'"
            "   AND convert_from(state, 'UTF8')::json -> 'faits' ->> 'emetteur' = %s",
            (EMETTEUR_RECOURS,),
        ).fetchone()
    return int(row["total"])
