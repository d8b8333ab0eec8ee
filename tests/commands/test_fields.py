"""Every rule of the contract's field table: what breaks it is refused at its place, what keeps it is taken."""

from collections.abc import Iterator
from typing import Any

import pytest

from commands.intake.parse import parse
from ledger.errors import MessageInvalide
from tests.commands.mutations import ABSENT, MESSAGES, changed
from tests.support.feed import encode

TOO_BIG = 10**11 + 1
NOT_INTEGERS: list[Any] = [1.0, 1.5, "1", True, False, None, [], {}, 10**40]
NOT_TEXTS: list[Any] = [1, 1.5, True, None, [], {}, 10**40]
NOT_REFERENCES: list[Any] = ["", "-a", ".a", "_a", "a b", "a/b", "é", "a" * 65, "a\n", "\na", "a\0", *NOT_TEXTS]
NOT_DATES: list[Any] = [
    "",
    "2026-02-30",
    "2026-13-01",
    "0000-01-01",
    "14/03/2026",
    "2026-3-14",
    "20260314",
    "2026-03-14T00:00:00Z",
]
NOT_DATES = [*NOT_DATES, "2026-03-14\n", " 2026-03-14", 20260314, *NOT_TEXTS]
NOT_CODES: list[Any] = ["", "x" * 21, "a\0b", *NOT_TEXTS]
NOT_OBJECTS: list[Any] = [1, "x", True, None, [], 10**40]
NOT_LISTS: list[Any] = [1, "x", True, None, {}, 10**40]


def not_texts_up_to(length: int) -> list[Any]:
    return ["", "x" * (length + 1), "a\0b", *NOT_TEXTS]


FORMS: dict[str, dict[str, list[Any]]] = {
    "decompte": {
        "/version": ["1", 1.0, True, None, ABSENT],
        "/type": [1, None, True, [], ABSENT],
        "/emetteur": [*NOT_REFERENCES, ABSENT],
        "/reference": [*NOT_REFERENCES, ABSENT],
        "/payeur": ["", "cpam", "SMI", *NOT_TEXTS, ABSENT],
        "/rang": [0, 10, -1, *NOT_INTEGERS, ABSENT],
        "/numero_adherent": ["", "abc", "A" * 21, "1 2", "1\n", "1_2", *NOT_TEXTS, ABSENT],
        "/date_paiement": [*NOT_DATES, ABSENT],
        "/destinataire": ["", "banque", *NOT_TEXTS, ABSENT],
        "/virement": not_texts_up_to(120),
        "/organisme": not_texts_up_to(120),
        "/total": [TOO_BIG, -TOO_BIG, *NOT_INTEGERS, ABSENT],
        "/lignes": [[], *NOT_LISTS, ABSENT],
        "/lignes/0": NOT_OBJECTS,
        "/sinistre": ["SIN-1", *NOT_REFERENCES],
        "/inconnu": [1, None, "", {}, []],
        "/Emetteur": ["cpam-751"],
        "/beneficiaires": [[]],
        "/lignes/0/ligne": [*NOT_CODES, ABSENT],
        "/lignes/1/ligne": ["1"],
        "/lignes/0/soin": [*NOT_REFERENCES, ABSENT],
        "/lignes/0/nature": ["", "soin", *NOT_TEXTS, ABSENT],
        "/lignes/0/beneficiaire": [*NOT_CODES, ABSENT],
        "/lignes/0/date_soin": [*NOT_DATES, ABSENT],
        "/lignes/0/montant": [TOO_BIG, -TOO_BIG, *NOT_INTEGERS, ABSENT],
        "/lignes/0/quantite": [0, *NOT_INTEGERS, ABSENT],
        "/lignes/0/acte": [*NOT_CODES, ABSENT],
        "/lignes/0/libelle": [*not_texts_up_to(120), ABSENT],
        "/lignes/0/categorie": ["", "sport", *NOT_TEXTS, ABSENT],
        "/lignes/0/depense": [TOO_BIG, -TOO_BIG, *NOT_INTEGERS],
        "/lignes/0/base": [TOO_BIG, -TOO_BIG, *NOT_INTEGERS],
        "/lignes/0/taux_pb": [-1, *NOT_INTEGERS],
        "/lignes/0/motif": not_texts_up_to(60),
        "/lignes/0/pour_compte_de": ["victime", "cpam", *NOT_TEXTS],
        "/lignes/0/ligne_origine": NOT_OBJECTS,
        "/lignes/0/inconnu": [1, None],
        "/lignes/1/quantite": [1, 0, None],
        "/lignes/1/acte": ["G", None],
        "/lignes/1/libelle": ["Consultation", None],
        "/lignes/1/categorie": ["consultations", None],
        "/lignes/1/base": [3000, None],
        "/lignes/1/taux_pb": [7000, None],
        "/lignes/1/nature": ["indemnite"],
        "/lignes/1/depense": [1.0],
    },
    "recours": {
        "/sinistre": [*NOT_REFERENCES, ABSENT],
        "/lignes/0/nature": ["participation_forfaitaire"],
        "/lignes/0/pour_compte_de": ["", "assureur", *NOT_TEXTS, ABSENT],
        "/lignes/0/quantite": [1],
    },
    "annulation": {
        "/emetteur": [*NOT_REFERENCES, ABSENT],
        "/reference": [*NOT_REFERENCES, ABSENT],
        "/annule": [*NOT_REFERENCES, ABSENT],
        "/numero_adherent": ["", "abc", *NOT_TEXTS, ABSENT],
        "/date": [*NOT_DATES, ABSENT],
        "/motif": [*not_texts_up_to(60), ABSENT],
        "/total": [0],
        "/lignes": [[]],
    },
    "adherent": {
        "/emetteur": [*NOT_REFERENCES, ABSENT],
        "/reference": [*NOT_REFERENCES, ABSENT],
        "/numero_adherent": ["", "abc", *NOT_TEXTS, ABSENT],
        "/date_effet": [*NOT_DATES, ABSENT],
        "/nom": [*not_texts_up_to(60), ABSENT],
        "/prenom": [*not_texts_up_to(60), ABSENT],
        "/date_naissance": [*NOT_DATES, ABSENT],
        "/email": ["", "ada", "@", "a@b\n", "a b@c", "a@" + "b" * 254, *NOT_TEXTS],
        "/telephone": ["", "allo", "+33\n", "1" * 32, *NOT_TEXTS],
        "/beneficiaires": NOT_LISTS,
        "/beneficiaires/0": NOT_OBJECTS,
        "/beneficiaires/0/beneficiaire": [*NOT_CODES, ABSENT],
        "/beneficiaires/0/prenom": [*not_texts_up_to(60), ABSENT],
        "/beneficiaires/0/date_naissance": [*NOT_DATES, ABSENT],
        "/beneficiaires/0/nom": ["Martin"],
    },
}


def cases() -> Iterator[Any]:
    for kind, fields in FORMS.items():
        for chemin, values in fields.items():
            for value in values:
                said = "absent" if value is ABSENT else repr(value)[:30]
                yield pytest.param(kind, chemin, value, id=f"{kind}{chemin} {said}")


@pytest.mark.parametrize(("kind", "chemin", "value"), list(cases()))
def test_what_breaks_a_rule_is_refused_at_its_place_and_there_only(kind: str, chemin: str, value: Any) -> None:
    with pytest.raises(MessageInvalide) as refused:
        parse(encode(changed(kind, chemin, value)))
    # Whether the amounts of a list that is none add up is not looked at.
    assert [erreur.chemin for erreur in refused.value.erreurs] == [chemin]
    assert refused.value.erreurs[0].message


@pytest.mark.parametrize(
    ("champ", "value"),
    [
        ("emetteur", "-"),
        ("reference", 1),
        ("ligne", ""),
        ("emetteur", ABSENT),
        ("reference", ABSENT),
        ("ligne", ABSENT),
    ],
)
def test_an_origin_names_an_emetteur_a_reference_and_a_ligne(champ: str, value: Any) -> None:
    origine: dict[str, Any] = {"emetteur": "cpam-751", "reference": "R-1", "ligne": "1"}
    origine |= {champ: value}
    if value is ABSENT:
        del origine[champ]
    with pytest.raises(MessageInvalide) as refused:
        parse(encode(changed("decompte", "/lignes/1/ligne_origine", origine)))
    assert [erreur.chemin for erreur in refused.value.erreurs] == [f"/lignes/1/ligne_origine/{champ}"]


KEPT: list[tuple[str, str, Any]] = [
    ("decompte", "/emetteur", "0" + "aZ9._-" * 10 + "abc"),
    ("decompte", "/reference", "a"),
    ("decompte", "/rang", 9),
    ("decompte", "/numero_adherent", "AB-00412345-XYZ-0123"),
    ("decompte", "/date_paiement", "0001-01-01"),
    ("decompte", "/date_paiement", "9999-12-31"),
    ("decompte", "/date_paiement", "2024-02-29"),
    ("decompte", "/destinataire", "autre_mutuelle"),
    ("decompte", "/virement", "x" * 120),
    ("decompte", "/organisme", "é" * 120),
    ("decompte", "/lignes/0/ligne", "é" * 20),
    ("decompte", "/lignes/0/beneficiaire", "x"),
    ("decompte", "/lignes/0/quantite", -3),
    ("decompte", "/lignes/0/libelle", '\t« é » 🦷 "x" \\ \n'),
    ("decompte", "/lignes/0/depense", 10**11),
    ("decompte", "/lignes/0/depense", ABSENT),
    ("decompte", "/lignes/0/base", -(10**11)),
    ("decompte", "/lignes/0/base", ABSENT),
    ("decompte", "/lignes/0/taux_pb", 0),
    ("decompte", "/lignes/0/taux_pb", ABSENT),
    ("decompte", "/lignes/0/motif", "x" * 60),
    ("decompte", "/lignes/1/depense", 3000),
    ("decompte", "/lignes/1/motif", "retenue différée"),
    ("decompte", "/lignes/1/nature", "majoration_hors_parcours"),
    ("decompte", "/lignes/1/nature", "complement_local"),
    ("decompte", "/lignes/1/ligne_origine", {"emetteur": "cpam-751", "reference": "R-1", "ligne": "1"}),
    ("recours", "/lignes/0/pour_compte_de", "victime"),
    ("recours", "/lignes/0/depense", 3000),
    ("annulation", "/motif", "x"),
    ("adherent", "/email", ABSENT),
    ("adherent", "/telephone", ABSENT),
    ("adherent", "/beneficiaires", ABSENT),
    ("adherent", "/beneficiaires", []),
]


@pytest.mark.parametrize(("kind", "chemin", "value"), KEPT, ids=[f"{k}{c} {str(v)[:20]}" for k, c, v in KEPT])
def test_what_keeps_the_rules_is_taken(kind: str, chemin: str, value: Any) -> None:
    parse(encode(changed(kind, chemin, value)))


@pytest.mark.parametrize("kind", MESSAGES)
def test_the_plain_messages_are_taken(kind: str) -> None:
    parse(encode(MESSAGES[kind]))


@pytest.mark.parametrize("montant", [10**11, -(10**11)])
def test_amounts_go_as_far_as_the_contract_says(montant: int) -> None:
    message = changed("decompte", "/lignes/0/montant", montant)
    message["lignes"].pop()
    parse(encode(message | {"total": montant}))


def test_two_equal_lines_are_two_lines() -> None:
    message = changed("decompte", "/total", 4200)
    message["lignes"] = [message["lignes"][0], message["lignes"][0] | {"ligne": "2"}]
    parse(encode(message))


def test_a_beneficiary_is_named_once() -> None:
    message = changed("adherent", "/nom", "Martin")
    message["beneficiaires"] *= 2
    with pytest.raises(MessageInvalide) as refused:
        parse(encode(message))
    assert [erreur.chemin for erreur in refused.value.erreurs] == ["/beneficiaires/1/beneficiaire"]
