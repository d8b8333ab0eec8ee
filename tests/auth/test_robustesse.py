"""Passwords: twelve characters of four kinds, or hard to guess; never what a French guesser or a relative tries."""

from datetime import date

import pytest

from infra.auth.robustesse import days_of, estimate

OWNER = ("Lovelace", "Ada", "00412345", "ada@exemple.fr", "Mila", *days_of(date(1980, 2, 3)))


@pytest.mark.parametrize(
    "password",
    ["vK7#qz!Lm2pX", "tulipe cactus remorque 47 Zinc", "le bateau rouge traverse la neige", "Cheval-bleu-42!Zut",
     "été hiver tracteur limonade", "vK7#qz!Lm2pX" * 10],
)  # fmt: skip
def test_these_are_admitted(password: str) -> None:
    assert estimate(password, owner=OWNER).is_admitted, estimate(password, owner=OWNER)


@pytest.mark.parametrize(
    "password",
    ["", "aB3$", "vK7#qz!Lm2p", "Azerty123456!", "Motdepasse2024!", "Soleil2023!!", "Marseille13!OM", "Juillet2024!!a",
     "Bonjour-Maman1", "aaaaaaaaaaaa", "azertyuiopqsdfghjklm", "Lovelace1980!", "Ada03021980!ada", "00412345-Ada-Lo!",
     "ada@exemple.Fr1", "LOVELACE-ada-03/02/1980", "Mil@1980Lovel@ce", "123456789012345678", "vK7#qz!Lm2pX" * 11],
)  # fmt: skip
def test_these_are_refused_with_advice(password: str) -> None:
    estimated = estimate(password, owner=OWNER)
    assert not estimated.is_admitted, estimated
    assert estimated.conseils


def test_the_owner_s_own_words_count_for_her_alone() -> None:
    password = "Wuthering Quixote 19800203"
    assert estimate(password).is_admitted
    mine = estimate(password, owner=("Quixote", "Wuthering", *days_of(date(1980, 2, 3))))
    assert not mine.is_admitted
    assert any("rien de vous" in conseil for conseil in mine.conseils)
