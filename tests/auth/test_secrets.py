"""What the database keeps of the access: no person, no secret; and what no mail is ever made of."""

import pytest

from infra.auth.defis import UsageLettre
from infra.auth.journal_acces import Regard
from infra.auth.roles import Role
from infra.auth.sessions import Objet
from infra.bootstrap import Services
from tests.journal.test_sealing import everything
from tests.support.acces import EMAIL, HOME, NAISSANCE, NUMERO, PASSWORD, Monde, monde_on
from tests.support.authenticator import Authenticator


def test_no_table_of_the_access_holds_a_person_or_a_secret_in_clear(monde: Monde) -> None:
    acces = monde.acces
    letter = acces.maison.letter(NUMERO, None, UsageLettre.CODE)
    link = acces.maison.create(Role.AUDITEUR, "auditrice@exemple.fr")
    opened = monde.activate()
    code = monde.code()
    enrolled = monde.enrol(opened)
    key = Authenticator("http://localhost:8000")
    answer = key.register(acces.begin_passkey_registration(enrolled.session))
    made = acces.finish_passkey_registration(enrolled.session, answer, nom="Téléphone d'Ada", client=HOME)
    pending = acces.begin_totp(made.session).secret
    acces.consent(made.session, Objet.RELEVES_DEMATERIALISES, accorde=True)
    defi = acces.begin_reset(NUMERO, NAISSANCE, client=HOME)
    regard = Regard("compte:1", Role.AUDITEUR, monde.services.keyring.numero_empreinte(NUMERO), "accueil")
    monde.services.journal_acces.write(regard, motif="appel d'Ada Lovelace")
    dump = everything(monde.services)
    for table in ("compte", "acces_session", "acces_defi", "acces_lettre", "acces_secours", "acces_passkey",
                  "acces_connu", "acces_debit", "acces_consentement", "acces_journal"):  # fmt: skip
        with monde.services.datastore.get_connection() as connection:
            assert connection.execute(f"SELECT 1 FROM {table}").fetchall(), table  # type: ignore[arg-type]
    secrets = [
        NUMERO, EMAIL, "Lovelace", "Ada", "auditrice", "1980-02-03", HOME.address, "192.0.2", str(HOME.device),
        "Firefox", PASSWORD, monde.secret_totp, pending, code, code.replace(" ", ""), letter, letter.replace("-", ""),
        link.rpartition("/")[2], opened.secret, made.secret, defi.secret, *enrolled.recovery_codes,
        enrolled.recovery_codes[0].replace("-", ""), "Téléphone", made.session.csrf,
    ]  # fmt: skip
    for secret in secrets:
        assert secret not in dump, secret
        assert secret.encode().hex() not in dump, secret


@pytest.mark.parametrize("email", ["é@exemple.fr", "ada@-exemple.fr", "ada..lovelace@exemple.fr"])
def test_an_address_that_nobody_can_write_to_counts_as_none(services: Services, email: str) -> None:
    with monde_on(services, email=email) as monde:
        defi = monde.acces.begin_activation(NUMERO, NAISSANCE, client=HOME)
        letter = monde.acces.maison.letter(NUMERO, None, UsageLettre.CODE)
        monde.acces.confirm_activation_code(defi.secret, letter, client=HOME)
        monde.acces.choose_password(defi.secret, PASSWORD, client=HOME)
        assert monde.mails() == []
