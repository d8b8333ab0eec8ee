"""`compte`: accounts of the house, letters, and who looked at a member, from the command line."""

import re

from infra.auth.roles import Role
from tests.support.acces import HOME, NAISSANCE, NUMERO, PASSWORD, monde_on
from tests.support.command import run
from tests.support.ledger import services_on


def out(done: object) -> str:
    assert done.returncode == 0, done.stderr  # type: ignore[attr-defined]
    return done.stdout.decode()  # type: ignore[attr-defined,no-any-return]


def test_accounts_of_the_house_are_made_listed_and_closed(database_url: str) -> None:
    made = out(run("compte", "creer", "--role", "auditeur", "--email", "a@exemple.fr", url=database_url))
    assert re.fullmatch(r"http://127\.0\.0\.1:8000/maison/lien/dcl_\S+\n", made)
    assert "jamais ouvert" in out(run("compte", "lister", url=database_url))
    again = run("compte", "creer", "--role", "assia", "--email", "a@exemple.fr", url=database_url)
    assert (again.returncode, b"d\xc3\xa9j\xc3\xa0 un compte" in again.stderr) == (1, True)
    assert out(run("compte", "lien", "a@exemple.fr", "--second-facteur", url=database_url)) != made
    out(run("compte", "bloquer", "a@exemple.fr", url=database_url))
    listed = out(run("compte", "lister", url=database_url))
    assert re.fullmatch(r"[0-9a-f-]{36}  auditeur    fermé +a@exemple\.fr\n", listed)
    assert run("compte", "bloquer", "a@exemple.fr", url=database_url).returncode == 2
    assert run("compte", "creer", "--role", "source", "--email", "b@exemple.fr", url=database_url).returncode == 2


def test_a_letter_activates_a_member_without_an_address(database_url: str) -> None:
    with services_on(database_url) as services, monde_on(services, email=None) as monde:
        code = out(run("compte", "lettre", NUMERO, url=database_url)).strip()
        assert re.fullmatch(r"([0-9A-HJKMNP-TV-Z]{4}-){2}[0-9A-HJKMNP-TV-Z]{4}", code)
        acces = services.acces
        defi = acces.begin_activation(NUMERO, NAISSANCE, client=HOME)
        acces.confirm_activation_code(defi.secret, code, client=HOME)
        assert acces.choose_password(defi.secret, PASSWORD, client=HOME).session.role is Role.ADHERENT
        assert monde.mails() == []
        unknown = run("compte", "lettre", "999", url=database_url)
        assert unknown.returncode == 1
        assert b"Traceback" not in unknown.stderr
        assert run("compte", "regards", NUMERO, url=database_url).returncode == 0
        assert run("compte", "regards", "999", url=database_url).returncode == 2
