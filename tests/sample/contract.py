"""A strict reader of one line of the feed, written from the contract alone: it raises AssertionError with the path."""

import json
import re
from datetime import date
from typing import Any

REFERENCE = re.compile(r"[A-Za-z0-9][A-Za-z0-9._-]{0,63}")
NUMERO = re.compile(r"[A-Z0-9-]{1,20}")
PAYEURS = {"regime_obligatoire", "smi", "autre_mutuelle", "recours_tiers"}
DESTINATAIRES = {"adherent", "professionnel", "smi", "regime_obligatoire", "autre_mutuelle"}
NATURES = {"prestation", "complement_local", "participation_forfaitaire", "franchise", "majoration_hors_parcours"}
CATEGORIES = {
    "consultations",
    "pharmacie",
    "analyses_imagerie",
    "dentaire",
    "optique",
    "audiologie",
    "hospitalisation",
    "psychologie",
    "auxiliaires",
    "transport",
    "autres",
}
AMOUNT_MAX = 10**11

HEAD = {"type", "version", "emetteur", "reference", "numero_adherent"}
DECOMPTE = HEAD | {"payeur", "rang", "date_paiement", "destinataire", "total", "lignes"}
ANNULATION = HEAD | {"annule", "date", "motif"}
ADHERENT = HEAD | {"date_effet", "nom", "prenom", "date_naissance"}
LIGNE = {"ligne", "soin", "nature", "beneficiaire", "date_soin", "montant"}
PRESTATION = LIGNE | {"quantite", "acte", "libelle", "categorie"}


def check_line(raw: bytes) -> dict[str, Any]:
    """The message on the line, after checking that it is exactly what the contract allows."""
    assert raw.endswith(b"\n"), raw
    assert len(raw) <= 256 * 1024
    text = raw[:-1].decode("utf-8")
    message: dict[str, Any] = json.loads(
        text, object_pairs_hook=_no_duplicates, parse_float=_refuse, parse_constant=_refuse
    )
    assert json.dumps(message, ensure_ascii=False, separators=(",", ":")) == text, "not compact JSON"
    assert message["version"] == 1
    for name in ("emetteur", "reference"):
        _matches(REFERENCE, message[name], name)
    _matches(NUMERO, message["numero_adherent"], "numero_adherent")
    {"decompte": _check_decompte, "annulation": _check_annulation, "adherent": _check_adherent}[message["type"]](
        message
    )
    return message


def _check_decompte(message: dict[str, Any]) -> None:
    is_recours = message["payeur"] == "recours_tiers"
    required = DECOMPTE | ({"sinistre"} if is_recours else set())
    _fields(message, required, {"virement", "organisme"}, "")
    assert message["payeur"] in PAYEURS
    assert 1 <= _integer(message["rang"]) <= 9
    _civil_day(message["date_paiement"])
    assert message["destinataire"] in DESTINATAIRES
    if is_recours:
        _matches(REFERENCE, message["sinistre"], "sinistre")
    lignes = message["lignes"]
    assert 1 <= len(lignes) <= 500
    numbers = [ligne["ligne"] for ligne in lignes]
    assert len(set(numbers)) == len(numbers), numbers
    for ligne in lignes:
        _check_ligne(ligne, is_recours=is_recours)
    assert _integer(message["total"]) == sum(ligne["montant"] for ligne in lignes), message


def _check_ligne(ligne: dict[str, Any], *, is_recours: bool) -> None:
    optional = {"ligne_origine", "motif"}
    if is_recours:
        assert ligne["nature"] == "indemnite"
        _fields(ligne, LIGNE | {"pour_compte_de"}, optional, ligne)
        assert ligne["pour_compte_de"] in {"smi", "regime_obligatoire", "autre_mutuelle", "victime"}
    elif ligne["nature"] == "prestation":
        _fields(ligne, PRESTATION, optional | {"depense", "base", "taux_pb"}, ligne)
        assert _integer(ligne["quantite"]) != 0
        _text(ligne["acte"], 20)
        _text(ligne["libelle"], 120)
        assert ligne["categorie"] in CATEGORIES
    else:
        assert ligne["nature"] in NATURES
        _fields(ligne, LIGNE, optional | {"depense"}, ligne)
    _text(ligne["ligne"], 20)
    _text(ligne["beneficiaire"], 20)
    _matches(REFERENCE, ligne["soin"], "soin")
    _civil_day(ligne["date_soin"])
    for name in ("montant", "depense", "base", "taux_pb"):
        if name in ligne:
            assert abs(_integer(ligne[name])) <= AMOUNT_MAX
    if "motif" in ligne:
        _text(ligne["motif"], 60)
    if "ligne_origine" in ligne:
        _fields(ligne["ligne_origine"], {"emetteur", "reference", "ligne"}, set(), ligne)
        for value in ligne["ligne_origine"].values():
            _matches(REFERENCE, value, "ligne_origine")


def _check_annulation(message: dict[str, Any]) -> None:
    _fields(message, ANNULATION, set(), "")
    _matches(REFERENCE, message["annule"], "annule")
    _civil_day(message["date"])
    _text(message["motif"], 60)


def _check_adherent(message: dict[str, Any]) -> None:
    _fields(message, ADHERENT, {"email", "telephone", "beneficiaires"}, "")
    for name in ("date_effet", "date_naissance"):
        _civil_day(message[name])
    for name in ("nom", "prenom"):
        _text(message[name], 120)
    if "email" in message:
        _matches(re.compile(r"[a-z.-]+[0-9]+@exemple\.fr"), message["email"], "email")
    if "telephone" in message:
        _matches(re.compile(r"\+3363998[0-9]{4}"), message["telephone"], "telephone")
    numbers = ["01"]
    for beneficiaire in message.get("beneficiaires", []):
        _fields(beneficiaire, {"beneficiaire", "prenom", "date_naissance"}, set(), beneficiaire)
        _civil_day(beneficiaire["date_naissance"])
        numbers.append(beneficiaire["beneficiaire"])
    assert len(set(numbers)) == len(numbers)


def _fields(found: dict[str, Any], required: set[str], optional: set[str], where: object) -> None:
    names = set(found)
    assert required <= names <= required | optional, (where, names ^ required)
    assert None not in found.values()


def _no_duplicates(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    names = [name for name, _ in pairs]
    assert len(set(names)) == len(names), names
    return dict(pairs)


def _refuse(text: str) -> float:
    raise AssertionError(f"not an integer: {text}")


def _integer(value: object) -> int:
    assert type(value) is int, value
    return value


def _text(value: object, longest: int) -> None:
    assert isinstance(value, str)
    assert 1 <= len(value) <= longest, value


def _matches(pattern: re.Pattern[str], value: object, where: str) -> None:
    assert isinstance(value, str), where
    assert pattern.fullmatch(value), (where, value)


def _civil_day(value: object) -> None:
    assert isinstance(value, str)
    assert date.fromisoformat(value).isoformat() == value
