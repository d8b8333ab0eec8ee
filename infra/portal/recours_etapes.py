"""The steps of a sinistre as forms: which are offered in a state, how one is read, how one is taken."""

import re
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date

from commands.ports import Provenance
from commands.sinistre.follow import Step
from commands.sinistre.streams import Taken
from infra.portal.formulaires import Erreurs, Formulaire
from infra.recours.recours import Recours
from ledger.montants import MONTANT_MAX
from ledger.recours.partage import RESPONSABILITE_ENTIERE_PB
from ledger.references import REFERENCE
from ledger.sinistre.decision import SOINS_MAX
from ledger.sinistre.etats import ETATS_FERMES, EtatSinistre
from ledger.sinistre.sinistre import Sinistre

MOTIF_MAX = 500
"""In characters."""

_E = EtatSinistre
RECLAMABLES = frozenset({_E.CREANCE_ETABLIE, _E.RECLAME, _E.ACCORD, _E.CONTESTE, _E.ENCAISSE, _E.VENTILE})
RECLAMES = RECLAMABLES - {_E.CREANCE_ETABLIE}
EN_TRAVAIL = RECLAMABLES | {_E.OUVERT, _E.SOINS_RATTACHES}

_MONTANT = re.compile(r"(\d{1,9})(?:[.,](\d{1,2}))?")
_TAUX = re.compile(r"(\d{1,3})(?:[.,](\d{1,2}))?")
_SPACES = str.maketrans("", "", " \u00a0\u202f€%")
_REFERENCE = re.compile(REFERENCE)
_VERSION = re.compile(r"\d{1,18}")


@dataclass(frozen=True, slots=True, kw_only=True)
class Action:
    """A step: its title, the word of its button, what is said of it, what its form asks beside the date and the reason.

    `needs_motif`: the reason must be given. `is_ending`: it is shown as what ends something.
    """

    etape: str
    titre: str
    bouton: str
    aide: str
    champs: tuple[str, ...] = ()
    needs_motif: bool = False
    is_ending: bool = False


ACTIONS = {
    action.etape: action
    for action in (
        Action(
            etape="recensement",
            titre="Recenser le sinistre",
            bouton="Recenser",
            aide="Le sinistre entre dans la liste de l’équipe.",
        ),
        Action(
            etape="ouverture",
            titre="Ouvrir le dossier",
            bouton="Ouvrir le dossier",
            aide="On peut ensuite rattacher des soins.",
        ),
        Action(
            etape="creance",
            titre="Établir le relevé de créance",
            bouton="Établir le relevé",
            aide="Fige ce que chacun a supporté sur les soins rattachés, tel qu’on le sait maintenant.",
        ),
        Action(
            etape="reclamation",
            titre="Réclamer",
            bouton="Enregistrer la réclamation",
            aide="La valeur du dernier relevé est réclamée au responsable ou à son assureur.",
        ),
        Action(
            etape="accord",
            titre="Enregistrer un accord",
            bouton="Enregistrer l’accord",
            aide="La part de responsabilité qui est convenue ; un nouvel accord remplace le précédent.",
            champs=("responsabilite",),
        ),
        Action(
            etape="contestation",
            titre="Enregistrer une contestation",
            bouton="Enregistrer la contestation",
            aide="Le responsable ou son assureur conteste.",
        ),
        Action(
            etape="encaissement",
            titre="Encaisser",
            bouton="Encaisser",
            aide="Ce que le tiers a payé est partagé aussitôt : la victime d’abord, puis les payeurs au marc l’euro.",
            champs=("montant", "reference_paiement"),
        ),
        Action(
            etape="retrait",
            titre="Retirer un encaissement",
            bouton="Retirer l’encaissement",
            aide="Un chèque sans provision, une erreur : ce qui reste est partagé de nouveau selon la règle.",
            champs=("numero",),
            is_ending=True,
        ),
        Action(
            etape="ventilation",
            titre="Partager de nouveau",
            bouton="Partager de nouveau",
            aide="Ce qui a été reçu est partagé selon le dernier relevé de créance.",
        ),
        Action(
            etape="cloture",
            titre="Clôturer",
            bouton="Clôturer",
            aide="Tout ce qui était attendu est reçu et partagé. Le sinistre pourra être rouvert.",
            is_ending=True,
        ),
        Action(
            etape="classement",
            titre="Classer sans suite",
            bouton="Classer sans suite",
            aide="Rien n’a été reçu, et rien ne le sera.",
            needs_motif=True,
            is_ending=True,
        ),
        Action(
            etape="reouverture",
            titre="Rouvrir",
            bouton="Rouvrir",
            aide="Le sinistre reprend là où il en était, avec ses soins.",
            needs_motif=True,
        ),
        Action(
            etape="rattachement",
            titre="Rattacher des soins",
            bouton="Rattacher les soins cochés",
            aide="Un soin est à un seul sinistre ouvert.",
        ),
        Action(
            etape="detachement",
            titre="Détacher des soins",
            bouton="Détacher les soins cochés",
            aide="Les soins détachés peuvent être rattachés ailleurs.",
            is_ending=True,
        ),
    )
}


@dataclass(frozen=True, slots=True, kw_only=True)
class EtapeLue:
    """A step as a form said it, in its own units: cents, ten-thousandths."""

    etape: str
    version: int
    le: date
    motif: str | None
    soins: tuple[str, ...] = ()
    montant: int = 0
    reference_paiement: str | None = None
    responsabilite_pb: int = 0
    numero: int = 0


def allowed(sinistre: Sinistre, *, recu: int, is_creance_due: bool = True) -> tuple[Action, ...]:
    """The steps that the ledger would take now. `recu` is what was received, here and by feeds; not `is_creance_due`:
    the last relevé de créance says what is known."""
    etat, has_creance = sinistre.etat, sinistre.creance is not None
    is_open = etat not in ETATS_FERMES
    offered = {
        "recensement": etat is _E.SIGNALE,
        "ouverture": etat is _E.RECENSE,
        "rattachement": etat in EN_TRAVAIL,
        "detachement": etat in EN_TRAVAIL and bool(sinistre.soins),
        "creance": etat in EN_TRAVAIL and bool(sinistre.soins) and is_creance_due,
        "reclamation": etat in RECLAMABLES and has_creance,
        "accord": etat in RECLAMES and has_creance,
        "contestation": etat in RECLAMES,
        "encaissement": etat in RECLAMABLES and has_creance,
        "retrait": etat in RECLAMABLES and has_creance and any(e.retire_le is None for e in sinistre.encaissements),
        "ventilation": etat in RECLAMABLES and has_creance and recu != 0,
        "cloture": etat is _E.VENTILE,
        "classement": is_open and etat not in (_E.ENCAISSE, _E.VENTILE),
        "reouverture": not is_open,
    }
    return tuple(action for action in ACTIONS.values() if offered[action.etape])


def read_etape(form: Formulaire, *, today: date) -> tuple[EtapeLue | None, Erreurs]:
    """The step of a form, or what is wrong with it by field: names are « etape-field », as on the page."""
    action = ACTIONS.get(form["etape"])
    if action is None or not _VERSION.fullmatch(form["version"]):
        return None, {"": "Cette étape n’existe pas. Rechargez la page et recommencez."}
    erreurs: Erreurs = {}

    def wrong(champ: str, message: str) -> None:
        erreurs[f"{action.etape}-{champ}"] = message

    le = read_day(form["date"]) if form["date"] else today
    if le is None:
        wrong("date", "Cette date n’existe pas. Écrivez-la ainsi : 14/03/2026.")
    elif le > today:
        wrong("date", "La date de l’étape est dans l’avenir.")
    if action.needs_motif and not form["motif"]:
        wrong("motif", "Dites pourquoi : cette étape demande un motif.")
    elif len(form["motif"]) > MOTIF_MAX:
        wrong("motif", f"{MOTIF_MAX} caractères au plus : vous en avez saisi {len(form['motif'])}.")
    montant = part = numero = 0
    if "montant" in action.champs:
        montant = read_amount(form["montant"]) or 0
        if not 0 < montant <= MONTANT_MAX:
            wrong("montant", "Saisissez un montant en euros, par exemple 1 250,40.")
        if form["reference_paiement"] and not _REFERENCE.fullmatch(form["reference_paiement"]):
            wrong("reference_paiement", "64 caractères au plus, parmi A-Z a-z 0-9 . _ -")
    if "responsabilite" in action.champs:
        part = read_share(form["responsabilite"]) or 0
        if not 0 < part <= RESPONSABILITE_ENTIERE_PB:
            wrong("responsabilite", "Saisissez une part entre 0,01 et 100 %.")
    if "numero" in action.champs:
        numero = int(form["numero"]) if re.fullmatch(r"\d{1,6}", form["numero"]) else 0
        if not numero:
            wrong("numero", "Choisissez l’encaissement à retirer.")
    soins = tuple(dict.fromkeys(form.getall("soins")))
    if action.etape in ("rattachement", "detachement"):
        if not soins:
            wrong("soins", "Cochez au moins un soin.")
        elif len(soins) > SOINS_MAX or not all(_REFERENCE.fullmatch(soin) for soin in soins):
            wrong("soins", f"Un sinistre a {SOINS_MAX} soins au plus.")
    if erreurs or le is None:
        return None, erreurs
    read = EtapeLue(
        etape=action.etape,
        version=int(form["version"]),
        le=le,
        motif=form["motif"] or None,
        soins=soins,
        montant=montant,
        reference_paiement=form["reference_paiement"] or None,
        responsabilite_pb=part,
        numero=numero,
    )
    return read, {}


def take(recours: Recours, reference: str, lue: EtapeLue, provenance: Provenance) -> Taken:
    """Take a step at the version that its page showed. Raises RecoursRefusal. Blocks: for a thread."""
    step = Step(reference=reference, attendu=lue.version, le=lue.le, motif=lue.motif)
    follow, hold, recover = recours.follow, recours.hold, recours.recover
    match lue.etape:
        case "rattachement":
            return hold.attach(step, lue.soins, provenance)
        case "detachement":
            return hold.detach(step, lue.soins, provenance)
        case "accord":
            return follow.agree(step, lue.responsabilite_pb, provenance)
        case "encaissement":
            return recover.receive(step, lue.montant, provenance, reference_paiement=lue.reference_paiement)
        case "retrait":
            return recover.take_back(step, lue.numero, provenance)
    plain = {
        "recensement": follow.list_sinistre,
        "ouverture": follow.open_sinistre,
        "creance": recover.state_creance,
        "reclamation": follow.claim,
        "contestation": follow.contest,
        "ventilation": recover.share_anew,
        "cloture": hold.close,
        "classement": hold.drop,
        "reouverture": hold.reopen,
    }
    return plain[lue.etape](step, provenance)


def typed(form: Formulaire) -> Sequence[tuple[str, str]]:
    """What somebody had typed, to be shown again when the step is no longer offered."""
    names = {
        "date": "Date",
        "motif": "Motif",
        "montant": "Montant",
        "reference_paiement": "Référence du paiement",
        "responsabilite": "Part de responsabilité",
    }
    return [(nom, form[champ]) for champ, nom in names.items() if form[champ]]


def read_day(text: str) -> date | None:
    """A day as a browser or a person writes it; None when it is no day."""
    parts = text.split("-") if "-" in text else text.split("/")[::-1]
    try:
        annee, mois, jour = (int(part) for part in parts)
        return date(annee, mois, jour)
    except (ValueError, OverflowError):
        return None


def read_amount(text: str) -> int | None:
    """Euros, with a comma or a point, as cents: exact, no float."""
    return _hundredths(_MONTANT, text)


def read_share(text: str) -> int | None:
    """A percentage, as ten-thousandths: « 50 » → 5000."""
    return _hundredths(_TAUX, text)


def _hundredths(form: re.Pattern[str], text: str) -> int | None:
    found = form.fullmatch(text.translate(_SPACES))
    return None if found is None else int(found[1]) * 100 + int((found[2] or "").ljust(2, "0"))
