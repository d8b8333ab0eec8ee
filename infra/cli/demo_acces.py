"""The accounts of the demonstration: a member and one person of the house per role, by the paths that people take.

Their passwords and TOTP secrets are kept in the data folder, mode 0600, so that one can sign in and `totp` can answer.
"""

import json
import os
import secrets
import string
from contextlib import suppress
from datetime import UTC, date, datetime, timedelta
from pathlib import Path
from typing import Any

from infra.auth.acces import Acces
from infra.auth.defis import UsageLettre
from infra.auth.maison import HOUSE_ROLES, CompteImpossible
from infra.auth.refus import CodeRefuse
from infra.auth.roles import Role
from infra.auth.sessions import Client, Opened
from infra.auth.totp import PERIOD_SECONDS, code_at

FILE = "demo-acces.json"
CLIENT = Client(address="127.0.0.1", user_agent="decompte demo")
_GROUPS, _LETTERS, _DIGITS = 3, 5, 3

Comptes = dict[str, dict[str, str]]
"""By role: `identifiant` (number or e-mail), `mot_de_passe`, `totp`."""


def demo_accounts(acces: Acces, data: Path, *, numero: str, date_naissance: date) -> Comptes:
    """The accounts, made unless they are there; a start that was killed half way is taken up again."""
    file = data / FILE
    if file.exists():
        return read_accounts(data)
    comptes: Comptes = {}
    with suppress(CompteImpossible):  # A very small portfolio may have nobody who was ever registered.
        comptes[Role.ADHERENT.value] = _member(acces, numero, date_naissance)
    for role in HOUSE_ROLES:
        comptes[role.value] = _house(acces, role)
    _write(file, comptes)
    return comptes


def read_accounts(data: Path) -> Comptes:
    """The accounts of a folder. Raises FileNotFoundError."""
    read: Any = json.loads((data / FILE).read_text(encoding="utf-8"))
    return dict(read)


def _member(acces: Acces, numero: str, date_naissance: date) -> dict[str, str]:
    letter = acces.maison.letter(numero, None, UsageLettre.CODE)
    defi = acces.begin_activation(numero, date_naissance, client=CLIENT)
    try:
        acces.confirm_activation_code(defi.secret, letter, client=CLIENT)
    except CodeRefuse:  # A start that was killed had activated it already.
        defi = acces.begin_reset(numero, date_naissance, client=CLIENT)
        acces.confirm_reset_code(defi.secret, letter, client=CLIENT)
    password = _password()
    opened = acces.choose_password(defi.secret, password, client=CLIENT)
    if opened.session.has_second_factor:
        lost = acces.maison.letter(numero, None, UsageLettre.SECOND_FACTEUR)
        opened = opened._replace(session=acces.redeem_letter(opened.session, lost, client=CLIENT))
    return _enrolled(acces, opened, identifiant=numero, password=password)


def _house(acces: Acces, role: Role) -> dict[str, str]:
    email, password = f"{role.value}@exemple.fr", _password()
    try:
        link = acces.maison.create(role, email)
    except CompteImpossible:
        link = acces.maison.link(email, with_second_factor=True)
    defi = acces.open_link(link.rpartition("/")[2])
    opened = acces.choose_password(defi.secret, password, client=CLIENT)
    return _enrolled(acces, opened, identifiant=email, password=password)


def _enrolled(acces: Acces, opened: Opened, *, identifiant: str, password: str) -> dict[str, str]:
    secret = acces.begin_totp(opened.session).secret
    # The code of the step before, which is accepted too: that of now is left for whoever signs in at once.
    code = code_at(secret, datetime.now(UTC) - timedelta(seconds=PERIOD_SECONDS))
    enrolled = acces.confirm_totp(opened.session, code, client=CLIENT)
    acces.sign_out(enrolled.session)
    return {"identifiant": identifiant, "mot_de_passe": password, "totp": secret}


def _password() -> str:
    """Four groups that can be typed: letters, a capital, digits, dashes; 80 bits."""
    groups = ["".join(secrets.choice(string.ascii_lowercase) for _ in range(_LETTERS)) for _ in range(_GROUPS)]
    groups[0] = groups[0].capitalize()
    return "-".join([*groups, "".join(secrets.choice(string.digits) for _ in range(_DIGITS))])


def _write(file: Path, comptes: Comptes) -> None:
    draft = file.with_suffix(".tmp")
    draft.unlink(missing_ok=True)
    descriptor = os.open(draft, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
    with os.fdopen(descriptor, "w", encoding="utf-8") as stream:
        json.dump(comptes, stream)
        stream.flush()
        os.fsync(stream.fileno())
    draft.replace(file)
