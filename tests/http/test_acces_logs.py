"""Nothing that is typed or given when signing in reaches the log: no number, date, code, password, secret, address."""

import pytest

from infra.auth.roles import Role
from tests.support.acces import PASSWORD
from tests.support.acces_http import NAISSANCE, enrolled
from tests.support.serving import serving

NUMERO = "NUM-SECRET-77"
MOTIF = "appel-de-la-dame"


def test_nothing_of_the_access_is_logged(database_url: str, capfd: pytest.CaptureFixture[str]) -> None:
    with serving(database_url, log_level="debug") as served:
        member = enrolled(served, NUMERO)
        for body in ({}, {"numero_adherent": NUMERO}, {"numero_adherent": NUMERO, "mot_de_passe": "faux-secret"}):
            member.post("sessions", body, token="")
            member.post("activations", {**body, "date_naissance": NAISSANCE}, token="")
        member.post("totp/preuve", {"code": "code-faux"})
        member.post("passkeys/preuve", {"reponse": {"rawId": "voici-ma-cle"}})
        member.get(f"/v1/adherents/{NUMERO}/releves/2026")
        member.get("/v1/acces/sessions/" + member.token)
        link = served.services.acces.maison.create(Role.AUDITEUR, "secrete@exemple.fr")
        member.post("maison/lien", {"lien": link.rpartition("/")[2]}, token="")
        member.get(f"/v1/adherents/{NUMERO}/accueil", token=served.token(Role.AUDITEUR), Motif=MOTIF)
    written = capfd.readouterr().err
    assert "/v1/acces/sessions" in written
    assert "acteur" in written
    for secret in (NUMERO, NAISSANCE, "faux-secret", "code-faux", "voici-ma-cle", PASSWORD, member.token, member.totp,
                   "secrete", "127.0.0.1\"", MOTIF, link.rpartition("/")[2], *member.codes):  # fmt: skip
        assert secret not in written, secret
