"""A member with something in every table, long ago enough to be forgotten, and every word that must not be left."""

import re
import subprocess
from collections.abc import Sequence
from dataclasses import replace
from datetime import UTC, date, datetime
from pathlib import Path

import psycopg
from pyarrow import parquet

from commands.ports import Provenance
from commands.sinistre.declare import DeclareSinistre
from commands.sinistre.follow import Step
from infra.audit.calcul import balance_at
from infra.audit.export import export_journal
from infra.audit.parquet import write_parquet
from infra.auth.comptes import Comptes, Identite
from infra.auth.journal_acces import Regard
from infra.auth.roles import Role
from infra.bootstrap import Services
from infra.embedded.binaries import locate_binaries
from infra.notifications.frequences import Frequence
from ledger.adherent.events import BaseEffacement
from ledger.sinistre.etats import Circonstance, OrigineSinistre
from ledger.sinistre.events import TiersResponsable
from readmodels.vues_audit import BalanceGenerale
from tests.support.ledger import adherent, annulation, decompte, soin_line, take

NUMERO = "0770001234"
OTHER = "0990005678"
SINISTRE = "SIN-2013-000777"
BASE = BaseEffacement.DONNEES_PLUS_NECESSAIRES
PROVENANCE = Provenance(actor="test", trace_id="7" * 32)

WORDS = (
    NUMERO, "Quenneville", "Zéphyrine", "zephyrine.q@exemple.fr", "+33611223344", "1975-04-09", "Isidore", "2011-12-13",
    "HBLD634", "Couronne dentaire", "dentaire", "motif confidentiel", "Place Bellecour", "Renversée par un scooter",
    "Fracture du poignet", "Barnabé Lecoq", "Assurances du Rhône", "POL-99812", "appel de Zéphyrine",
)  # fmt: skip
"""What is personal of her, each word found nowhere else."""

PUBLIC = ("SMI-2013-77", "A-CPAM-2013-1", SINISTRE)
"""What accounting keeps: a scan that did not find these would look at nothing."""


def old_decompte(reference: str, **changes: object) -> dict[str, object]:
    """A décompte of hers, of an accounting year that must no longer be kept."""
    line = soin_line(
        soin="F-77", acte="HBLD634", libelle="Couronne dentaire", categorie="dentaire", date_soin="2013-03-10",
        depense=3000, montant=900, motif="motif confidentiel",
    )  # fmt: skip
    message = decompte(
        reference,
        emetteur="smi",
        payeur="smi",
        rang=2,
        numero_adherent=NUMERO,
        date_paiement="2013-03-14",
        lignes=[line],
    )
    return message | changes


def fill(services: Services) -> None:
    """Everything that the ledger may hold of her, and another member beside her."""
    registration = adherent(
        reference=f"AD-{NUMERO}", numero_adherent=NUMERO, nom="Quenneville", prenom="Zéphyrine",
        date_naissance="1975-04-09", email="zephyrine.q@exemple.fr", telephone="+33611223344",
        beneficiaires=[{"beneficiaire": "02", "prenom": "Isidore", "date_naissance": "2011-12-13"}],
    )  # fmt: skip
    cpam = decompte("CPAM-2013-1", numero_adherent=NUMERO, date_paiement="2013-03-12")
    take(
        services,
        registration,
        old_decompte("SMI-2013-77"),
        cpam,
        annulation("CPAM-2013-1", numero_adherent=NUMERO, date="2013-04-02", motif="motif confidentiel"),
        old_decompte("SMI-2013-77", date_paiement="2013-03-15"),
        b'{"numero_adherent": "0770001234", "nom": "Quenneville", cass\xc3\xa9',
        decompte("R-AUTRE", numero_adherent=OTHER),
        decompte("R-AUTRE", numero_adherent=OTHER, rang=4),
    )
    declare(services)
    services.projection_worker().catch_up()
    sujet = services.members.find(NUMERO)
    assert sujet is not None
    now = datetime.now(UTC)
    comptes = Comptes(services.keyring)
    with services.datastore.transaction(commit=True) as cursor:
        for beneficiaire in (None, "02"):
            identite = Identite(numero=NUMERO, beneficiaire=beneficiaire)
            comptes.create(cursor, identite, role=Role.ADHERENT, sujet=sujet, now=now)
        for state in ("attend", "parti"):
            services.outbox.put(
                cursor,
                cle=f"code:{state}:{NUMERO}",
                destinataire="zephyrine.q@exemple.fr",
                objet="Bonjour Zéphyrine",
                texte="Votre remboursement : Couronne dentaire",
                sujet=sujet,
            )
        cursor.execute(
            "UPDATE courriel SET etat = 'envoye', clos_at = now() WHERE id = (SELECT min(id::text)::uuid FROM courriel)"
        )
    services.preferences.choose(sujet, None, Frequence.HEBDOMADAIRE)
    services.tokens.create(Role.ADHERENT, subject=NUMERO)
    regard = Regard("compte:1", Role.AUDITEUR, services.keyring.numero_empreinte(NUMERO), "releves/2013")
    services.journal_acces.write(regard, motif="appel de Zéphyrine")


def declare(services: Services) -> None:
    """A sinistre of hers, open."""
    command = DeclareSinistre(
        numero_adherent=NUMERO,
        cle="c",
        origine=OrigineSinistre.ADHERENT,
        le=date(2013, 4, 1),
        beneficiaire="01",
        date_accident=date(2013, 3, 10),
        circonstance=Circonstance.CIRCULATION,
        lieu="Place Bellecour",
        recit="Renversée par un scooter",
        blessures="Fracture du poignet",
        tiers=TiersResponsable(nom="Barnabé Lecoq", assureur="Assurances du Rhône", contrat="POL-99812"),
        reference=SINISTRE,
    )
    services.recours.declarations.handle(command, PROVENANCE)


def drop(services: Services) -> None:
    """Her sinistre is classé sans suite."""
    step = Step(reference=SINISTRE, attendu=None, le=date(2013, 5, 1), motif="motif confidentiel")
    services.recours.hold.drop(step, PROVENANCE)


def dump(url: str) -> str:
    """The whole database as `pg_dump` writes it, binary columns in hexadecimal."""
    program = locate_binaries(None).program("pg_dump")
    done = subprocess.run([program, "--dbname", url], capture_output=True, check=True, timeout=60)
    return re.sub(r"restrict \w+", "", done.stdout.decode())  # a random word of each dump


def found_in(text: str, words: Sequence[str] = WORDS) -> set[str]:
    """Which words a dump holds, as text or as the hexadecimal of their bytes."""
    lowered = text.lower()
    return {word for word in words if word.lower() in lowered or word.encode().hex() in lowered}


def trial_balance(services: Services) -> BalanceGenerale:
    """The balance over all soins, its place and its instant aside: what an erasure must not change."""
    services.projection_worker().catch_up()
    found = balance_at(services.url, services.journal.position())
    return replace(found, position=0, enregistre_at=None)


def exported(services: Services, folder: Path) -> str:
    """Everything that auditors take away, as text: the journal as NDJSON, the ledger as Parquet."""
    head = services.journal.position()
    with psycopg.connect(services.url, autocommit=True) as connection:
        texts = [chunk.decode() for _, chunk in export_journal(connection, after=0, upto=head)]
    write_parquet(services.url, folder, head)
    texts += [str(parquet.read_table(file).to_pylist()) for file in sorted(folder.rglob("*.parquet"))]
    return "\n".join(texts)
