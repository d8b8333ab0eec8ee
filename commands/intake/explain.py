"""Why a message is refused: every fault at its place, with the code that the contract gives it.

This is the slow way, taken only when the fast one (`parse.py`) has refused or doubts. It walks the very types of
`schema.py`, so that there is one description of the feed. No fault repeats the value: it may be personal.
"""

import json
import re
from collections.abc import Iterator
from datetime import date
from typing import Annotated, Any, Literal, NoReturn

import msgspec
from msgspec import UNSET, inspect

from commands.intake.rules import broken_rules, broken_rules_of_decompte
from commands.intake.schema import LIGNES_MAX, MESSAGE_BY_TYPE, VERSION, LigneMessage, Message
from ledger.errors import (
    EncodageInvalide,
    Erreur,
    JsonInvalide,
    MessageInvalide,
    MessageTropGrand,
    TypeInconnu,
    VersionInconnue,
)
from ledger.payeurs import Nature, Payeur

_INTEGER_DIGITS_MAX = 30
"""Longer integers are out of every bound of the feed, and CPython refuses to read very long ones."""

_ERREURS_MAX = 200
"""How many faults one refusal names."""


class _Objet(dict[str, Any]):
    """A JSON object that remembers which of its fields came twice."""

    doubled: tuple[str, ...] = ()


class _OutOfBounds:
    """An integer too long for any field."""


def explain(text: bytes) -> Message:
    """The message, when it is right after all. Raises the Refusal that says what is wrong with it."""
    value = _read(text)
    if not isinstance(value, _Objet):
        raise MessageInvalide([Erreur("", "un message est un objet JSON")])
    type_, version = value.get("type"), value.get("version")
    if not isinstance(type_, str):
        raise MessageInvalide([Erreur("/type", "champ obligatoire" if "type" not in value else "texte attendu")])
    if type_ not in MESSAGE_BY_TYPE:
        raise TypeInconnu
    # What is no integer at all is a fault among the others, and those are judged by the version that we know.
    if isinstance(version, _OutOfBounds) or (type(version) is int and version != VERSION):
        raise VersionInconnue
    lignes = value.get("lignes")
    if type_ == "decompte" and isinstance(lignes, list) and len(lignes) > LIGNES_MAX:
        raise MessageTropGrand(f"Le message a plus de {LIGNES_MAX} lignes.")

    erreurs = list(_faults(value, inspect.type_info(MESSAGE_BY_TYPE[type_]), ""))
    if not erreurs:
        message: Message = msgspec.convert(value, MESSAGE_BY_TYPE[type_])
        erreurs = list(broken_rules(message))
        if not erreurs:
            return message
    elif type_ == "decompte":
        at_fault = {erreur.chemin for erreur in erreurs}
        erreurs += [erreur for erreur in _broken_rules_beside_faults(value) if erreur.chemin not in at_fault]
    raise MessageInvalide(erreurs[:_ERREURS_MAX])


def _broken_rules_beside_faults(value: _Objet) -> list[Erreur]:
    """The rules between fields that can be judged although some field is wrong: all faults at once, not in turns."""
    try:
        payeur = Payeur(value.get("payeur", ""))
    except ValueError:
        payeur = None
    lignes = value.get("lignes")
    said = [_ligne_as_said(ligne) for ligne in lignes] if isinstance(lignes, list) else []
    return list(broken_rules_of_decompte(payeur, has_sinistre="sinistre" in value, lignes=said))


def _ligne_as_said(value: Any) -> LigneMessage | None:
    """A line whose fields may be wrong, to judge which ones are there; None when not even its nature is known."""
    if not isinstance(value, _Objet):
        return None
    try:
        nature = Nature(value.get("nature", ""))
    except ValueError:
        return None
    fields = {name: value.get(name, UNSET) for name in LigneMessage.__struct_fields__}
    # What is no number of a line is not the double of another.
    ligne = fields["ligne"] if isinstance(fields["ligne"], str) else object()
    return LigneMessage(**fields | {"nature": nature, "ligne": ligne})


def _read(text: bytes) -> Any:
    try:
        decoded = text.decode("utf-8")
    except UnicodeDecodeError:
        raise EncodageInvalide from None
    try:
        value = json.loads(decoded, object_pairs_hook=_objet, parse_int=_integer, parse_constant=_refuse_constant)
        # Lone surrogates are JSON by the letter, and no text: nothing could store or show them.
        json.dumps(value, ensure_ascii=False, default=lambda _: None).encode("utf-8")
    except (ValueError, RecursionError):
        raise JsonInvalide from None
    return value


def _objet(pairs: list[tuple[str, Any]]) -> _Objet:
    objet = _Objet(pairs)
    if len(objet) != len(pairs):
        seen: set[str] = set()
        doubled = [key for key, _ in pairs if key in seen or seen.add(key)]  # type: ignore[func-returns-value]
        objet.doubled = tuple(dict.fromkeys(doubled))
    return objet


def _integer(digits: str) -> int | _OutOfBounds:
    return int(digits) if len(digits) <= _INTEGER_DIGITS_MAX else _OutOfBounds()


def _refuse_constant(_: str) -> NoReturn:
    raise ValueError("NaN and infinities are not JSON")


def _faults(value: Any, type_: inspect.Type, chemin: str) -> Iterator[Erreur]:
    """Every fault of a value against its type, in the order of the message."""
    type_, description, pattern = _bare(type_)
    if isinstance(type_, inspect.StructType):
        yield from _faults_of_object(value, type_, chemin)
    elif isinstance(type_, inspect.ListType):
        if not isinstance(value, list):
            yield Erreur(chemin, "liste attendue")
            return
        if len(value) < (type_.min_length or 0):
            yield Erreur(chemin, "liste vide")
        if type_.max_length is not None and len(value) > type_.max_length:
            yield Erreur(chemin, f"{type_.max_length} éléments au plus")
        for index, element in enumerate(value):
            yield from _faults(element, type_.item_type, f"{chemin}/{index}")
    else:
        fault = _fault_of_scalar(value, type_, description)
        if fault is None and pattern is not None and not re.fullmatch(pattern, value):
            fault = description
        if fault is not None:
            yield Erreur(chemin, fault)


def _faults_of_object(value: Any, type_: inspect.StructType, chemin: str) -> Iterator[Erreur]:
    if not isinstance(value, _Objet):
        yield Erreur(chemin, "objet attendu")
        return
    known = {field.encode_name: field for field in type_.fields}
    tag = (type_.tag_field,) if type_.tag_field else ()
    for name in value.doubled:
        yield Erreur(f"{chemin}/{_escaped(name)}", "champ en double")
    for name, element in value.items():
        if name in known:
            yield from _faults(element, known[name].type, f"{chemin}/{_escaped(name)}")
        elif name not in tag:
            yield Erreur(f"{chemin}/{_escaped(name)}", "champ inconnu")
    for name, field in known.items():
        if field.required and name not in value:
            yield Erreur(f"{chemin}/{name}", "champ obligatoire")


def _fault_of_scalar(value: Any, type_: inspect.Type, description: str | None) -> str | None:
    """What is wrong with a scalar, in French, or None."""
    if value is None:
        return "null n'est pas admis : omettre le champ"
    if isinstance(value, _OutOfBounds):
        return description or "nombre hors bornes"
    if isinstance(type_, inspect.IntType | inspect.LiteralType) and type(value) is not int:
        return "entier attendu (ni décimales, ni texte)"
    if isinstance(type_, inspect.StrType | inspect.DateType | inspect.EnumType) and not isinstance(value, str):
        return "texte attendu"
    # JSON can only say it by an escape, and the fast way of `parse.py` sends every escape here.
    if isinstance(value, str) and "\0" in value:
        return "le caractère U+0000 n'est pas admis"
    try:
        msgspec.convert(value, _python_type(type_))
    except msgspec.ValidationError:
        if isinstance(type_, inspect.DateType):
            return "date attendue, AAAA-MM-JJ, qui existe"
        if isinstance(type_, inspect.EnumType):
            return "valeur inconnue ; valeurs admises : " + ", ".join(m.value for m in type_.cls)
        if isinstance(type_, inspect.StrType) and type_.max_length is not None and description is None:
            return f"{type_.min_length or 0} à {type_.max_length} caractères"
        if isinstance(type_, inspect.IntType) and description is None:
            return f"entier de {type_.ge} à {type_.le}"
        return description or "valeur non admise"
    return None


def _bare(type_: inspect.Type) -> tuple[inspect.Type, str | None, str | None]:
    """The type under its description, that description, and the pattern that the decoder does not check."""
    if not isinstance(type_, inspect.Metadata):
        return type_, None, None
    told = type_.extra_json_schema or {}
    return type_.type, told.get("description"), told.get("pattern")


def _python_type(type_: inspect.Type) -> Any:
    """The Python annotation of a described scalar type, for msgspec to judge with its own rules."""
    if isinstance(type_, inspect.IntType):
        return _annotated(int, ge=type_.ge, le=type_.le)
    if isinstance(type_, inspect.StrType):
        return _annotated(str, min_length=type_.min_length, max_length=type_.max_length, pattern=type_.pattern)
    if isinstance(type_, inspect.EnumType):
        return type_.cls
    if isinstance(type_, inspect.LiteralType):
        return Literal[type_.values]
    assert isinstance(type_, inspect.DateType), type_
    return date


def _annotated(base: type, **limits: Any) -> Any:
    given = {name: limit for name, limit in limits.items() if limit is not None}
    return Annotated[base, msgspec.Meta(**given)] if given else base


def _escaped(name: str) -> str:
    """A field name as a token of a JSON pointer (RFC 6901)."""
    return name.replace("~", "~0").replace("/", "~1")
