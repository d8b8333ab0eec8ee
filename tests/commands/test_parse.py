"""From bytes to a message or the code that says why not: what JSON can hide, and the limits."""

import json
from typing import Any

import pytest

from commands.intake.parse import parse
from commands.intake.schema import LIGNES_MAX, MESSAGE_BYTES_MAX, DecompteMessage
from ledger.errors import (
    EncodageInvalide,
    JsonInvalide,
    Malformed,
    MessageInvalide,
    MessageTropGrand,
    TotalIncoherent,
    TypeInconnu,
    VersionInconnue,
)
from tests.commands.mutations import MESSAGES, changed
from tests.support.feed import encode

PLAIN = encode(MESSAGES["decompte"])
BOM = b"\xef\xbb\xbf"


def with_text(old: bytes, new: bytes) -> bytes:
    """The plain décompte with some of its bytes replaced."""
    assert PLAIN.count(old) >= 1
    return PLAIN.replace(old, new, 1)


def code_of(raw: bytes) -> str:
    with pytest.raises(Malformed) as refused:
        parse(raw)
    return refused.value.code


def chemins_of(raw: bytes) -> list[str]:
    with pytest.raises(MessageInvalide) as refused:
        parse(raw)
    return [erreur.chemin for erreur in refused.value.erreurs]


MONTANT = b'"montant": 2100'
LIBELLE = b'"libelle": "Consultation g\xc3\xa9n\xc3\xa9raliste"'


@pytest.mark.parametrize(
    "raw",
    [
        b"\xff",
        PLAIN[:-1] + b"\xff}",
        PLAIN.decode().encode("latin-1"),
        PLAIN.decode().encode("utf-16"),
        with_text(LIBELLE, b'"libelle": "\xff"'),
        with_text(LIBELLE, b'"libelle": "\xed\xa0\x80"'),
        with_text(LIBELLE, b'"libelle": "\xc0\xaf"'),
        with_text(b'"libelle"', b'"\xff"'),
    ],
    ids=["alone", "at the end", "latin-1", "utf-16", "in a text", "encoded surrogate", "overlong", "in a key"],
)
def test_what_is_not_utf_8(raw: bytes) -> None:
    assert code_of(raw) == "encodage_invalide"


NOT_JSON = {
    "nothing": b"",
    "blank": b" \n",
    "text": b"bonjour",
    "cut": PLAIN[:-1],
    "trailing": PLAIN + b"x",
    "two messages": PLAIN + PLAIN,
    "a bracket too much": PLAIN + b"}",
    "trailing comma": PLAIN[:-1] + b",}",
    "comment": PLAIN[:-1] + b"/* */}",
    "single quotes": PLAIN.replace(b'"', b"'"),
    "NaN": with_text(MONTANT, b'"montant": NaN'),
    "Infinity": with_text(MONTANT, b'"montant": Infinity'),
    "-Infinity": with_text(MONTANT, b'"montant": -Infinity'),
    "NaN in an unknown field": with_text(MONTANT, b'"montant": 2100, "x": NaN'),
    "leading zero": with_text(MONTANT, b'"montant": 02100'),
    "plus": with_text(MONTANT, b'"montant": +2100'),
    "hexadecimal": with_text(MONTANT, b'"montant": 0x834'),
    "unfinished number": with_text(MONTANT, b'"montant": 2100.'),
    "None": with_text(MONTANT, b'"montant": None'),
    "lone surrogate": with_text(LIBELLE, b'"libelle": "\\ud800"'),
    "lone low surrogate": with_text(LIBELLE, b'"libelle": "a\\udc00b"'),
    "surrogates the wrong way round": with_text(LIBELLE, b'"libelle": "\\udc00\\ud800"'),
    "lone surrogate in a key": with_text(MONTANT, b'"montant": 2100, "\\ud800": 1'),
    "lone surrogate in a reference": with_text(b"751-2026-000471", b"a\\ud800"),
    "bad escape": with_text(LIBELLE, b'"libelle": "\\x41"'),
    "short escape": with_text(LIBELLE, b'"libelle": "\\u41"'),
    "tab in a text": with_text(LIBELLE, b'"libelle": "a\tb"'),
    "NUL in a text": with_text(LIBELLE, b'"libelle": "a\0b"'),
    "NUL after": PLAIN + b"\0",
    "two byte-order marks": BOM + BOM + PLAIN,
    "a byte-order mark inside": b" " + BOM + PLAIN,
    "arrays without end": b"[" * 200_000,
    "objects without end": b'{"a":' * 40_000,
    "a deep array in a field": with_text(MONTANT, b'"montant": 2100, "x": ' + b"[" * 100_000 + b"]" * 100_000),
}


@pytest.mark.parametrize("raw", NOT_JSON.values(), ids=NOT_JSON)
def test_what_is_not_json(raw: bytes) -> None:
    assert code_of(raw) == "json_invalide"


@pytest.mark.parametrize("raw", [b"1", b"null", b'"decompte"', b"[]", b"[" + PLAIN + b"]", b"true", b"1" * 5000])
def test_a_message_is_an_object(raw: bytes) -> None:
    assert chemins_of(raw) == [""]


@pytest.mark.parametrize(
    "raw",
    [
        b"\t\r\n " + PLAIN + b" \r\n\t",
        BOM + PLAIN,
        BOM + b"\n" + PLAIN,
        json.dumps(MESSAGES["decompte"], ensure_ascii=True).encode(),
        json.dumps(MESSAGES["decompte"], ensure_ascii=False, indent=3, sort_keys=True).encode(),
        json.dumps(MESSAGES["decompte"], separators=(",", ":")).encode(),
        json.dumps(dict(reversed(MESSAGES["decompte"].items()))).encode(),
        PLAIN.replace(b'"montant"', b'"mont\\u0061nt"'),
        PLAIN.replace(b'"cpam-751"', b'"cpam\\u002d751"'),
    ],
    ids=[
        "whitespace",
        "bom",
        "bom and blank",
        "escaped",
        "indented",
        "dense",
        "reversed",
        "escaped key",
        "escaped value",
    ],
)
def test_one_message_may_be_written_in_many_ways(raw: bytes) -> None:
    assert parse(raw) == parse(PLAIN)


def test_minus_zero_is_zero() -> None:
    zero = parse(encode(changed("decompte", "/lignes/0/depense", 0)))
    assert parse(encode(changed("decompte", "/lignes/0/depense", 0)).replace(b'"depense": 0', b'"depense": -0')) == zero


def test_a_quantity_of_minus_zero_is_refused() -> None:
    assert chemins_of(with_text(b'"quantite": 1', b'"quantite": -0')) == ["/lignes/0/quantite"]


@pytest.mark.parametrize("number", [b"2100.0", b"2.1e3", b"2100E0", b"-0.0", b"1e400", b"0.21e4", b"21.005"])
def test_a_number_with_a_point_or_an_exponent_is_no_integer(number: bytes) -> None:
    assert chemins_of(with_text(MONTANT, b'"montant": ' + number)) == ["/lignes/0/montant"]


@pytest.mark.parametrize("digits", [b"100000000001", b"9" * 19, b"1" + b"0" * 40, b"9" * 5000, b"-" + b"9" * 5000])
@pytest.mark.parametrize(
    ("old", "field", "chemin"),
    [
        (b'"montant": 2100', b'"montant": ', "/lignes/0/montant"),
        (b'"quantite": 1', b'"quantite": ', "/lignes/0/quantite"),
        (b'"rang": 1', b'"rang": ', "/rang"),
        (b'"total": 1900', b'"total": ', "/total"),
        (b'"ligne": "1"', b'"ligne": ', "/lignes/0/ligne"),
        (b'"date_soin": "2026-03-10"', b'"date_soin": ', "/lignes/0/date_soin"),
        (b'"total": 1900', b'"total": 1900, "x": ', "/x"),
        (b'"total": 1900', b'"total": 1900, "virement": ', "/virement"),
    ],
)
def test_a_huge_integer_is_out_of_bounds_wherever_it_stands(
    digits: bytes, old: bytes, field: bytes, chemin: str
) -> None:
    assert chemins_of(with_text(old, field + digits)) == [chemin]


@pytest.mark.parametrize("value", [2, 0, -1, 10**40])
def test_an_unknown_version(value: int) -> None:
    assert code_of(encode(MESSAGES["decompte"] | {"version": value})) == "version_inconnue"


@pytest.mark.parametrize("value", ["", "Decompte", "remboursement", "decompte ", "a" * 1000])
def test_an_unknown_type(value: str) -> None:
    assert code_of(encode(MESSAGES["decompte"] | {"type": value})) == "type_inconnu"


def test_the_type_is_judged_before_the_version_and_both_before_the_fields() -> None:
    assert code_of(b'{"type": "x", "version": 2}') == "type_inconnu"
    assert code_of(b'{"type": "decompte", "version": 2}') == "version_inconnue"


@pytest.mark.parametrize("total", [1899, 1901, 0, -1900])
def test_a_total_that_is_not_the_sum_of_the_lines(total: int) -> None:
    assert code_of(encode(MESSAGES["decompte"] | {"total": total})) == "total_incoherent"


def test_the_total_is_judged_on_the_slow_way_too() -> None:
    escaped = encode(MESSAGES["decompte"] | {"total": 1}).replace(b'"montant"', b'"mont\\u0061nt"')
    assert code_of(escaped) == "total_incoherent"


def test_a_message_with_faults_is_not_told_that_its_total_is_wrong() -> None:
    assert chemins_of(encode(changed("decompte", "/rang", 0) | {"total": 1})) == ["/rang"]


@pytest.mark.parametrize(
    ("raw", "chemin"),
    [
        (with_text(b'"rang": 1', b'"rang": 1, "rang": 1'), "/rang"),
        (with_text(b'"rang": 1', b'"rang": 2, "rang": 1'), "/rang"),
        (with_text(b'"rang": 1', b'"rang": 1, "\\u0072ang": 1'), "/rang"),
        (with_text(b'"rang": 1', b'"rang": 1, "r\\u0061ng": 1, "ran\\u0067": 1'), "/rang"),
        (with_text(b'"type": "decompte"', b'"type": "adherent", "type": "decompte"'), "/type"),
        (with_text(b'"version": 1', b'"version": 1, "version": 1'), "/version"),
        (with_text(MONTANT, MONTANT + b", " + MONTANT), "/lignes/0/montant"),
        (with_text(MONTANT, b'"mont\\u0061nt": 1, ' + MONTANT), "/lignes/0/montant"),
        (
            with_text(
                MONTANT, MONTANT + b', "ligne_origine": {"emetteur": "a", "reference": "b", "ligne": "1", "ligne": "1"}'
            ),
            "/lignes/0/ligne_origine/ligne",
        ),
        (PLAIN[:-1] + b', "lignes": ' + json.dumps(MESSAGES["decompte"]["lignes"]).encode() + b"}", "/lignes"),
        (
            encode(MESSAGES["adherent"]).replace(
                b'"beneficiaire": "02"', b'"beneficiaire": "02", "beneficiaire": "02"'
            ),
            "/beneficiaires/0/beneficiaire",
        ),
        (encode(MESSAGES["annulation"]).replace(b'"motif"', b'"motif": "a\\"b", "motif"'), "/motif"),
    ],
    ids=[
        "equal",
        "different",
        "hidden by an escape",
        "three times",
        "type",
        "version",
        "in a line",
        "in a line, by an escape",
        "in an origin",
        "a whole list",
        "in a beneficiary",
        "beside an escaped quote",
    ],
)
def test_a_field_that_comes_twice_is_refused(raw: bytes, chemin: str) -> None:
    assert chemins_of(raw) == [chemin]


def test_an_unknown_field_that_comes_twice_is_told_both_ways() -> None:
    assert chemins_of(with_text(MONTANT, MONTANT + b', "x": 1, "x": 1')) == ["/lignes/0/x", "/lignes/0/x"]


def test_an_unknown_field_may_be_as_deep_as_it_likes_and_stays_unknown() -> None:
    deep: Any = 1
    for _ in range(200):
        deep = {"a": [deep]}
    assert chemins_of(encode(MESSAGES["decompte"] | {"x": deep})) == ["/x"]


@pytest.mark.parametrize("name", ["a/b", "a~b", "~1", "", "é", "a\nb"])
def test_a_place_is_a_json_pointer(name: str) -> None:
    [chemin] = chemins_of(encode(MESSAGES["decompte"] | {name: 1}))
    assert chemin == "/" + name.replace("~", "~0").replace("/", "~1")


def of_lines(count: int) -> bytes:
    """A décompte of so many lines."""
    line = MESSAGES["decompte"]["lignes"][0]
    lignes = [line | {"ligne": str(number), "montant": 1} for number in range(count)]
    return encode(MESSAGES["decompte"] | {"lignes": lignes, "total": count})


def test_500_lines_are_taken_and_501_are_too_many() -> None:
    message = parse(of_lines(LIGNES_MAX))
    assert isinstance(message, DecompteMessage)
    assert len(message.lignes) == LIGNES_MAX == 500
    assert code_of(of_lines(LIGNES_MAX + 1)) == "message_trop_grand"


def test_256_kib_are_taken_and_a_byte_more_is_too_many() -> None:
    assert MESSAGE_BYTES_MAX == 262_144
    assert parse(PLAIN.ljust(MESSAGE_BYTES_MAX)) == parse(PLAIN)
    assert parse((BOM + PLAIN).ljust(MESSAGE_BYTES_MAX)) == parse(PLAIN)
    assert code_of(PLAIN.ljust(MESSAGE_BYTES_MAX + 1)) == "message_trop_grand"
    assert code_of(b"\xff" * (MESSAGE_BYTES_MAX + 1)) == "message_trop_grand"


def test_each_refusal_of_a_message_is_malformed() -> None:
    kinds = (EncodageInvalide, JsonInvalide, MessageTropGrand, TypeInconnu, VersionInconnue, MessageInvalide)
    assert all(issubclass(kind, Malformed) for kind in (*kinds, TotalIncoherent))
