"""The journey of an accident, in a browser without scripts: declared by the member, worked on by Assia, followed."""

from playwright.sync_api import Page, expect

from infra.portal.recours_equipe import ADRESSE
from tests.portal.conftest import OpenContext
from tests.portal.equipe import person, worked_example
from tests.portal.portail import Portail


def test_from_the_declaration_to_the_last_cent(portail: Portail, open_context: OpenContext) -> None:
    member = portail.member(*worked_example("CH"))
    hers = open_context(portail.enrol(member), java_script_enabled=False).new_page()
    reference = declare(hers)
    ours = open_context(person(portail), java_script_enabled=False).new_page()

    # Assia finds it in the worklist, opens it, attaches two of the three soins.
    ours.goto("/maison")
    ours.get_by_role("link", name="Ouvrir la liste des sinistres").click()
    expect(ours.locator("main")).not_to_contain_text(member.numero)
    ours.get_by_role("link", name=reference).click()
    expect(ours.locator("main")).to_contain_text("Renversée sur un passage piéton.")
    take(ours, "Recenser le sinistre", "Recenser")
    take(ours, "Ouvrir le dossier", "Ouvrir le dossier", Motif="Tiers identifié et assuré.")
    ours.get_by_role("link", name="Chercher et rattacher des soins").click()
    ours.get_by_label("Chirurgie").check()
    ours.get_by_label("Rééducation").check()
    ours.get_by_role("button", name="Rattacher les soins cochés").click()
    expect(ours.get_by_role("status")).to_have_text("Les soins sont rattachés.")
    take(ours, "Établir le relevé de créance", "Établir le relevé")
    expect(ours.locator("main")).to_contain_text("Relevé n° 1")
    take(ours, "Réclamer", "Enregistrer la réclamation")
    take(ours, "Enregistrer un accord", "Enregistrer l’accord", **{"Part de responsabilité du tiers, en %": "50"})

    # Two receipts, then the rest by a bordereau that is previewed before it is taken.
    for paiement, montant in (("VIR-1", "1000"), ("VIR-2", "1 500,50")):
        fields = {"Montant reçu, en euros": montant, "Référence du paiement": paiement}
        take(ours, "Encaisser", "Encaisser", **fields)
    bordereau(ours, "CH-2026-06", reference, "2499,50")
    ours.goto(f"{ADRESSE}/sinistres/{reference}")
    row = ours.get_by_role("table", name="Ventilation par payeur").get_by_role("row", name="Total")
    for amount in ("600,00", "3\u202f557,45", "842,55", "5\u202f000,00"):
        expect(row).to_contain_text(amount)
    take(ours, "Clôturer", "Clôturer")
    expect(ours.locator(".titre-page")).to_contain_text("Clôturé")
    expect(ours.locator("main")).to_contain_text("Tiers identifié et assuré.")

    # She reads where it stands and what is hers; never what SMI and the régime obligatoire recovered.
    hers.goto("/espace/demandes")
    main = hers.locator("main")
    for said in ("Terminée", "Accord trouvé", "600,00", "0,00"):
        expect(main).to_contain_text(said)
    for hidden in ("842,55", "3\u202f557,45", "5\u202f000,00", "10\u202f000,00", "VIR-1"):
        expect(main).not_to_contain_text(hidden)

    # And that the team looked at her file.
    hers.goto("/espace/securite")
    expect(hers.locator("main")).to_contain_text("L’équipe Assia, pour un sinistre")


def declare(page: Page) -> str:
    """The member's own declaration; its reference, as she reads it."""
    page.goto("/espace/demandes/tiers")
    page.get_by_label("Ada", exact=True).check()
    for part, value in (("Jour", "14"), ("Mois", "3"), ("Année", "2026")):
        page.get_by_label(part).fill(value)
    page.get_by_label("Accident de la circulation").check()
    page.get_by_label("Lieu de l’accident").fill("Rue de la Paix, Lyon")
    page.get_by_label("Circonstances", exact=True).fill("Renversée sur un passage piéton.")
    page.get_by_label("Blessures").fill("Poignet cassé.")
    page.get_by_label("Non, ou pas encore").check()
    page.get_by_label("Chirurgie").check()
    page.get_by_role("button", name="Envoyer ma déclaration").click()
    expect(page.get_by_role("status")).to_have_text("Votre déclaration est enregistrée.")
    found = page.evaluate("document.querySelector('main').innerText.match(/SIN-[A-Z2-7]{12}/)[0]")
    assert isinstance(found, str)
    return found


def take(page: Page, titre: str, bouton: str, **fields: str) -> None:
    """Open the form of a step, fill it in and send it."""
    page.locator("details.pli > summary", has_text=titre).click()
    form = page.locator("details.pli[open] form")
    for label, value in fields.items():
        form.get_by_label(label).fill(value)
    form.get_by_role("button", name=bouton).click()
    expect(page.get_by_role("status")).to_be_visible()


def bordereau(page: Page, name: str, sinistre: str, montant: str) -> None:
    """Upload, look, take."""
    page.goto(f"{ADRESSE}/bordereaux")
    page.get_by_label("Référence du bordereau").fill(name)
    content = (
        "ligne;sinistre;reference_paiement;date_encaissement;montant\r\n"
        f"1;{sinistre};VIR-3;2026-06-29;{montant}\r\n"
        "2;SIN-INCONNU;VIR-9;30/06/2026;120,50\r\n"
    )
    file = {"name": "juin.csv", "mimeType": "text/csv", "buffer": content.encode()}
    page.get_by_label("Fichier").set_input_files(files=[file])  # type: ignore[list-item]
    page.get_by_role("button", name="Voir l’aperçu").click()
    expect(page.locator("main")).to_contain_text("Rien n’est encore enregistré")
    expect(page.locator("main")).to_contain_text("Aucun sinistre à cette référence.")
    page.get_by_role("button", name="Prendre ce bordereau").click()
    expect(page.get_by_role("status")).to_have_text("Le bordereau est pris.")
    page.get_by_text("Résoudre la ligne 2").click()
    page.get_by_label("L’écarter").check()
    page.get_by_label("Motif").fill("Le sinistre d’une autre mutuelle.")
    page.get_by_role("button", name="Résoudre").click()
    expect(page.get_by_role("status")).to_have_text("L’écart est résolu.")
    expect(page.locator("main")).to_contain_text("0 ligne attend une personne")
