"""The two years side by side as a picture: SVG that reads without colour, without style sheet, and aloud.

Each bar is what was spent on a category in a year: hatched what was reimbursed, filled what was left to the member.
Every bar has its figures written above it, and the description says them all.
"""

from html import escape

from ledger.repartition import Split
from readmodels.renderings.labels_fr import CATEGORIE
from readmodels.renderings.montants_fr import euros
from readmodels.vues import CategorieComparee, Comparatif

WIDTH = 360
"""In units that a phone of 320 px shows at nine tenths: letters stay readable there."""

_MARGIN, _BAR, _TEXT, _GAP = 4, 12, 18, 14
_HATCH = "comparatif-hachures"


def graphique_comparatif(view: Comparatif) -> str:
    """An `<svg>` element to put into a page. Without care in either year, it says so."""
    largest = max((split.depense for part in view.par_categorie for split in part.annees), default=0)
    body: list[str] = []
    top = _legend(body)
    for part in view.par_categorie:
        top = _category(body, view, part, largest=largest, top=top)
    if not view.par_categorie:
        top = _text(body, "Aucun soin connu ces deux années.", top=top)
    titre = f"Vos dépenses de soins en {' et '.join(map(str, view.annees))}, par catégorie"
    return (
        f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {WIDTH} {top}" role="img" '
        f'aria-labelledby="comparatif-titre comparatif-description" font-family="sans-serif" font-size="12" '
        f'fill="currentColor">'
        f'<title id="comparatif-titre">{escape(titre)}</title>'
        f'<desc id="comparatif-description">{escape(_description(view))}</desc>'
        f'<defs><pattern id="{_HATCH}" width="6" height="6" patternUnits="userSpaceOnUse" '
        f'patternTransform="rotate(45)"><path d="M0 0V6" stroke="currentColor" stroke-width="2"/></pattern></defs>'
        f"{''.join(body)}</svg>"
    )


def _description(view: Comparatif) -> str:
    said = [
        f"{CATEGORIE[part.categorie]}, {annee} : {_figures(split)}."
        for part in view.par_categorie
        for annee, split in zip(view.annees, part.annees, strict=True)
    ]
    return " ".join(said) or "Aucun soin connu ces deux années."


def _figures(split: Split) -> str:
    return f"{euros(split.depense)}, dont {euros(split.reste_a_charge)} à votre charge"


def _legend(body: list[str]) -> int:
    top = _MARGIN
    for fill, said in ((f"url(#{_HATCH})", "Remboursé"), ("currentColor", "Resté à votre charge")):
        body.append(_rectangle(_MARGIN, top, 24, _BAR, fill))
        body.append(f'<text x="{_MARGIN + 30}" y="{top + _BAR - 2}">{said}</text>')
        top += _TEXT
    return top + _GAP


def _category(body: list[str], view: Comparatif, part: CategorieComparee, *, largest: int, top: int) -> int:
    top = _text(body, CATEGORIE[part.categorie], top=top, weight="bold")
    for annee, split in zip(view.annees, part.annees, strict=True):
        top = _text(body, f"{annee} : {_figures(split)}", top=top)
        _bar(body, split, largest=largest, top=top)
        top += _BAR + _GAP // 2
    return top + _GAP


def _bar(body: list[str], split: Split, *, largest: int, top: int) -> None:
    """What was reimbursed, then what was left, in proportion to the longest bar."""
    scale = (WIDTH - 2 * _MARGIN) / largest if largest else 0.0
    reimbursed = (split.depense - split.reste_a_charge) * scale
    left = split.reste_a_charge * scale
    for start, width, fill in ((0.0, reimbursed, f"url(#{_HATCH})"), (reimbursed, left, "currentColor")):
        if width:
            body.append(_rectangle(_MARGIN + start, top, width, _BAR, fill))


def _rectangle(left: float, top: int, width: float, height: int, fill: str) -> str:
    return f'<rect x="{left:.1f}" y="{top}" width="{width:.1f}" height="{height}" fill="{fill}" stroke="currentColor"/>'


def _text(body: list[str], said: str, *, top: int, weight: str = "normal") -> int:
    body.append(f'<text x="{_MARGIN}" y="{top + _BAR}" font-weight="{weight}">{escape(said)}</text>')
    return top + _TEXT
