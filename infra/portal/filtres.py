"""What a member asks of her statements: which year, whom, which kind of care, when, which words. All by the address."""

import unicodedata
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, replace
from datetime import date
from urllib.parse import urlencode

from ledger.dates import Fenetre
from ledger.payeurs import Categorie
from readmodels.renderings.labels_fr import CATEGORIE
from readmodels.vues import DecompteReleve, LigneReleve

DEUX_ANNEES = "toutes"
TEXTE_MAX = 100
"""The longest text that is searched, in characters."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Filtres:
    """What was asked; `erreurs` says, by field, what could not be read and was left out."""

    annees: tuple[int, ...]
    beneficiaire: str = ""
    categorie: Categorie | None = None
    du: date | None = None
    au: date | None = None
    texte: str = ""
    erreurs: Mapping[str, str]

    @property
    def is_narrowing(self) -> bool:
        """Whether anything but the year is asked."""
        return bool(self.beneficiaire or self.categorie or self.du or self.au or self.texte)

    @property
    def annee(self) -> str:
        """The year as the address says it."""
        return str(self.annees[0]) if len(self.annees) == 1 else DEUX_ANNEES

    def query(self, *, annee: str | None = None, page: int = 1) -> str:
        """The address's part that asks the same, for another year or page."""
        asked = {
            "annee": annee or self.annee,
            "beneficiaire": self.beneficiaire,
            "categorie": self.categorie.value if self.categorie else "",
            "du": self.du.isoformat() if self.du else "",
            "au": self.au.isoformat() if self.au else "",
            "texte": self.texte,
            "page": str(page) if page > 1 else "",
        }
        return urlencode({name: value for name, value in asked.items() if value})


def read_filtres(query: Mapping[str, str], fenetre: Fenetre) -> Filtres:
    """The filters of an address; what cannot be read is said and left out."""
    erreurs: dict[str, str] = {}
    du, au = (_day(query.get(name, ""), name, erreurs) for name in ("du", "au"))
    if du is not None and au is not None and du > au:
        erreurs["au"] = "La fin de la période est avant son début."
        du = au = None
    given = query.get("categorie", "")
    return Filtres(
        annees=_annees(query.get("annee", ""), fenetre),
        beneficiaire=query.get("beneficiaire", "")[:20],
        categorie=Categorie(given) if given in Categorie.__members__.values() else None,
        du=du,
        au=au,
        texte=query.get("texte", "").strip()[:TEXTE_MAX],
        erreurs=erreurs,
    )


def narrow(decomptes: Iterable[DecompteReleve], filtres: Filtres, noms: Mapping[str, str]) -> list[DecompteReleve]:
    """The décomptes with the lines that were asked for; those without any are left out."""
    words = plain(filtres.texte).split()
    found = []
    for decompte in decomptes:
        if filtres.du is not None and decompte.date_paiement < filtres.du:
            continue
        if filtres.au is not None and decompte.date_paiement > filtres.au:
            continue
        about = plain(f"{decompte.reference} {decompte.organisme}")
        lignes = tuple(li for li in decompte.lignes if _is_asked(li, filtres, words, about, noms))
        if lignes:
            found.append(decompte if lignes == decompte.lignes else replace(decompte, lignes=lignes))
    return found


def plain(text: str) -> str:
    """A text as it is compared: without accents nor capitals."""
    decomposed = unicodedata.normalize("NFKD", text.casefold())
    return "".join(c for c in decomposed if not unicodedata.combining(c))


def _is_asked(ligne: LigneReleve, filtres: Filtres, words: list[str], about: str, noms: Mapping[str, str]) -> bool:
    if filtres.beneficiaire and ligne.beneficiaire != filtres.beneficiaire:
        return False
    if filtres.categorie is not None and ligne.categorie is not filtres.categorie:
        return False
    if not words:
        return True
    named = noms.get(ligne.beneficiaire, "")
    said = plain(f"{ligne.libelle or ''} {ligne.acte or ''} {CATEGORIE[ligne.categorie]} {named}")
    return all(word in said or word in about for word in words)


def _annees(given: str, fenetre: Fenetre) -> tuple[int, ...]:
    if given == DEUX_ANNEES:
        return fenetre.courante, fenetre.precedente
    return (fenetre.precedente,) if given == str(fenetre.precedente) else (fenetre.courante,)


def _day(given: str, name: str, erreurs: dict[str, str]) -> date | None:
    if not given:
        return None
    for parts in (given.split("-"), given.split("/")[::-1]):
        try:
            annee, mois, jour = (int(part) for part in parts)
            return date(annee, mois, jour)
        except ValueError:
            continue
    erreurs[name] = "Cette date n’existe pas. Écrivez-la ainsi : 14/03/2026."
    return None
