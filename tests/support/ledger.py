"""The real services on a fresh database, and plain messages to feed them."""

import json
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from typing import Any

from commands.intake.take import Incoming, Outcome, Source
from commands.ports import Provenance
from infra.bootstrap import Services, open_services
from infra.settings import Settings

MASTER_KEY = b"une cle maitre de 32 octets ici."
SOURCE = Source(origine="test", deposant="source:*")
PROVENANCE = Provenance(actor="test", trace_id="0" * 32)


@contextmanager
def services_on(url: str, **settings: Any) -> Iterator[Services]:
    """Everything wired on this database."""
    with open_services(Settings(database_url=url, master_key=MASTER_KEY, **settings)) as services:
        yield services


def soin_line(ligne: str = "1", **changes: Any) -> dict[str, Any]:
    """A plain payment line: a consultation."""
    return {
        "ligne": ligne,
        "soin": "F1-1",
        "nature": "prestation",
        "beneficiaire": "01",
        "date_soin": "2026-03-10",
        "acte": "G",
        "libelle": "Consultation généraliste",
        "categorie": "consultations",
        "quantite": 1,
        "depense": 3000,
        "base": 3000,
        "taux_pb": 7000,
        "montant": 2100,
    } | changes


def decompte(reference: str = "R-1", **changes: Any) -> dict[str, Any]:
    """A plain décompte of the régime obligatoire; its total follows its lines."""
    message = {
        "type": "decompte",
        "version": 1,
        "emetteur": "cpam-751",
        "reference": reference,
        "payeur": "regime_obligatoire",
        "rang": 1,
        "numero_adherent": "00412345",
        "date_paiement": "2026-03-14",
        "destinataire": "adherent",
        "lignes": [soin_line()],
    } | changes
    return {"total": sum(ligne["montant"] for ligne in message["lignes"])} | message


def annulation(annule: str = "R-1", **changes: Any) -> dict[str, Any]:
    """A plain annulation."""
    return {
        "type": "annulation",
        "version": 1,
        "emetteur": "cpam-751",
        "reference": f"A-{annule}",
        "annule": annule,
        "numero_adherent": "00412345",
        "date": "2026-04-02",
        "motif": "double_paiement",
    } | changes


def adherent(**changes: Any) -> dict[str, Any]:
    """A plain registration of a member."""
    return {
        "type": "adherent",
        "version": 1,
        "emetteur": "smi",
        "reference": "AD-1",
        "numero_adherent": "00412345",
        "date_effet": "2026-01-01",
        "nom": "Lovelace",
        "prenom": "Ada",
        "date_naissance": "1980-02-03",
        "email": "ada@exemple.fr",
    } | changes


def encode(message: dict[str, Any]) -> bytes:
    """A message as a feed line."""
    return json.dumps(message, ensure_ascii=False).encode()


def take(services: Services, *messages: dict[str, Any] | bytes, dry_run: bool = False) -> list[Outcome]:
    """Hand messages in as one batch."""
    raws = [message if isinstance(message, bytes) else encode(message) for message in messages]
    batch = [Incoming(raw=raw, ligne=number) for number, raw in enumerate(raws, 1)]
    return services.intake.take(batch, source=SOURCE, provenance=PROVENANCE, dry_run=dry_run)


def take_one(services: Services, message: dict[str, Any]) -> Outcome:
    """Hand one message in."""
    [outcome] = take(services, message)
    return outcome


def portfolio(count: int, *, members: int = 7) -> Sequence[dict[str, Any]]:
    """Many small décomptes of a few members, all different, with some annulations and registrations."""
    messages: list[dict[str, Any]] = []
    for index in range(count):
        numero = f"{index % members:08d}"
        if index % 20 == 19:
            messages.append(annulation(f"P-{index - members}", numero_adherent=numero))
        elif index % 50 == 17:
            messages.append(adherent(reference=f"AD-{index}", numero_adherent=numero))
        else:
            line = soin_line(soin=f"S-{index // 2}", montant=100 + index)
            messages.append(decompte(f"P-{index}", numero_adherent=numero, lignes=[line]))
    return messages
