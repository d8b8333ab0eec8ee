"""The member space really served, members to sign in with, and what their pages need: mails, codes, a browser."""

import dataclasses
import re
import socket
import threading
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import UTC, date, datetime, timedelta
from itertools import count
from typing import Any

import httpx
import pyotp

from infra.auth.acces import Acces
from infra.auth.sessions import Client, Opened
from infra.bootstrap import Services
from infra.http.server import HttpServer
from tests.support.ledger import adherent, annulation, decompte, services_on, soin_line, take

TODAY = date(2026, 6, 30)
NAISSANCE = date(1980, 2, 3)
PASSWORD = "tulipe cactus remorque 47 Zinc"
OTHER_PASSWORD = "boussole violon hangar 12 Frite"
READY_SECONDS_MAX = 30
_CODE = re.compile(r"^ +(\d{4} \d{4})$", re.MULTILINE)
_numbers = count(1)


class Horloge:
    """The present, moved forward as a test waits: a code of the second factor works once."""

    def __init__(self) -> None:
        self._moved = timedelta()

    def __call__(self) -> datetime:
        return datetime.now(UTC) + self._moved

    def advance(self, **by: float) -> None:
        """Move on by a timedelta."""
        self._moved += timedelta(**by)


@dataclass
class Adherent:
    """A member of the tests. `secret_totp` is "" until a second factor is in place."""

    numero: str
    address: str
    beneficiaire: str | None = None
    naissance: date = NAISSANCE
    secret_totp: str = field(default="")

    @property
    def client(self) -> Client:
        """From where she asks, but for the pages."""
        return Client(address=self.address, user_agent="Mozilla/5.0 (X11; Linux x86_64) Firefox/140.0", device=None)


@dataclass
class Portail:
    """A served member space."""

    services: Services
    url: str
    horloge: Horloge
    _clients: list[httpx.Client] = field(default_factory=list)

    @property
    def acces(self) -> Acces:
        """The access behind the pages."""
        return self.services.acces

    def record(self, *messages: dict[str, Any]) -> None:
        """Record messages, and wait until the pages read them."""
        outcomes = take(self.services, *messages)
        assert [outcome.refusal for outcome in outcomes if outcome.refusal is not None] == []
        self.services.projection_worker().catch_up()

    def member(self, *messages: dict[str, Any], numero: str | None = None, **registration: Any) -> Adherent:
        """A member registered with an address, and what is recorded about her; each has an address of her own."""
        index = next(_numbers)
        numero = numero or f"P{index:06d}"
        registered = adherent(
            reference=f"AD-{numero}", numero_adherent=numero, email=f"{numero.lower()}@exemple.fr", **registration
        )
        self.record(registered, *(message | {"numero_adherent": numero} for message in messages))
        return Adherent(numero=numero, address=f"10.{index // 250}.{index % 250}.7")

    def code(self, member: Adherent) -> str:
        """The code of the latest mail to a member that has one."""
        outbox = self.services.outbox
        for row in outbox.listing():
            mail = outbox.get(row["id"])
            if mail is None or mail.contenu is None:
                continue
            found = _CODE.search(mail.contenu.texte)
            if found and mail.contenu.destinataire == f"{member.numero.lower()}@exemple.fr":
                return found[1]
        raise AssertionError("no mail has a code")

    def totp(self, member: Adherent) -> str:
        """A code of the second factor that was never given before: the next step's."""
        self.horloge.advance(seconds=30)
        return pyotp.TOTP(member.secret_totp).at(self.horloge())

    def activate(self, member: Adherent, *, letter: str | None = None) -> Opened:
        """An access with its password, as the façade makes it; by the code of a letter where there is no mail."""
        defi = self.acces.begin_activation(member.numero, member.naissance, member.beneficiaire, client=member.client)
        self.acces.confirm_activation_code(defi.secret, letter or self.code(member), client=member.client)
        return self.acces.choose_password(defi.secret, PASSWORD, client=member.client)

    def enrol(self, member: Adherent, *, letter: str | None = None) -> Opened:
        """An access with password and second factor; the session has proved it."""
        opened = self.activate(member, letter=letter)
        member.secret_totp = self.acces.begin_totp(opened.session).secret
        enrolled = self.acces.confirm_totp(opened.session, self.totp(member), client=member.client)
        return Opened(enrolled.secret, enrolled.session)

    def browse(self, opened: Opened | str | None = None, *, address: str = "10.200.0.1") -> httpx.Client:
        """A client without scripts nor style, for what only needs requests; it does not follow redirections."""
        secret = opened.secret if isinstance(opened, Opened) else opened
        cookies = {"decompte": secret} if secret is not None else {}
        # Not the environment's proxies nor certificates: the server is here, in clear.
        client = httpx.Client(
            base_url=self.url,
            cookies=cookies,
            headers={"X-Forwarded-For": address},
            timeout=60,
            trust_env=False,
            verify=False,
        )
        self._clients.append(client)
        return client

    def close(self) -> None:
        """Close the clients."""
        for client in self._clients:
            client.close()


@contextmanager
def serving_portail(database_url: str, **settings: Any) -> Iterator[Portail]:
    """Serve the pages of this database on a free port of this machine."""
    port = _free_port()
    url = f"http://localhost:{port}"
    plain = {"now": TODAY, "log_level": "warning", "public_url": url, "mandataires": ("127.0.0.0/8", "::1/128")}
    with services_on(database_url, **plain | settings) as opened:
        horloge = Horloge()
        acces = Acces(
            opened.datastore,
            opened.keyring,
            opened.members,
            opened.outbox,
            public_url=url,
            today=opened.settings.today,
            clock=horloge,
        )
        services = dataclasses.replace(opened, acces=acces)
        server = HttpServer(services, host="127.0.0.1", port=port, with_worker=True)
        ready = threading.Event()
        thread = threading.Thread(target=server.run, args=(lambda _: ready.set(),))
        thread.start()
        try:
            assert ready.wait(READY_SECONDS_MAX)
            portail = Portail(services=services, url=url, horloge=horloge)
            yield portail
            portail.close()
        finally:
            server.stop()
            thread.join()
            acces.close()


def _free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port: int = probe.getsockname()[1]
        return port


def csrf_of(page: httpx.Response) -> str:
    """The token of the forms of a page."""
    found = re.search(r'name="csrf" value="([^"]+)"', page.text)
    assert found, page.text
    return found[1]


def smi(reference: str = "S-1", **changes: Any) -> dict[str, Any]:
    """SMI pays the 9,00 € that are left of the plain consultation."""
    line = soin_line(montant=900, taux_pb=3000)
    return decompte(
        reference,
        **{"emetteur": "smi", "payeur": "smi", "rang": 2, "date_paiement": "2026-03-17", "lignes": [line]} | changes,
    )


def dossier_complet(prefix: str) -> Sequence[dict[str, Any]]:
    """A bit of everything: two years, three people, provisional, cancelled, deferred, corrected, too much paid."""
    retenue = {
        "ligne": "1",
        "soin": "F1-1",
        "nature": "participation_forfaitaire",
        "beneficiaire": "01",
        "date_soin": "2026-03-10",
        "montant": -200,
        "ligne_origine": {"emetteur": "cpam-751", "reference": f"{prefix}-RO", "ligne": "1"},
    }
    lunettes = soin_line(
        soin="F2-1", date_soin="2026-05-04", beneficiaire="02", acte="OPB", libelle="Lunettes", categorie="optique",
        depense=39000, base=15, taux_pb=6000, montant=9,
    )  # fmt: skip
    kine = soin_line(
        soin="F3-1", date_soin="2025-11-20", beneficiaire="03", acte="AMS", libelle="Séance de kinésithérapie",
        categorie="auxiliaires", depense=1790, base=1790, taux_pb=6000, montant=1074,
    )  # fmt: skip
    dents = soin_line(
        soin="F4-1", date_soin="2026-02-02", acte="HBJD001", libelle="Détartrage", categorie="dentaire",
        depense=2892, base=2892, taux_pb=6000, montant=1735,
    )  # fmt: skip
    return [
        decompte(f"{prefix}-RO"),
        smi(f"{prefix}-SMI"),
        decompte(f"{prefix}-PF", date_paiement="2026-04-20", lignes=[retenue]),
        decompte(f"{prefix}-LUN", date_paiement="2026-05-12", lignes=[lunettes]),
        decompte(f"{prefix}-KINE", date_paiement="2025-12-01", lignes=[kine]),
        smi(f"{prefix}-KINE-SMI", date_paiement="2025-12-05", lignes=[kine | {"montant": 716}]),
        decompte(f"{prefix}-DENT", date_paiement="2026-02-10", lignes=[dents]),
        smi(f"{prefix}-DENT-SMI", date_paiement="2026-02-12", lignes=[dents | {"montant": 1157}]),
        smi(f"{prefix}-DENT-BIS", date_paiement="2026-02-20", lignes=[dents | {"montant": 1157}]),
        annulation(f"{prefix}-DENT-BIS", emetteur="smi", reference=f"{prefix}-ANN", motif="double_paiement"),
    ]
