"""Twenty-five ways to break a message, each with the code that must answer."""

import json
from collections.abc import Callable
from typing import Any

from tests.support.ledger import annulation, decompte, soin_line


def _json(message: dict[str, Any]) -> bytes:
    return json.dumps(message, ensure_ascii=False).encode()


def _text(n: int, old: str, new: str) -> bytes:
    """A right message whose text is then broken by hand."""
    text = _json(decompte(f"X-{n}")).decode()
    assert old in text
    return text.replace(old, new, 1).encode()


def _line(n: int, **changes: Any) -> bytes:
    return _json(decompte(f"X-{n}", lignes=[soin_line(**changes)]))


def _without(n: int, field: str) -> bytes:
    message = decompte(f"X-{n}")
    del message[field]
    return _json(message)


def _doubled_number(n: int) -> bytes:
    return _json(decompte(f"X-{n}", lignes=[soin_line("1"), soin_line("1", soin="F2")]))


BROKEN: dict[str, tuple[str, Callable[[int], bytes]]] = {
    "pas du JSON": ("json_invalide", lambda n: b"{decompte %d" % n),
    "pas de l'UTF-8": ("encodage_invalide", lambda n: _text(n, "généraliste", f"g{n}").replace(b"G", b"\xe9")),
    "NaN": ("json_invalide", lambda n: _text(n, '"total": 2100', '"total": NaN')),
    "un flottant": ("message_invalide", lambda n: _text(n, '"total": 2100', '"total": 2100.0')),
    "un entier énorme": ("message_invalide", lambda n: _text(n, '"total": 2100', '"total": ' + "9" * 5000)),
    "trois décimales": ("message_invalide", lambda n: _text(n, '"montant": 2100', '"montant": 21.005')),
    "un montant en texte": ("message_invalide", lambda n: _text(n, '"montant": 2100', '"montant": "2100"')),
    "un montant hors bornes": ("message_invalide", lambda n: _line(n, montant=10**11 + 1)),
    "un champ inconnu": ("message_invalide", lambda n: _json(decompte(f"X-{n}", remarque="x"))),
    "un champ en double": ("message_invalide", lambda n: _text(n, '"rang": 1', '"rang": 1, "rang": 2')),
    "un null": ("message_invalide", lambda n: _json(decompte(f"X-{n}", virement=None))),
    "un champ qui manque": ("message_invalide", lambda n: _without(n, "date_paiement")),
    "un mauvais total": ("total_incoherent", lambda n: _json(decompte(f"X-{n}", total=2101))),
    "un numéro de ligne en double": ("message_invalide", _doubled_number),
    "501 lignes": (
        "message_trop_grand",
        lambda n: _json(decompte(f"X-{n}", lignes=[soin_line(str(i), soin=f"S{i}") for i in range(501)])),
    ),
    "plus de 256 Kio": ("message_trop_grand", lambda n: _json(decompte(f"X-{n}", organisme="x" * 262_144))),
    "une date qui n'existe pas": ("message_invalide", lambda n: _json(decompte(f"X-{n}", date_paiement="2026-02-30"))),
    "une version inconnue": ("version_inconnue", lambda n: _json(decompte(f"X-{n}", version=2))),
    "un type inconnu": ("type_inconnu", lambda n: _json(decompte(f"X-{n}", type="devis"))),
    "une liste": ("message_invalide", lambda n: b"[%d]" % n),
    "une référence interdite": ("message_invalide", lambda n: _json(decompte(f"X {n}"))),
    "une nature du recours": ("message_invalide", lambda n: _line(n, nature="indemnite")),
    "une prestation sans acte": ("message_invalide", lambda n: _text(n, '"acte": "G", ', "")),
    "un conflit": ("decompte_en_conflit", lambda n: _json(decompte(f"C-{n}", rang=2))),
    "une annulation d'un autre": (
        "annulation_incoherente",
        lambda n: _json(annulation(f"C-{n}", reference=f"XA-{n}", numero_adherent="99999999")),
    ),
}
"""By name: the code, and the n-th message broken so. `C-n` must be recorded before."""
