"""The examples of the answers about proof logs: of a log of two entries, whose seals are drawn anew each time."""

from typing import Any

from infra.http.answers import RELEVE

_ORIGINE = "127.0.0.1:8000/v1/preuve/evenements"
_CLE = f"{_ORIGINE}+c21f5d2d+AcY3Yb8rRkyy2V3qzIFhSFbpZHvcyeWzq8cD2Dj9SNgk"
_FEUILLE = "ZGNwOmV2dDEAAAAAAAAAAkG9oF3QGx0bXC1Kqk2Sjv0sN0nqLrEdhhKMCDvPpj6c"
_VOISINE = "kZRpCbTI5Q9wY8JtQpS1mPDZ6IHDu0bqLQ0n5UjBMcI="
_NOTE = (
    f"{_ORIGINE}\n2\n5pHsTuOZmN1o9c2C0Jw9Xq4m5mGzZ8E7nq0d4dV5mYo=\n\n— {_ORIGINE} "
    "wh9dLWl2lQ3mmmGvJxV0jE4c8o0cX8bq1sC9m0s6q3Xb5wq3m8z4pUuQmJb3rRr8c9y0d3Yk0m1u2w3x4y5z6A7B8C0=\n"
)
_ROW = "AAcAAAAQ"

ANSWERS: dict[tuple[str, int], dict[str, Any]] = {
    ("read_preuve_cle", 200): {"cle": {"journal": "evenements", "origine": _ORIGINE, "cle": _CLE}},
    ("read_preuve_checkpoint", 200): {"point": _NOTE},
    ("read_preuve_tile", 200): {"tuile": "…"},
    ("prove_inclusion", 200): {
        "preuve": {
            "position": 2,
            "index": 1,
            "entree": _FEUILLE,
            "chemin": [_VOISINE],
            "point_de_controle": _NOTE,
            "document": f"c2sp.org/tlog-proof@v1\nindex 1\n{_VOISINE}\n\n{_NOTE}",
        }
    },
    ("prove_message", 200): {
        "preuve": {
            "position": 2,
            "index": 1,
            "entree": _FEUILLE,
            "chemin": [_VOISINE],
            "point_de_controle": _NOTE,
            "document": f"c2sp.org/tlog-proof@v1\nindex 1\n{_VOISINE}\n\n{_NOTE}",
        }
    },
    ("prove_coherence", 200): {"preuve": {"de": 1, "a": 2, "chemin": [_VOISINE]}},
    ("read_releve_prouve", 200): {
        "releve": {
            "format": "decompte/releve-prouve/1",
            "releve": RELEVE,
            "evenements": [
                {"position": 1, "ligne": _ROW, "chemin": [_VOISINE]},
                {"position": 2, "ligne": _ROW, "chemin": [_VOISINE]},
            ],
            "point_de_controle": _NOTE,
            "journal": {"origine": _ORIGINE, "cle": _CLE},
        }
    },
    ("read_releve_prouve_pdf", 200): {"releve": "%PDF-1.7\n"},
}
"""By operation and status."""
