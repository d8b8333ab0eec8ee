"""The access on a real database: a registered member, a clock that tests move, and her mails as she reads them."""

import re
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import UTC, date, datetime, timedelta
from typing import Any

from infra.auth.acces import Acces
from infra.auth.sessions import Client, Enrolled, Opened
from infra.auth.totp import PERIOD_SECONDS, code_at
from infra.bootstrap import Services
from infra.mail.contents import Contenu
from tests.support.ledger import adherent, take

NUMERO = "00412345"
NAISSANCE = date(1980, 2, 3)
TODAY = date(2026, 7, 1)
PASSWORD = "tulipe cactus remorque 47 Zinc"
OTHER_PASSWORD = "boussole violon hangar 12 Frite"
EMAIL = "ada@exemple.fr"
ADULT = {"beneficiaire": "02", "prenom": "Mila", "date_naissance": "2001-05-06"}
CHILD = {"beneficiaire": "03", "prenom": "Léo", "date_naissance": "2015-06-07"}
HOME = Client(address="192.0.2.7", user_agent="Mozilla/5.0 (X11; Linux x86_64) Firefox/140.0", device="appareil-maison")
ELSEWHERE = Client(address="198.51.100.9", user_agent="curl/8", device="appareil-inconnu")


class Horloge:
    """A clock that stands still until it is moved."""

    def __init__(self) -> None:
        self.at = datetime(2026, 7, 1, 9, 0, tzinfo=UTC)

    def __call__(self) -> datetime:
        return self.at

    def advance(self, **by: float) -> None:
        """Move on by a timedelta."""
        self.at += timedelta(**by)


@dataclass
class Monde:
    """A member, her access, and what reaches her."""

    services: Services
    acces: Acces
    horloge: Horloge
    secret_totp: str = field(default="", init=False)

    def mails(self) -> list[Contenu]:
        """Every mail put in the outbox, the latest first."""
        outbox = self.services.outbox
        opened = [outbox.get(row["id"]) for row in outbox.listing()]
        return [mail.contenu for mail in opened if mail is not None and mail.contenu is not None]

    def objets(self) -> list[str]:
        """Their subjects, the latest first."""
        return [mail.objet for mail in self.mails()]

    def code(self) -> str:
        """The code of the latest mail that has one."""
        for mail in self.mails():
            found = re.search(r"^ +(\d{4} \d{4})$", mail.texte, re.MULTILINE)
            if found:
                return found[1]
        raise AssertionError("no mail has a code")

    def activate(self, *, client: Client = HOME, password: str = PASSWORD) -> Opened:
        """The whole activation."""
        defi = self.acces.begin_activation(NUMERO, NAISSANCE, client=client)
        self.acces.confirm_activation_code(defi.secret, self.code(), client=client)
        return self.acces.choose_password(defi.secret, password, client=client)

    def enrol(self, opened: Opened, *, client: Client = HOME) -> Enrolled:
        """TOTP put in place; its secret is then in `secret_totp`."""
        self.secret_totp = self.acces.begin_totp(opened.session).secret
        return self.acces.confirm_totp(opened.session, self.totp(), client=client)

    def totp(self, steps: int = 0) -> str:
        """The member's code, so many steps from now."""
        return code_at(self.secret_totp, self.horloge() + timedelta(seconds=steps * PERIOD_SECONDS))

    def next_step(self) -> None:
        """Wait for the next code."""
        self.horloge.advance(seconds=PERIOD_SECONDS)


@contextmanager
def monde_on(services: Services, **changes: Any) -> Iterator[Monde]:
    """A member registered, adult and child on her contract, and a clock of the test's own."""
    message = adherent(**{"beneficiaires": [ADULT, CHILD], **changes})
    [outcome] = take(services, {name: value for name, value in message.items() if value is not None})
    assert outcome.refusal is None
    services.projection_worker().catch_up()
    horloge = Horloge()
    acces = Acces(
        services.datastore,
        services.keyring,
        services.members,
        services.outbox,
        public_url="http://localhost:8000",
        today=lambda: TODAY,
        clock=horloge,
    )
    yield Monde(services=services, acces=acces, horloge=horloge)
    acces.close()
