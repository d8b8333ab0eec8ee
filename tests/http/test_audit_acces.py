"""The access log for auditors: by member, by who looked, by day; and reading it is a look that is written."""

from typing import Any

from infra.auth.roles import Role
from tests.http.test_acces_maison import signed_in
from tests.http.test_openapi import schema_of, validator
from tests.support.ledger import adherent, decompte
from tests.support.serving import Served, code_of, decoded

LIST = "/v1/audit/acces"
NUMERO = "REGARDE-1"


def read(served: Served, **params: Any) -> Any:
    return decoded(served.get(LIST, role=Role.AUDITEUR, params=params))


def known(served: Served) -> None:
    """A member, looked at twice by the auditor's token and once by a portal."""
    head = served.record(adherent(reference="AD-R", numero_adherent=NUMERO), decompte("R-R", numero_adherent=NUMERO))
    served.get(f"/v1/adherents/{NUMERO}/accueil", after=head)
    for path in ("accueil", "comparatif"):
        motif = {"Motif": "r%C3%A9clamation n%C2%B0 114"}
        assert served.get(f"/v1/adherents/{NUMERO}/{path}", role=Role.AUDITEUR, headers=motif).status_code == 200


def test_only_auditors_read_it(served: Served) -> None:
    for role in (Role.PORTAIL, Role.ASSIA, Role.EXPLOITANT, Role.SOURCE):
        assert code_of(served.get(LIST, role=role)) == (403, "role_interdit")


def test_it_is_narrowed_paged_and_every_reading_is_a_look(served: Served) -> None:
    known(served)
    found = read(served, adherent=NUMERO, role="auditeur")["elements"]
    assert [(e["action"], e["motif"]) for e in found] == [
        ("acces", None),
        ("comparatif", "réclamation n° 114"),
        ("accueil", "réclamation n° 114"),
    ], "this very reading came first"
    actor = found[0]["acteur"]
    document = decoded(served.as_(None).get("/openapi.json"))
    page = read(served, acteur=actor, limite=2)
    validator(document, schema_of(document, "list_acces", 200), is_closed=True).validate(page)
    assert [e["sujet"] is None for e in page["elements"]] == [True, False], "who reads of all looks at nobody"
    rest = read(served, acteur=actor, limite=2, curseur=page["suivant"])["elements"]
    assert rest[0]["rang"] < page["elements"][-1]["rang"]
    assert read(served, adherent=NUMERO, du="2099-01-01")["elements"] == []
    assert len(read(served, adherent=NUMERO, role="auditeur", au="2099-01-01")["elements"]) == 5
    assert NUMERO not in served.get(LIST, role=Role.AUDITEUR).text


def test_what_is_asked_wrong_is_said(served: Served) -> None:
    assert code_of(served.get(LIST, role=Role.AUDITEUR, params={"du": "hier"})) == (422, "requete_invalide")
    assert code_of(served.get(LIST, role=Role.AUDITEUR, params={"curseur": "x"})) == (400, "curseur_invalide")
    assert code_of(served.get(LIST, role=Role.AUDITEUR, params={"adherent": "ABSENT"})) == (404, "adherent_inconnu")


def test_a_person_of_the_house_says_why(served: Served) -> None:
    headers = {"Authorization": f"Bearer {signed_in(served, 'QUI-1', Role.AUDITEUR).token}"}
    assert code_of(served.as_(None).get(LIST, headers=headers)) == (400, "motif_requis")
    answer = served.as_(None).get(LIST, headers=headers | {"Motif": "controle"})
    assert answer.json()["elements"][0]["motif"] == "controle"
