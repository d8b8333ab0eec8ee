"""Assia at work: what a test does through HTTP, step by step, at the version that it has read."""

from typing import Any

import httpx

from infra.auth.roles import Role
from tests.support.ledger import annulation, decompte, soin_line
from tests.support.serving import Served, decoded

PARTIES = ("victime", "regime_obligatoire", "smi", "autre_mutuelle")


class Desk:
    """One member, one sinistre after the other."""

    def __init__(self, served: Served, *, numero: str) -> None:
        self.served = served
        self.numero = numero
        self.reference = f"SIN-{numero}"
        self.version = 0
        self.position = 0

    # What payers send.

    def pay(
        self, soin: str = "F1-1", *, depense: int, ro: int, smi: int, autre: int = 0, date_soin: str = "2026-03-10"
    ) -> None:
        """Every payer pays its part of one soin."""
        parts = (
            ("regime_obligatoire", 1, "cpam-751", ro),
            ("smi", 2, "smi", smi),
            ("autre_mutuelle", 3, "mutuelle-b", autre),
        )
        for payeur, rang, emetteur, montant in parts:
            if montant:
                ligne = soin_line(soin=soin, montant=montant, depense=depense, base=depense, date_soin=date_soin)
                self.send(
                    decompte(
                        f"{self.numero}-{soin}",
                        emetteur=emetteur,
                        payeur=payeur,
                        rang=rang,
                        numero_adherent=self.numero,
                        lignes=[ligne],
                    )
                )

    def cancel(self, soin: str = "F1-1", *, emetteur: str) -> None:
        """A payer takes its whole décompte about a soin back."""
        self.send(annulation(f"{self.numero}-{soin}", emetteur=emetteur, numero_adherent=self.numero))

    def recover_by_feed(self, reference: str, shares: dict[str, int], soin: str = "F1-1") -> None:
        """A feed brings a recovery, already shared."""
        lignes = [
            {
                "ligne": str(index),
                "soin": soin,
                "nature": "indemnite",
                "beneficiaire": "01",
                "date_soin": "2026-03-10",
                "montant": montant,
                "pour_compte_de": qui,
            }
            for index, (qui, montant) in enumerate(shares.items(), 1)
        ]
        self.send(
            decompte(
                reference,
                emetteur="assia",
                payeur="recours_tiers",
                rang=9,
                numero_adherent=self.numero,
                destinataire="smi",
                sinistre=self.reference,
                date_paiement="2026-06-01",
                lignes=lignes,
            )
        )

    def send(self, message: dict[str, Any]) -> None:
        self.position = self.served.record(message)

    # What Assia does.

    def declare(self, **changes: Any) -> httpx.Response:
        body = {
            "numero_adherent": self.numero,
            "cle": self.reference,
            "date_accident": "2026-03-10",
            "circonstance": "circulation",
            "reference": self.reference,
        } | changes
        answer = self.served.as_(Role.ASSIA).post("/v1/sinistres", json=body)
        if answer.is_success:
            self.reference, self.version = answer.json()["reference"], answer.json()["version"]
            self._seen(answer)
        return answer

    def try_step(self, etape: str, *, version: int | None = None, **fields: Any) -> httpx.Response:
        """Try a step at a version, by default the last that was seen."""
        headers = {"If-Match": f'"{self.version if version is None else version}"'}
        body = {"etape": etape, **fields}
        path = f"/v1/sinistres/{self.reference}/etapes"
        return self.served.as_(Role.ASSIA).post(path, json=body, headers=headers)

    def step(self, etape: str, **fields: Any) -> dict[str, Any]:
        """Take a step that succeeds."""
        answer = self.try_step(etape, **fields)
        body: dict[str, Any] = decoded(answer)
        assert answer.headers["ETag"] == f'"{body["version"]}"'
        self.version = body["version"]
        self._seen(answer)
        return body

    def claim(self, *soins: str, responsabilite_pb: int | None = 5_000) -> None:
        """From nothing to the accord."""
        self.declare()
        self.step("recensement")
        self.step("ouverture")
        self.step("rattachement", soins=list(soins or ("F1-1",)))
        self.step("creance")
        self.step("reclamation")
        if responsabilite_pb is not None:
            self.step("accord", responsabilite_pb=responsabilite_pb)

    # What is read.

    def read(self, path: str, role: Role = Role.ASSIA, subject: str | None = None, **params: Any) -> Any:
        after = {"attendre_position": self.served.services.journal.position(), **params}
        return decoded(self.served.as_(role, subject).get(path, params=after))

    def file(self) -> dict[str, Any]:
        """The file of the sinistre."""
        found: dict[str, Any] = self.read(f"/v1/sinistres/{self.reference}")
        return found

    def shares(self) -> list[int]:
        """What was shared so far: victim, régime obligatoire, SMI, other mutuelle."""
        partage = self.file()["solde"]["partage"]
        return [partage[partie] for partie in PARTIES]

    def reste_a_charge(self) -> dict[str, Any]:
        found: dict[str, Any] = self.read(f"/v1/adherents/{self.numero}/reste-a-charge", role=Role.PORTAIL, annee=2026)[
            "total"
        ]
        return {name: montant for name, montant in found.items() if name != "indemnise_par_tiers"}

    def _seen(self, answer: httpx.Response) -> None:
        position = answer.json()["position"]
        if position is not None:
            self.position = position
