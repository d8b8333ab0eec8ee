"""Invented people: names by generation, addresses at exemple.fr, telephone numbers kept for fiction by the ARCEP."""

import unicodedata

from infra.sample.alea import Alea


def _words(texte: str) -> tuple[str, ...]:
    return tuple(texte.split())


NOMS = _words(
    "Martin Bernard Thomas Petit Robert Richard Durand Dubois Moreau Laurent Simon Michel Lefèvre Leroy "
    "Roux David Bertrand Morel Fournier Girard Bonnet Dupont Lambert Fontaine Rousseau Vincent Muller "
    "Faure André Mercier Blanc Guérin Boyer Garnier Chevalier François Legrand Gauthier Garcia Perrin "
    "Robin Clément Morin Nicolas Henry Roussel Mathieu Gautier Masson Marchand Duval Denis Dumont Lemaire "
    "Noël Meyer Dufour Meunier Brun Blanchard Giraud Joly Rivière Lucas Brunet Gaillard Barbier Arnaud "
    "Martinez Gérard Roche Renard Schmitt Roy Leroux Colin Vidal Caron Picard Fabre Aubert Lemoine Renaud "
    "Dumas Lacroix Bourgeois Rey Leclerc Payet Rolland Leclercq Lecomte López Dupuy Guillot Hubert Berger "
    "Carpentier Sánchez Dupuis Moulin Deschamps Huet Vasseur Pérez Boucher Fleury Royer Klein Jacquet "
    "Adam Poirier Marty Aubry Guyot Carré Renault Charpentier Ménard Maillard Baron Bertin Diallo Traoré "
    "Benali Haddad Nguyen Tran Ferreira Kowalski Rossi Yılmaz N'Diaye"
)

_PRENOMS: tuple[tuple[int, tuple[str, ...], tuple[str, ...]], ...] = (
    (
        1955,
        _words("Monique Jacqueline Françoise Nicole Jeannine Denise Colette Yvette Simone Marie-Thérèse"),
        _words("Jean Michel André Claude Pierre Jacques Roger Bernard René Jean-Pierre"),
    ),
    (
        1975,
        _words("Catherine Sylvie Isabelle Nathalie Véronique Christine Valérie Corinne Brigitte Fatima"),
        _words("Philippe Patrick Thierry Éric Laurent Christophe Pascal Frédéric Didier Ahmed"),
    ),
    (
        2003,
        _words("Aurélie Émilie Julie Céline Camille Élodie Marion Sarah Pauline Inès Amélie Laura"),
        _words("Julien Nicolas Sébastien Thomas Kévin Mathieu Alexandre Romain Maxime Antoine Karim Loïc"),
    ),
    (
        9999,
        _words("Emma Jade Louise Alice Chloé Lina Ambre Rose Anna Zoé Léna Agathe"),
        _words("Léo Gabriel Raphaël Louis Jules Adam Noé Hugo Lucas Maël Théo Nathan"),
    ),
)
"""First names by generation: last year of birth, women, men."""

_SANS_ACCENT = {"ı": "i"}


def pick_prenom(alea: Alea, *, femme: bool, annee_naissance: int) -> str:
    """A first name that was given in those years."""
    for derniere_annee, femmes, hommes in _PRENOMS:
        if annee_naissance <= derniere_annee:
            return alea.pick(femmes if femme else hommes)
    raise AssertionError("the last generation has no end")


def write_email(prenom: str, nom: str, chiffres: int) -> str:
    """An address of its own for every member: the number keeps namesakes apart."""
    return f"{_ascii(prenom)}.{_ascii(nom)}{chiffres}@exemple.fr"


def write_telephone(alea: Alea) -> str:
    """A mobile number in the range 06 39 98 that is never given to anybody."""
    return f"+3363998{alea.between(0, 9_999):04d}"


def _ascii(nom: str) -> str:
    plain = unicodedata.normalize("NFKD", "".join(_SANS_ACCENT.get(lettre, lettre) for lettre in nom.lower()))
    return "".join(lettre for lettre in plain if "a" <= lettre <= "z" or lettre == "-")
