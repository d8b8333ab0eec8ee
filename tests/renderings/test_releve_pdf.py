"""The paper statement: every line and total in it, tagged, one table across pages, the same bytes, odd texts."""

import re
from datetime import date
from pathlib import Path

import pytest
import typst

from ledger.payeurs import PourCompteDe
from readmodels.renderings.caracteres import affichable
from readmodels.renderings.labels_fr import COLONNES
from readmodels.renderings.montants_fr import euros
from readmodels.renderings.releve_pdf import releve_pdf
from readmodels.renderings.tableau import SPLIT
from readmodels.renderings.titulaire import Titulaire
from readmodels.renderings.typographe import CompositionImpossible, pdf
from tests.renderings.members import ODD, Rendered, every_line, largest_member, odd_member, rendered, sample_members
from tests.renderings.pdfs import info_of, needs_poppler, plain, rows_of, text_of
from tests.support.examples import (
    adherent,
    annulation,
    autre,
    indemnite,
    origine,
    participation,
    prestation,
    recours,
    regularisation,
    ro,
    smi,
)

COLUMNS = ("depense", "base", "regime_obligatoire", "smi", "autre_mutuelle", "reste_a_charge")


def rendered_pdf(member: Rendered, annee: int = 2026) -> bytes:
    return releve_pdf(member.releve(annee), member.titulaire, member.pieces(annee))


def said(texte: str) -> str:
    """A text as it stands in a document."""
    return plain(affichable(texte))


@needs_poppler
@pytest.mark.parametrize("index", [0, 7, 42, 99])
def test_every_line_every_reference_and_every_total_is_in_it(index: int, tmp_path: Path) -> None:
    member = sorted(sample_members(), key=lambda member: len(member.dossier.decomptes), reverse=True)[index]
    view = member.releve()
    content = rendered_pdf(member)
    texte, rows = text_of(content, tmp_path), rows_of(content, tmp_path)
    for decompte, ligne in every_line(view):
        assert said(ligne.libelle or "") in texte
        assert said(f"payé par ce décompte : {euros(ligne.montant)}") in texte
        assert f"Référence du décompte : {decompte.reference}" in texte
        amounts = [getattr(ligne, name) for name in COLUMNS]
        beginning = said(ligne.libelle or "")[:12]
        assert any(has_in_order(row, beginning, *amounts) for row in rows), ligne
    totals = [getattr(view.totaux, name) for name in COLUMNS if name != "base"]
    assert any(has_in_order(row, "Totaux, chaque soin compté une fois", *totals) for row in rows)
    top = rows[: next(index for index, row in enumerate(rows) if "Vos décomptes" in row)]
    for name in SPLIT:
        assert any(has_in_order(row, COLONNES[name], getattr(view.totaux, name)) for row in top), name


def has_in_order(row: str, beginning: str, *amounts: int | None) -> bool:
    """Whether a row begins so and then has these amounts, one after the other; an amount that is not there is blank."""
    said_amounts = [re.escape(said(euros(centimes))) for centimes in amounts if centimes is not None]
    return re.match(r"\s*" + r".*?\s".join([re.escape(beginning), *said_amounts]) + r"(?!\d)", row) is not None


@needs_poppler
def test_one_table_goes_across_pages_with_its_header_on_each(tmp_path: Path) -> None:
    content = rendered_pdf(largest_member())
    pages = int(info_of(content, tmp_path)["Pages"])
    assert pages >= 3
    texte = text_of(content, tmp_path)
    for page in range(1, pages + 1):
        assert f"page {page} sur {pages}" in texte
    assert texte.count("Autre mutuelle Reste à charge") >= pages - 1
    # Two tables in all: the totals, and the one of the décomptes.
    assert len(re.findall(rb"/S\s*/Table\b", content)) == 2


@needs_poppler
def test_the_document_is_tagged_titled_and_in_french(tmp_path: Path) -> None:
    content = rendered_pdf(rendered(ro(), smi(), adherent()))
    info = info_of(content, tmp_path)
    assert info["Tagged"] == "yes"
    assert info["Title"] == "Relevé de vos remboursements 2026"
    assert info["JavaScript"] == "no"
    assert info["Encrypted"] == "no"


def test_the_document_says_that_it_is_accessible_and_made_to_be_kept() -> None:
    content = rendered_pdf(rendered(ro(), smi(), adherent()))
    assert re.search(rb"/MarkInfo\s*<<\s*/Marked true", content)
    assert b"/StructTreeRoot" in content
    assert re.search(rb"/Lang\s*\(fr", content)
    assert b"<pdfaid:part>2</pdfaid:part>" in content
    assert b"<pdfaid:conformance>A</pdfaid:conformance>" in content
    assert b"<pdfuaid:part>1</pdfuaid:part>" in content
    # Header cells are headers to a screen reader.
    assert re.search(rb"/S\s*/TH\b", content)


@pytest.mark.parametrize("member", [rendered(), rendered(ro(), smi()), largest_member()])
def test_the_same_statement_is_the_same_bytes(member: Rendered) -> None:
    assert rendered_pdf(member) == rendered_pdf(member)


def test_the_document_is_dated_from_its_last_payment() -> None:
    content = rendered_pdf(rendered(ro(date_paiement=date(2026, 5, 6)), smi()))
    assert re.search(rb"/CreationDate\s*\(D:20260506", content)


@needs_poppler
def test_it_says_who_and_when_and_what_is_provisional(tmp_path: Path) -> None:
    texte = text_of(rendered_pdf(rendered(ro(), adherent())), tmp_path)
    assert "Ada Martin" in texte
    assert "Adhérent n° 00412345" in texte
    assert "dernier paiement le 14 mars 2026" in texte
    assert "Chiffres provisoires : 1 soin en attente d'un payeur." in texte
    assert "Provisoire : ces chiffres peuvent encore changer." in texte
    assert "10/03/2026 · Ada · Consultations" in texte


@needs_poppler
def test_final_figures_are_not_called_provisional(tmp_path: Path) -> None:
    texte = text_of(rendered_pdf(rendered(ro(), smi())), tmp_path)
    assert "Chiffres provisoires" not in texte
    assert "Provisoire : ces chiffres" not in texte


@needs_poppler
def test_a_cancelled_decompte_says_so_with_its_reason(tmp_path: Path) -> None:
    paid = smi(reference="SMI-9")
    texte = text_of(rendered_pdf(rendered(ro(), paid, annulation(paid, motif="double paiement"))), tmp_path)
    assert "SMI-9 — ANNULÉ (double paiement) : ne compte dans aucun total" in texte
    assert "1 décompte : annulation." in texte


@needs_poppler
def test_a_deferred_deduction_names_the_payment_that_it_comes_from(tmp_path: Path) -> None:
    paid = ro(reference="RO-1")
    deferred = ro(participation(ligne_origine=origine(paid)), reference="RO-2", date_paiement=date(2026, 5, 2))
    texte = text_of(rendered_pdf(rendered(paid, deferred)), tmp_path)
    assert "Participation forfaitaire −2,00 € : retenue différée du décompte RO-1 payé le 14/03/2026" in texte
    assert "RO-1 — complété ou corrigé par RO-2 du 02/05/2026" in texte


@needs_poppler
def test_a_correction_names_what_it_corrects_also_when_that_never_came(tmp_path: Path) -> None:
    paid = ro(reference="RO-1")
    texte = text_of(rendered_pdf(rendered(regularisation(paid, reference="RO-2"))), tmp_path)
    assert "Remboursement −21,00 € : corrige le décompte RO-1, pas encore reçu (regularisation)" in texte


@needs_poppler
def test_what_the_statement_never_showed_is_not_a_zero(tmp_path: Path) -> None:
    texte = text_of(rendered_pdf(rendered(ro(date_paiement=date(2023, 2, 14))), annee=2023), tmp_path)
    assert "« n. d. » : non disponible." in texte


@needs_poppler
def test_trop_percu_and_what_a_third_party_paid_are_said_on_their_line(tmp_path: Path) -> None:
    victim = recours(indemnite(300, PourCompteDe.VICTIME))
    texte = text_of(rendered_pdf(rendered(ro(montant=3000), smi(), autre(), victim)), tmp_path)
    assert "trop-perçu : 10,00 €" in texte
    assert "indemnisé par un tiers : 3,00 €" in texte


@needs_poppler
def test_a_year_without_a_payment_says_what_will_come(tmp_path: Path) -> None:
    texte = text_of(rendered_pdf(rendered(ro()), annee=2024), tmp_path)
    assert "Aucun remboursement n'a été payé cette année. Vos décomptes paraîtront ici dès leur paiement." in texte


@needs_poppler
def test_every_column_is_explained(tmp_path: Path) -> None:
    texte = text_of(rendered_pdf(rendered(ro())), tmp_path)
    assert "Base : Le tarif que la Sécurité sociale retient" in texte
    assert "Reste à charge : Ce que vous payez finalement" in texte


RIGHT_TO_LEFT = re.compile("[\u0590-\u06ff]")


@needs_poppler
@pytest.mark.parametrize("texte", ODD, ids=ascii)
def test_an_odd_text_in_every_field_is_shown_and_never_interpreted(texte: str, tmp_path: Path) -> None:
    content = rendered_pdf(odd_member(texte))
    read = text_of(content, tmp_path)
    assert "Référence du décompte" in read
    shown = said(texte).strip()
    if RIGHT_TO_LEFT.search(shown):
        # A reader gives the letters back in the order of the eye: that they are all there is what counts.
        assert set(shown) <= set(read)
    else:
        # Lines are broken where the text has spaces or punctuation.
        assert re.sub(r"\s", "", shown) in re.sub(r"\s", "", read)
    # Nothing to click on: a text that looks like an address is only a text.
    assert b"/URI" not in content


def test_without_a_registration_the_document_names_nobody() -> None:
    assert releve_pdf(rendered(ro()).releve(), None).startswith(b"%PDF-")


def test_the_names_are_part_of_the_bytes() -> None:
    view = rendered(ro()).releve()
    one, other = (releve_pdf(view, Titulaire(nom="Martin", prenom=prenom)) for prenom in ("Ada", "Léo"))
    assert one != other


def test_only_the_fonts_of_the_engine_are_used() -> None:
    fonts = typst.Fonts(include_system_fonts=False, include_embedded_fonts=True)
    assert {"Libertinus Serif", "DejaVu Sans Mono", "New Computer Modern"} <= set(fonts.families())
    names = set(re.findall(rb"/BaseFont\s*/[A-Z]{6}\+([A-Za-z]+)", rendered_pdf(largest_member())))
    assert names
    assert all(name.startswith((b"Libertinus", b"DejaVu", b"NewCM", b"NewComputerModern")) for name in names)


def test_a_fault_of_a_template_is_said_as_such() -> None:
    with pytest.raises(CompositionImpossible):
        pdf("releve.typ", {"titre": "t"}, day=date(2026, 1, 1))


def test_an_act_that_nobody_named_is_said_so() -> None:
    view = rendered(ro(participation())).releve()
    [(_, ligne)] = every_line(view)
    assert ligne.libelle is None
    assert releve_pdf(view, None).startswith(b"%PDF-")


def test_prestations_of_many_cents_keep_their_layout() -> None:
    assert rendered_pdf(rendered(ro(prestation(10**11, depense=10**11)))).startswith(b"%PDF-")
