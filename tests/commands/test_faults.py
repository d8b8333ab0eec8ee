"""Every fault of a message is said at once, each at its place, under a code that never changes."""

from collections.abc import Iterator
from typing import Any

import pytest

from commands.intake.parse import parse
from ledger.errors import MessageInvalide, Refusal
from tests.commands.mutations import ABSENT, MESSAGES, changed
from tests.support.feed import encode


def test_every_fault_is_said_at_once() -> None:
    message = changed("decompte", "/rang", 0)
    del message["emetteur"]
    message |= {"sinistre": "SIN-1", "a/b~c": 1, "version": "1"}
    message["lignes"][0] |= {"montant": 1.5, "quantite": 0}
    message["lignes"][1] |= {"ligne": "1", "base": 0, "pour_compte_de": "smi"}
    message["lignes"].append({"ligne": "1"})
    message["lignes"].append({"nature": "prestation", "quantite": None})
    with pytest.raises(MessageInvalide) as refused:
        parse(encode(message))
    assert {erreur.chemin for erreur in refused.value.erreurs} == {
        "/version",
        "/emetteur",
        "/rang",
        "/sinistre",
        "/a~1b~0c",
        "/lignes/0/montant",
        "/lignes/0/quantite",
        "/lignes/1/ligne",
        "/lignes/1/base",
        "/lignes/1/pour_compte_de",
        "/lignes/2/soin",
        "/lignes/2/nature",
        "/lignes/2/beneficiaire",
        "/lignes/2/date_soin",
        "/lignes/2/montant",
        *(f"/lignes/3/{champ}" for champ in OF_PRESTATION),
    }


OF_PRESTATION = ("ligne", "soin", "beneficiaire", "date_soin", "montant", "quantite", "acte", "libelle", "categorie")


@pytest.mark.parametrize("payeur", ["cpam", None, [], {}, 1])
def test_an_unknown_payer_hides_no_fault_of_its_lines(payeur: Any) -> None:
    message = changed("decompte", "/payeur", payeur)
    del message["lignes"][0]["acte"]
    message["lignes"][1]["base"] = 3000
    with pytest.raises(MessageInvalide) as refused:
        parse(encode(message))
    assert [erreur.chemin for erreur in refused.value.erreurs] == ["/payeur", "/lignes/0/acte", "/lignes/1/base"]


def test_faults_between_fields_are_all_said_too() -> None:
    message = changed("recours", "/sinistre", ABSENT)
    del message["lignes"][0]["pour_compte_de"]
    message["lignes"].append(MESSAGES["decompte"]["lignes"][0])
    with pytest.raises(MessageInvalide) as refused:
        parse(encode(message))
    assert [erreur.chemin for erreur in refused.value.erreurs] == [
        "/sinistre",
        "/lignes/0/pour_compte_de",
        "/lignes/1/ligne",
        "/lignes/1/nature",
        "/lignes/1/pour_compte_de",
    ]


def test_no_refusal_names_more_than_200_faults() -> None:
    message = MESSAGES["decompte"] | {f"champ_{number}": 1 for number in range(300)}
    with pytest.raises(MessageInvalide) as refused:
        parse(encode(message))
    assert len(refused.value.erreurs) == 200


def test_every_refusal_has_a_public_code_and_a_sentence() -> None:
    def kinds(refusal: type[Refusal]) -> Iterator[type[Refusal]]:
        for kind in refusal.__subclasses__():
            yield from kinds(kind) or ()
            if hasattr(kind, "code"):
                yield kind

    assert {kind.code for kind in kinds(Refusal)} == {
        "encodage_invalide",
        "json_invalide",
        "message_trop_grand",
        "type_inconnu",
        "version_inconnue",
        "message_invalide",
        "total_incoherent",
        "decompte_en_conflit",
        "annulation_incoherente",
        "inscription_effacee",
        "emetteur_interdit",
    }
    assert all(kind.detail.endswith(".") for kind in kinds(Refusal))
