"""A member's access over HTTP: activated and enrolled by the routes, her codes read from the outbox."""

import re
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Any

import httpx

from infra.auth.totp import PERIOD_SECONDS, code_at
from tests.support.acces import PASSWORD
from tests.support.ledger import adherent
from tests.support.serving import Served

NAISSANCE = "1980-02-03"
DEVICE = "appareil-de-la-maison"


@dataclass(kw_only=True)
class Member:
    """A member with an access; `token` is her session's."""

    served: Served
    numero: str
    token: str = ""
    totp: str = ""
    codes: tuple[str, ...] = ()

    def post(self, path: str, body: dict[str, Any] | None = None, *, token: str | None = None) -> httpx.Response:
        """Post as her, or with another token; none when it is empty."""
        return self._ask("POST", f"/v1/acces/{path}", token, json=body)

    def get(self, path: str, *, token: str | None = None, **headers: str) -> httpx.Response:
        """Read any address as her."""
        return self._ask("GET", path, token, headers=headers)

    def ask(self, method: str, path: str, *, token: str | None = None) -> httpx.Response:
        """Ask as her."""
        return self._ask(method, path, token)

    def sign_in(self) -> str:
        """Another session of hers: its token."""
        body = {"numero_adherent": self.numero, "mot_de_passe": PASSWORD, "appareil": DEVICE}
        answer = self.post("sessions", body, token="")
        assert answer.status_code == 201, answer.text
        return str(answer.json()["jeton"])

    def code(self, steps: int = 0) -> str:
        """Her TOTP code, so many steps from now."""
        return code_at(self.totp, datetime.now(UTC) + timedelta(seconds=steps * PERIOD_SECONDS))

    def _ask(self, method: str, path: str, token: str | None, **options: Any) -> httpx.Response:
        bearer = self.token if token is None else token
        headers = options.pop("headers", {}) | ({"Authorization": f"Bearer {bearer}"} if bearer else {})
        return self.served.as_(None).request(method, path, headers=headers, **options)


def mailed_code(served: Served) -> str:
    """The code of the latest mail that has one."""
    outbox = served.services.outbox
    for row in outbox.listing():
        mail = outbox.get(row["id"]) if row["nature"] == "code" else None
        if mail is not None and mail.contenu is not None:
            found = re.search(r"^ +(\d{4} \d{4})$", mail.contenu.texte, re.MULTILINE)
            if found:
                return found[1]
    raise AssertionError("no mail has a code")


def registered(served: Served, numero: str, **changes: Any) -> Member:
    """A member whom the ledger knows, without an access."""
    position = served.record(adherent(reference=f"AD-{numero}", numero_adherent=numero, **changes))
    served.get(f"/v1/adherents/{numero}/accueil", after=position)
    return Member(served=served, numero=numero)


def activated(served: Served, numero: str, **changes: Any) -> Member:
    """A member who has just chosen her password."""
    member = registered(served, numero, **changes)
    begun = member.post("activations", {"numero_adherent": numero, "date_naissance": NAISSANCE})
    assert begun.status_code == 202, begun.text
    defi = begun.json()["defi"]
    confirmed = member.post("activations/confirmation", {"defi": defi, "code": mailed_code(served)})
    assert confirmed.status_code == 200, confirmed.text
    chosen = member.post("mot-de-passe", {"defi": defi, "mot_de_passe": PASSWORD, "appareil": DEVICE})
    assert chosen.status_code == 201, chosen.text
    member.token = chosen.json()["jeton"]
    return member


def enrolled(served: Served, numero: str, **changes: Any) -> Member:
    """A member whose session has proved a second factor; her code of now is still good."""
    member = activated(served, numero, **changes)
    member.totp = member.post("totp").json()["secret"]
    made = member.post("totp/confirmation", {"code": member.code(-1)})
    assert made.status_code == 200, made.text
    member.token, member.codes = made.json()["session"]["jeton"], tuple(made.json()["codes_de_secours"])
    return member
