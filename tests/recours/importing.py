"""A portfolio of claims and a bordereau about it; and a program that imports one, to be killed in the middle.

python -m tests.recours.importing URL FILE
"""

import sys
from collections.abc import Iterator
from datetime import date
from pathlib import Path

from commands.ports import Provenance
from commands.sinistre.declare import DeclareSinistre
from commands.sinistre.follow import Step
from infra.bootstrap import Services
from infra.recours.bordereaux import CSV_TYPE, read_bordereau
from ledger.sinistre.etats import Circonstance, OrigineSinistre
from tests.support.ledger import decompte, services_on, soin_line, take

TODAY = date(2026, 7, 1)
AGREED = 500_000
"""Of every sinistre, in cents: the worked example."""

CYCLE = ("partiel", "double", "excedentaire", "non_rapproche", "partiel", "rapproche", "excedentaire", "double")
"""What the lines of one sinistre are, in order."""


def provenance(number: int) -> Provenance:
    return Provenance(actor="test", trace_id=f"{number:032x}")


def claim(services: Services, count: int) -> list[str]:
    """So many sinistres with an accord, and a last one that was never claimed."""
    recours = services.recours
    numeros = [f"B{index:06d}" for index in range(count + 1)]
    messages = []
    for numero in numeros:
        for payeur, rang, emetteur, montant in (("regime_obligatoire", 1, "cpam", 760_000), ("smi", 2, "smi", 180_000)):
            ligne = soin_line(montant=montant, depense=1_000_000, base=1_000_000)
            messages.append(
                decompte(numero, emetteur=emetteur, payeur=payeur, rang=rang, numero_adherent=numero, lignes=[ligne])
            )
    take(services, *messages)
    references = []
    for index, numero in enumerate(numeros):
        who = provenance(index + 1)
        command = DeclareSinistre(
            numero_adherent=numero,
            cle="c",
            origine=OrigineSinistre.ASSIA,
            le=date(2026, 4, 1),
            beneficiaire="01",
            date_accident=date(2026, 3, 10),
            circonstance=Circonstance.CIRCULATION,
            reference=f"SIN-{numero}",
        )
        reference = recours.declarations.handle(command, who).reference
        references.append(reference)
        step = Step(reference=reference, attendu=None, le=date(2026, 4, 2))
        recours.follow.list_sinistre(step, who)
        recours.follow.open_sinistre(step, who)
        recours.hold.attach(step, ["F1-1"], who)
        recours.recover.state_creance(step, who)
        if index < count:
            recours.follow.claim(step, who)
            recours.follow.agree(step, 5_000, who)
    return references


def bordereau_of(references: list[str], lines: int) -> tuple[bytes, dict[str, str]]:
    """A bordereau of so many lines, every kind of gap in it, and the class that each line is expected in."""
    rows, expected = ["ligne;sinistre;reference_paiement;date_encaissement;montant"], {}
    claimed, unclaimed = references[:-1], references[-1]
    for number, (kind, reference, paiement, montant) in enumerate(_lines(claimed, unclaimed, lines), 1):
        rows.append(f"{number};{reference};{paiement};2026-06-10;{montant // 100},{montant % 100:02d}")
        expected[str(number)] = kind
    return "\r\n".join(rows).encode(), expected


def _lines(claimed: list[str], unclaimed: str, lines: int) -> Iterator[tuple[str, str, str, int]]:
    """Round after round over the sinistres: their lines are far apart, as a real bordereau has them."""
    given = 0
    for turn, kind in enumerate(CYCLE):
        for index, reference in enumerate(claimed):
            if given == lines:
                return
            given += 1
            paiement = f"VIR-{index}-{turn}"
            if kind == "partiel":
                yield kind, reference, paiement, 100_000 + turn
            elif kind == "rapproche":
                yield (
                    kind,
                    reference,
                    paiement,
                    AGREED - 200_000 - sum(t for t, k in enumerate(CYCLE) if k == "partiel"),
                )
            elif kind == "double":
                first = max(t for t, k in enumerate(CYCLE[:turn]) if k in ("partiel", "rapproche"))
                yield kind, reference, f"VIR-{index}-{first}", 100_000 + first
            elif kind == "excedentaire":
                yield kind, reference, paiement, 2 * AGREED
            else:
                yield kind, ("SIN-INCONNU", unclaimed)[index % 2], paiement, 10_000


def fill(services: Services) -> None:
    """A few sinistres with money, and a bordereau with gaps: every kind of row about recoveries."""
    references = claim(services, 2)
    content, _ = bordereau_of(references, 2 * len(CYCLE))
    bordereau = read_bordereau(content, CSV_TYPE, reference="B-1")
    services.recours.bordereaux.commit(bordereau, provenance(0), today=TODAY)


def main() -> None:
    """Import, saying how far it is."""
    url, file = sys.argv[1:]
    content = Path(file).read_bytes()
    with services_on(url) as services:
        bordereau = read_bordereau(content, CSV_TYPE, reference="B-1")
        services.recours.bordereaux.commit(
            bordereau, provenance(0), today=TODAY, progress=lambda done: print(done, flush=True)
        )


if __name__ == "__main__":
    main()
