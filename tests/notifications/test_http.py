"""A member chooses what she is told over HTTP, and ends it from a mail without signing in."""

import threading
from collections.abc import Iterator
from email.message import EmailMessage
from itertools import count
from urllib.parse import urlsplit

import httpx
import pytest

from infra.auth.roles import Role
from infra.notifications.frequences import Frequence
from tests.support.ledger import adherent, decompte
from tests.support.postgres import DatabaseFactory
from tests.support.serving import TODAY, Served, code_of, decoded, serving
from tests.support.smtp import MailServer, mail_server

_numbers = count(1)


@pytest.fixture(scope="module")
def smtp() -> Iterator[MailServer]:
    with mail_server() as server:
        yield server


@pytest.fixture(scope="module")
def served(databases_18: DatabaseFactory, smtp: MailServer) -> Iterator[Served]:
    url = databases_18.create()
    settings = {"smtp_url": smtp.url, "mail_from": "Mutuelle <n@mutuelle.example>"}
    with serving(url, public_url="https://mutuelle.example", **settings) as running:
        yield running
    databases_18.drop(url)


@pytest.fixture
def numero(served: Served) -> str:
    """A member of this test alone, with an address."""
    numero = f"N{next(_numbers):07d}"
    covered = [{"beneficiaire": "02", "prenom": "Léo", "date_naissance": "2000-06-07"}]
    message = adherent(
        numero_adherent=numero, reference=f"AD-{numero}", email=f"{numero}@exemple.fr", beneficiaires=covered
    )
    served.get(f"/v1/adherents/{numero}/accueil", after=served.record(message))
    return numero


def path(numero: str) -> str:
    return f"/v1/adherents/{numero}/notifications"


def choose(served: Served, numero: str, frequence: str, **params: str) -> httpx.Response:
    return served.as_(Role.ADHERENT, numero).put(path(numero), json={"frequence": frequence}, params=params)


def pay(served: Served, numero: str, reference: str) -> None:
    served.record(decompte(reference, numero_adherent=numero, date_paiement=f"{TODAY:%Y-%m-%d}"))


def received(smtp: MailServer, numero: str, wanted: int) -> list[EmailMessage]:
    """The mails to this member, once so many have come."""
    for _ in range(600):
        own = [mail.message for mail in smtp.received if mail.recipients == [f"{numero}@exemple.fr"]]
        if len(own) >= wanted:
            return own
        threading.Event().wait(0.05)
    raise AssertionError("the mail does not come")


def test_nothing_is_sent_until_she_chooses(served: Served, numero: str) -> None:
    assert decoded(served.get(path(numero))) == {
        "frequence": "aucune",
        "beneficiaire": None,
        "joignable": True,
        "choisi_at": None,
    }


@pytest.mark.parametrize("frequence", Frequence)
def test_each_choice_is_kept(served: Served, numero: str, frequence: Frequence) -> None:
    chosen = decoded(choose(served, numero, frequence))
    assert chosen["frequence"] == frequence
    assert chosen["choisi_at"].endswith("Z")
    assert decoded(served.get(path(numero))) == chosen
    assert decoded(choose(served, numero, frequence)) == chosen, "the same again changes nothing"


def test_each_access_chooses_for_itself(served: Served, numero: str) -> None:
    choose(served, numero, "mensuelle")
    own = decoded(choose(served, numero, "hebdomadaire", beneficiaire="02"))
    assert (own["frequence"], own["beneficiaire"], own["joignable"]) == ("hebdomadaire", "02", False)
    assert decoded(served.get(path(numero)))["frequence"] == "mensuelle"
    assert decoded(served.get(path(numero), params={"beneficiaire": "02"}))["frequence"] == "hebdomadaire"


def test_an_access_that_the_contract_does_not_cover_chooses_nothing(served: Served, numero: str) -> None:
    assert code_of(choose(served, numero, "hebdomadaire", beneficiaire="09")) == (404, "beneficiaire_inconnu")
    assert code_of(choose(served, numero, "hebdomadaire", beneficiaire="x" * 21)) == (422, "requete_invalide")


def test_who_has_no_address_learns_it(served: Served) -> None:
    numero = f"N{next(_numbers):07d}"
    served.get(f"/v1/adherents/{numero}/accueil", after=served.record(decompte(f"R-{numero}", numero_adherent=numero)))
    assert decoded(choose(served, numero, "hebdomadaire"))["joignable"] is False


@pytest.mark.parametrize("body", [b"", b"{", b"[]", b'{"frequence": "souvent"}', b'{"frequence": "aucune", "x": 1}'])
def test_another_choice_is_refused(served: Served, numero: str, body: bytes) -> None:
    answer = served.as_(Role.PORTAIL).put(path(numero), content=body)
    assert code_of(answer) == (422, "requete_invalide")
    assert [fault["chemin"] for fault in answer.json()["erreurs"]] == ["/body/frequence"]


def test_who_may_not_choose(served: Served, numero: str) -> None:
    body = {"frequence": "aucune"}
    assert code_of(served.as_(None).put(path(numero), json=body)) == (401, "jeton_absent")
    for role in (Role.SOURCE, Role.AUDITEUR, Role.ASSIA, Role.EXPLOITANT):
        assert code_of(served.as_(role).put(path(numero), json=body)) == (403, "role_interdit")
        assert code_of(served.as_(role).get(path(numero))) == (403, "role_interdit")
    other = served.as_(Role.ADHERENT, "N9999999")
    assert code_of(other.put(path(numero), json=body)) == (404, "adherent_inconnu")
    assert code_of(other.get(path(numero))) == (404, "adherent_inconnu")
    assert code_of(served.as_(Role.PORTAIL).put(path("INCONNU"), json=body)) == (404, "adherent_inconnu")


def test_from_the_choice_to_the_mail_to_the_end_of_it(served: Served, smtp: MailServer, numero: str) -> None:
    choose(served, numero, "chaque_remboursement")
    pay(served, numero, f"R1-{numero}")
    [mail] = received(smtp, numero, 1)
    assert mail["Subject"] == "Un nouveau remboursement est disponible"
    assert mail["List-Unsubscribe-Post"] == "List-Unsubscribe=One-Click"
    link = str(mail["List-Unsubscribe"]).strip("<>")
    assert link in mail.get_content()
    assert link.startswith("https://mutuelle.example/v1/desabonnement?jeton=")
    target = urlsplit(link)
    anyone = served.as_(None)
    asked = anyone.get(f"{target.path}?{target.query}")
    assert asked.status_code == 200
    assert '<form method="post">' in asked.text
    assert "script" not in asked.text
    assert "form-action 'self'" in asked.headers["Content-Security-Policy"]
    assert decoded(served.get(path(numero)))["frequence"] == "chaque_remboursement", "a look changes nothing"
    for _ in range(2):
        done = anyone.post(f"{target.path}?{target.query}", data={"List-Unsubscribe": "One-Click"})
        assert (done.status_code, "C'est fait" in done.text) == (200, True)
    assert decoded(served.get(path(numero)))["frequence"] == "aucune"
    pay(served, numero, f"R2-{numero}")
    other = f"N{next(_numbers):07d}"
    position = served.record(adherent(numero_adherent=other, reference=f"AD-{other}", email=f"{other}@exemple.fr"))
    served.get(f"/v1/adherents/{other}/accueil", after=position)
    assert choose(served, other, "chaque_remboursement").is_success
    pay(served, other, f"R-{other}")
    received(smtp, other, 1)
    assert len(received(smtp, numero, 1)) == 1


@pytest.mark.parametrize("jeton", ["", "x", "é", "A" * 80, "A" * 5000, "<script>alert(1)</script>", "%00"])
def test_a_link_that_is_not_ours_does_nothing(served: Served, jeton: str) -> None:
    for ask in (served.as_(None).get, served.as_(None).post):
        answer = ask("/v1/desabonnement", params={"jeton": jeton})
        assert answer.status_code == 404
        assert "alert" not in answer.text


def test_a_link_names_nobody_and_cannot_be_made_for_another(served: Served, numero: str) -> None:
    sujet = served.services.members.find(numero)
    assert sujet is not None
    link = served.services.desabonnement.url(sujet, "02")
    assert sujet.hex not in link
    assert str(sujet) not in link
    jeton = link.partition("jeton=")[2]
    assert served.services.desabonnement.read(jeton) == (sujet, "02")
    for index in range(0, len(jeton) - 1, 5):
        other = "A" if jeton[index] != "A" else "B"
        assert served.services.desabonnement.read(jeton[:index] + other + jeton[index + 1 :]) is None


def test_the_methods_of_an_address_are_all_named(served: Served, numero: str) -> None:
    refused = served.as_(Role.PORTAIL).delete(path(numero))
    assert code_of(refused) == (405, "methode_interdite")
    assert refused.headers["Allow"] == "GET, HEAD, PUT"
