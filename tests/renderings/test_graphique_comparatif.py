"""The picture of the two years: figures in words, patterns and no colour, nothing that a strict page refuses."""

import re
from xml.etree import ElementTree

from ledger.dates import Fenetre
from ledger.payeurs import Categorie
from readmodels.renderings.graphique_comparatif import WIDTH, graphique_comparatif
from readmodels.renderings.labels_fr import CATEGORIE
from readmodels.renderings.montants_fr import euros
from readmodels.reste_a_charge import comparatif
from readmodels.vues import Comparatif
from tests.renderings.members import largest_member, rendered
from tests.support.examples import prestation, ro, smi

SVG = "{http://www.w3.org/2000/svg}"
FENETRE = Fenetre(2025, 2026)


def picture(view: Comparatif) -> ElementTree.Element:
    return ElementTree.fromstring(graphique_comparatif(view))


def largest() -> Comparatif:
    return comparatif(largest_member().dossier, fenetre=FENETRE)


def test_a_screen_reader_hears_a_title_and_every_figure() -> None:
    view = largest()
    root = picture(view)
    assert root.get("role") == "img"
    [title, desc] = root.find(f"{SVG}title"), root.find(f"{SVG}desc")
    assert title is not None
    assert desc is not None
    assert root.get("aria-labelledby") == f"{title.get('id')} {desc.get('id')}"
    assert title.text == "Vos dépenses de soins en 2025 et 2026, par catégorie"
    for part in view.par_categorie:
        for annee, split in zip(view.annees, part.annees, strict=True):
            said = f"{CATEGORIE[part.categorie]}, {annee} : {euros(split.depense)}, dont {euros(split.reste_a_charge)}"
            assert said in (desc.text or "")


def test_every_bar_has_its_figures_written_beside_it() -> None:
    view = largest()
    texts = [node.text for node in picture(view).iter(f"{SVG}text")]
    assert {"Remboursé", "Resté à votre charge"} <= set(texts)
    for part in view.par_categorie:
        assert CATEGORIE[part.categorie] in texts
        for annee, split in zip(view.annees, part.annees, strict=True):
            assert f"{annee} : {euros(split.depense)}, dont {euros(split.reste_a_charge)} à votre charge" in texts


def test_it_is_told_by_patterns_and_by_no_colour() -> None:
    fills = {node.get("fill") for node in picture(largest()).iter(f"{SVG}rect")}
    assert fills == {"url(#comparatif-hachures)", "currentColor"}
    assert not re.search(r"#[0-9a-f]{3,6}\b|rgb|hsl", graphique_comparatif(largest()))


def test_it_needs_no_style_nor_script_nor_anything_from_elsewhere() -> None:
    content = graphique_comparatif(largest())
    assert not re.search(r"style=|<style|<script|href|\son[a-z]+=", content)


def test_lengths_are_in_proportion_and_the_longest_fits() -> None:
    twice = rendered(
        ro(prestation(1000, depense=2000)),
        ro(prestation(1000, depense=1000, soin="S-2", categorie=Categorie.PHARMACIE)),
    )
    root = picture(comparatif(twice.dossier, fenetre=FENETRE))
    _legend, _legend_too, reimbursed, left, other = (float(node.get("width", 0)) for node in root.iter(f"{SVG}rect"))
    assert abs(reimbursed - left) < 0.2
    assert abs(other - reimbursed) < 0.2
    assert reimbursed + left <= WIDTH


def test_a_member_without_care_is_told_so() -> None:
    nothing = comparatif(rendered(ro()).dossier, fenetre=Fenetre(2020, 2021))
    assert "Aucun soin connu ces deux années." in graphique_comparatif(nothing)
    assert "Aucun soin connu" not in graphique_comparatif(comparatif(rendered(smi()).dossier, fenetre=FENETRE))
