"""People of the house with a browser, and a member whose accident they work on."""

from dataclasses import dataclass
from itertools import count
from typing import Any

import httpx

from infra.auth.roles import Role
from infra.auth.sessions import Client, Opened
from tests.portal.portail import PASSWORD, Adherent, Portail
from tests.support.ledger import decompte, soin_line

_people = count(1)


def person(portail: Portail, role: Role = Role.ASSIA) -> Opened:
    """A person of the house who proved her second factor."""
    index = next(_people)
    client = Client(address=f"10.230.{index // 250}.{index % 250}", user_agent="Mozilla/5.0 (X11)", device=None)
    link = portail.acces.maison.create(role, f"personne-{index}@exemple.fr")
    defi = portail.acces.open_link(link.rsplit("/", 1)[1])
    opened = portail.acces.choose_password(defi.secret, PASSWORD, client=client)
    someone = Adherent(numero="", address="", secret_totp=portail.acces.begin_totp(opened.session).secret)
    enrolled = portail.acces.confirm_totp(opened.session, portail.totp(someone), client=client)
    return Opened(enrolled.secret, enrolled.session)


def paid(soin: str, *, depense: int, ro: int, smi: int, **changes: Any) -> list[dict[str, Any]]:
    """Both payers pay their part of one soin."""
    line = soin_line(soin=soin, depense=depense, base=depense, date_soin="2026-03-16") | changes
    return [
        decompte(f"{soin}-RO", lignes=[line | {"montant": ro}]),
        decompte(
            f"{soin}-SMI", emetteur="smi", payeur="smi", rang=2, date_paiement="2026-03-20",
            lignes=[line | {"montant": smi}],
        ),
    ]  # fmt: skip


def worked_example(prefix: str) -> list[dict[str, Any]]:
    """10 000,00 in two soins: RO 7 600,00, SMI 1 800,00, victim 600,00; and one that is no part of it."""
    return [
        *paid(
            f"{prefix}-1", depense=800_000, ro=608_000, smi=144_000, libelle="Chirurgie", categorie="hospitalisation"
        ),
        *paid(f"{prefix}-2", depense=200_000, ro=152_000, smi=36_000, libelle="Rééducation", categorie="auxiliaires"),
        *paid(f"{prefix}-3", depense=3_000, ro=2_100, smi=900, libelle="Vaccin", categorie="pharmacie"),
    ]


def accident_like(prefix: str) -> list[dict[str, Any]]:
    """What the detection proposes: a stay with surgery, an image, a series of physiotherapy."""
    prefix = f"{prefix}{next(_people)}"
    care = [
        ("1", "2026-03-16", "hospitalisation", "GHS", "Séjour avec chirurgie"),
        ("2", "2026-03-24", "analyses_imagerie", "ADI", "Radiographie du poignet"),
        *((str(i), f"2026-04-{i:02d}", "auxiliaires", "AMS", "Séance de kinésithérapie") for i in range(3, 9)),
    ]
    return [
        decompte(
            f"{prefix}-{rang}",
            lignes=[
                soin_line(
                    soin=f"{prefix}-{rang}", date_soin=jour, categorie=categorie, acte=acte, libelle=libelle,
                )
            ],
        )
        for rang, jour, categorie, acte, libelle in care
    ]  # fmt: skip


@dataclass
class Bureau:
    """A person of Assia at work without a browser: forms as a browser sends them."""

    portail: Portail
    opened: Opened
    browser: httpx.Client

    @classmethod
    def of(cls, portail: Portail) -> "Bureau":
        opened = person(portail)
        return cls(portail, opened, portail.browse(opened))

    def declare(self, member: Adherent, reference: str, **changes: str) -> None:
        """Declare for a member."""
        data = {
            "csrf": self.opened.session.csrf, "numero": member.numero, "motif": "appel de l’adhérent",
            "cle": f"cle-{reference}", "origine": "assia", "beneficiaire": "01", "accident_jour": "14",
            "accident_mois": "3", "accident_annee": "2026", "circonstance": "circulation", "reference": reference,
        }  # fmt: skip
        answer = self.browser.post("/maison/recours/declarer", data=data | changes)
        assert answer.status_code == 303, answer.text

    def send(self, reference: str, etape: str, *, version: int | None = None, **fields: Any) -> httpx.Response:
        """Send the form of a step as the page of now shows it, or at another version."""
        known = self.portail.services.recours.state_of(reference)["version"]
        data = {"csrf": self.opened.session.csrf, "etape": etape, "version": str(known if version is None else version)}
        return self.browser.post(f"/maison/recours/sinistres/{reference}/etapes", data=data | fields)

    def step(self, reference: str, etape: str, **fields: Any) -> None:
        """Take a step that succeeds."""
        answer = self.send(reference, etape, **fields)
        assert answer.status_code == 303, answer.text

    def page(self, reference: str) -> str:
        """The file of a sinistre."""
        answer = self.browser.get(f"/maison/recours/sinistres/{reference}")
        assert answer.status_code == 200, answer.text
        return answer.text

    def claimed(self, member: Adherent, reference: str, *soins: str) -> None:
        """From nothing to the claim."""
        self.declare(member, reference)
        self.step(reference, "recensement")
        self.step(reference, "ouverture", motif="Tiers identifié.")
        self.step(reference, "rattachement", soins=list(soins))
        self.step(reference, "creance")
        self.step(reference, "reclamation")

    def upload(self, reference: str, content: bytes, name: str = "bordereau.csv") -> httpx.Response:
        """The preview of a bordereau."""
        data = {"csrf": self.opened.session.csrf, "reference": reference}
        return self.browser.post("/maison/recours/bordereaux/apercu", data=data, files={"fichier": (name, content)})

    def take_bordereau(self, reference: str, content: str) -> str:
        """Take a bordereau; where that leads."""
        data = {"csrf": self.opened.session.csrf, "reference": reference, "contenu": content}
        answer = self.browser.post("/maison/recours/bordereaux", data=data, files={"sans": ("", b"")})
        assert answer.status_code == 303, answer.text
        return answer.headers["location"]

    def member(self, messages: list[dict[str, Any]]) -> Adherent:
        """A member of whom this is known."""
        return self.portail.member(*messages)
