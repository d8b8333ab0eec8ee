"""Every error that the API answers: RFC 9457, with a stable `code` and words that a person understands."""

from collections.abc import Mapping, Sequence
from typing import Any

import msgspec
from starlette.responses import Response

from infra.auth.refus import (
    AccesRefuse,
    AccesSature,
    CodeEnrolementRequis,
    CodeRefuse,
    ConsentementImpossible,
    DefiInvalide,
    IdentifiantsRefuses,
    MotDePasseFaible,
    MotifRequis,
    PasskeyRefusee,
    SecondFacteurAbsent,
    SecondFacteurRefuse,
    SecondFacteurRequis,
    SessionInconnue,
    SessionTerminee,
    TropDEssais,
)
from infra.http import refus_recours
from infra.http.kinds import Kind
from ledger.errors import Conflict, DecompteEnConflit, MessageInvalide, Refusal

MEDIA_TYPE = "application/problem+json"
TYPE_PREFIX = "urn:problem-type:decompte:"


KINDS: dict[str, Kind] = {
    "requete_illisible": Kind(status=400, title="Requête illisible", detail="Ce n'est pas une requête HTTP correcte."),
    "curseur_invalide": Kind(
        status=400,
        title="Curseur invalide",
        detail="Ce curseur n'a pas été donné par cette liste ; la reprendre depuis le début.",
    ),
    "jeton_absent": Kind(
        status=401,
        title="Jeton absent",
        detail="Donner un jeton d'accès : Authorization: Bearer JETON.",
    ),
    "jeton_invalide": Kind(
        status=401, title="Jeton invalide", detail="Ce jeton est inconnu, expiré ou révoqué : en demander un autre."
    ),
    "role_interdit": Kind(
        status=403, title="Rôle interdit", detail="Le rôle de ce jeton ne donne pas accès à cette ressource."
    ),
    "au_reserve": Kind(
        status=403,
        title="Lecture du passé réservée",
        detail="Seul un auditeur lit ce qui était répondu à un moment passé (`au`).",
    ),
    "ressource_inconnue": Kind(
        status=404, title="Ressource inconnue", detail="Il n'y a rien à cette adresse ; voir /openapi.json."
    ),
    "adherent_inconnu": Kind(
        status=404, title="Adhérent inconnu", detail="Aucun message enregistré ne nomme cet adhérent."
    ),
    "beneficiaire_inconnu": Kind(
        status=404, title="Bénéficiaire inconnu", detail="Le contrat de cet adhérent ne couvre personne sous ce code."
    ),
    "annee_hors_fenetre": Kind(
        status=404,
        title="Année hors de la fenêtre",
        detail="Seules l'année civile en cours et la précédente se consultent ici.",
    ),
    "decompte_inconnu": Kind(
        status=404, title="Décompte inconnu", detail="Cet adhérent n'a pas de décompte de cet émetteur à ce numéro."
    ),
    "point_inconnu": Kind(
        status=404,
        title="Point de contrôle inconnu",
        detail="Aucun point de contrôle n'a été signé à cette taille, ou l'entrée lui est postérieure.",
    ),
    "soin_absent": Kind(
        status=404, title="Soin inconnu", detail="Aucune ligne connue de cet adhérent, à ce moment, ne porte ce soin."
    ),
    "quarantaine_inconnue": Kind(
        status=404, title="Message inconnu", detail="Il n'y a pas de message à ce numéro dans la quarantaine."
    ),
    **{
        refus.code: Kind(status=status, title=title, detail=refus.message, retry_after_seconds=retry)
        for refus, status, title, retry in (
            (MotifRequis, 400, "Motif requis", None),
            (IdentifiantsRefuses, 401, "Identifiants refusés", None),
            (SessionTerminee, 401, "Session terminée", None),
            (CodeRefuse, 403, "Code refusé", None),
            (SecondFacteurRefuse, 403, "Second facteur refusé", None),
            (SecondFacteurRequis, 403, "Second facteur requis", None),
            (CodeEnrolementRequis, 403, "Code requis", None),
            (PasskeyRefusee, 403, "Clé d'accès refusée", None),
            (ConsentementImpossible, 403, "Choix impossible", None),
            (SessionInconnue, 404, "Session inconnue", None),
            (SecondFacteurAbsent, 409, "Second facteur absent", None),
            (DefiInvalide, 410, "Démarche expirée", None),
            (MotDePasseFaible, 422, "Mot de passe trop faible", None),
            (TropDEssais, 429, "Trop d'essais", 60),
            (AccesSature, 503, "Accès saturé", 2),
        )
    },
    "methode_interdite": Kind(
        status=405, title="Méthode interdite", detail="Cette méthode n'existe pas à cette adresse ; voir Allow."
    ),
    "version_requise": Kind(
        status=428,
        title="Version requise",
        detail="Dire sur quelle version porte l'étape : If-Match, avec l'ETag du sinistre.",
    ),
    "delai_depasse": Kind(
        status=408, title="Délai dépassé", detail="Le corps de la requête n'est pas arrivé à temps ; recommencer."
    ),
    "corps_trop_grand": Kind(
        status=413,
        title="Corps trop grand",
        detail="Le corps de la requête dépasse ce qui est admis (un message : 8 Mio, l'accès : 16 Kio) ; rien n'en est "
        "gardé. Un flux entier s'envoie à POST /v1/flux.",
    ),
    "contenu_non_gere": Kind(
        status=415,
        title="Type de contenu non géré",
        detail="Envoyer du application/x-ndjson, en UTF-8, sans compression.",
    ),
    "evenement_inconnu": Kind(
        status=404, title="Événement inconnu", detail="Aucun événement du journal n'a cette position."
    ),
    "requete_invalide": Kind(
        status=422, title="Requête invalide", detail="Un paramètre de la requête n'est pas admis ; voir erreurs."
    ),
    "au_invalide": Kind(
        status=422,
        title="Moment illisible",
        detail="`au` est une position du journal (18233), un instant RFC 3339 (2026-03-31T12:00:00%2B02:00 ; dans une "
        "adresse, + s'écrit %2B) ou un jour (2026-03-31).",
    ),
    "au_futur": Kind(
        status=422,
        title="Moment à venir",
        detail="`au` est dans l'avenir, ou au-delà de la dernière position du journal : rien n'y a encore été répondu.",
    ),
    "trop_de_flux": Kind(
        status=429,
        title="Trop de flux ouverts",
        detail="Cet adhérent a déjà six flux d'événements ouverts ; en fermer un, ou revenir plus tard.",
        retry_after_seconds=30,
    ),
    "erreur_interne": Kind(
        status=500,
        title="Erreur interne",
        detail="La requête n'a pas pu être traitée. Si cela se répète, donner trace_id à l'exploitant.",
    ),
    "service_sature": Kind(
        status=503,
        title="Service saturé",
        detail="Trop de requêtes sont en cours ; recommencer dans un instant.",
        retry_after_seconds=2,
    ),
    "balance_en_cours": Kind(
        status=503,
        title="Balance en cours de calcul",
        detail="La balance de cette position se calcule ; la redemander dans un instant.",
        retry_after_seconds=10,
    ),
    "base_indisponible": Kind(
        status=503,
        title="Base de données indisponible",
        detail="La base de données ne répond pas. Recommencer plus tard : renvoyer un message est sans risque.",
        retry_after_seconds=5,
    ),
    "projection_en_retard": Kind(
        status=503,
        title="Lecture en retard",
        detail="Les modèles de lecture n'ont pas atteint à temps la position demandée ; recommencer.",
        retry_after_seconds=1,
    ),
    "preuve_en_attente": Kind(
        status=503,
        title="Preuve en attente",
        detail="Ce qui est demandé est enregistré, et sera scellé dans un instant ; recommencer.",
        retry_after_seconds=2,
    ),
    "journal_altere": Kind(
        status=503,
        title="Journal altéré",
        detail="La tête du journal n'est pas celle qui a été écrite : rien n'est enregistré avant vérification.",
    ),
    "cle_maitre_changee": Kind(
        status=503,
        title="Clé maître changée",
        detail="La clé maître a été changée depuis que ce processus travaille : l'exploitant doit le relancer.",
        retry_after_seconds=60,
    ),
    "donnees_alterees": Kind(
        status=503,
        title="Données altérées",
        detail="Ces données ne sont plus celles qui ont été écrites : rien n'en est montré avant vérification.",
    ),
}

KINDS.update(refus_recours.kinds())

TITLE_OF_REFUSAL: Mapping[str, str] = {
    "encodage_invalide": "Encodage invalide",
    "json_invalide": "JSON invalide",
    "message_trop_grand": "Message trop grand",
    "type_inconnu": "Type de message inconnu",
    "version_inconnue": "Version inconnue",
    "message_invalide": "Message invalide",
    "total_incoherent": "Total incohérent",
    "emetteur_interdit": "Émetteur interdit",
    "decompte_en_conflit": "Décompte en conflit",
    "annulation_incoherente": "Annulation incohérente",
    "inscription_effacee": "Adhérent effacé",
}


PROBLEM_SCHEMA: dict[str, Any] = {
    "type": "object",
    "properties": {
        "type": {"type": "string", "format": "uri"},
        "title": {"type": "string"},
        "status": {"type": "integer"},
        "detail": {"type": "string"},
        "code": {"type": "string"},
        "trace_id": {"type": "string", "pattern": "^[0-9a-f]{32}$"},
        "erreurs": {"type": "array", "items": {"$ref": "#/components/schemas/ErreurMessage"}},
        "differences": {"type": "array", "items": {"type": "string"}},
        "quarantaine": {"type": "string", "format": "uuid"},
        "conseils": {"type": "array", "items": {"type": "string"}},
        "soins": {"type": "array", "items": {"type": "string"}},
        "sinistre": {
            "type": "object",
            "properties": {
                "version": {"type": "integer"},
                "etat": {"$ref": "#/components/schemas/EtatSinistre"},
                "soins": {"type": "array", "items": {"type": "string"}},
            },
            "required": ["version", "etat", "soins"],
        },
    },
    "required": ["type", "title", "status", "detail", "code", "trace_id"],
}
"""What a problem looks like; the last members are there when they say something."""


class Problem(Exception):
    """An answer that is an error. `members` are further members of the body (RFC 9457, section 3.2).

    `detail`: more precise words than those of its kind.
    """

    def __init__(
        self, code: str, *, detail: str | None = None, headers: Mapping[str, str] | None = None, **members: Any
    ) -> None:
        super().__init__(code)
        self.code = code
        self.detail = detail
        self.headers = dict(headers or {})
        self.members = members

    @property
    def kind(self) -> Kind:
        """The kind of this problem."""
        return KINDS[self.code]

    def response(self, trace_id: str) -> Response:
        """The answer."""
        if self.kind.retry_after_seconds is not None:
            self.headers.setdefault("Retry-After", str(self.kind.retry_after_seconds))
        detail = self.detail or self.kind.detail
        content = body(self.code, self.kind.title, self.kind.status, detail, trace_id, self.members)
        return Response(content, self.kind.status, headers=self.headers, media_type=MEDIA_TYPE)


def acces_problem(refus: AccesRefuse) -> Problem:
    """The problem of a step of the access that was refused."""
    headers: dict[str, str] = {}
    members: dict[str, Any] = {}
    if isinstance(refus, TropDEssais):
        headers["Retry-After"] = str(refus.retry_after_seconds)
    if isinstance(refus, MotDePasseFaible):
        members["conseils"] = refus.conseils
    if KINDS[refus.code].status == 401:
        headers["WWW-Authenticate"] = 'Bearer realm="decompte"'
    return Problem(refus.code, headers=headers, **members)


def status_of_refusal(refusal: Refusal) -> int:
    """409 when the message contradicts what is recorded, else 422: it is wrong in itself."""
    return 409 if isinstance(refusal, Conflict) else 422


def refusal_response(refusal: Refusal, *, trace_id: str, quarantaine: str | None) -> Response:
    """The answer to a refused message: its faults or the fields that differ, and where it is kept."""
    status = status_of_refusal(refusal)
    members: dict[str, Any] = {}
    if isinstance(refusal, MessageInvalide):
        members["erreurs"] = [{"chemin": e.chemin, "message": e.message} for e in refusal.erreurs]
    if isinstance(refusal, DecompteEnConflit):
        members["differences"] = refusal.differences
    if quarantaine is not None:
        members["quarantaine"] = quarantaine
    content = body(refusal.code, TITLE_OF_REFUSAL[refusal.code], status, str(refusal), trace_id, members)
    return Response(content, status, media_type=MEDIA_TYPE)


def body(code: str, title: str, status: int, detail: str, trace_id: str, members: Mapping[str, Any]) -> bytes:
    """The bytes of a problem."""
    return msgspec.json.encode(
        {
            "type": TYPE_PREFIX + code,
            "title": title,
            "status": status,
            "detail": detail,
            "code": code,
            "trace_id": trace_id,
            **members,
        }
    )


def invalid_request(errors: Sequence[Mapping[str, Any]]) -> Problem:
    """The problem of parameters that FastAPI refused, in French and without their values."""
    return Problem(
        "requete_invalide",
        erreurs=[{"chemin": "/" + "/".join(map(str, e["loc"])), "message": _fault(e)} for e in errors],
    )


def _fault(error: Mapping[str, Any]) -> str:
    context = error.get("ctx", {})
    sentences = {
        "missing": "paramètre obligatoire",
        "int_parsing": "entier attendu",
        "int_parsing_size": "entier attendu, moins long",
        "bool_parsing": "true ou false attendu",
        "enum": f"valeur inconnue ; valeurs admises : {context.get('expected')}",
        "greater_than_equal": f"au moins {context.get('ge')}",
        "less_than_equal": f"au plus {context.get('le')}",
        "string_too_long": f"{context.get('max_length')} caractères au plus",
    }
    return sentences.get(error["type"], "valeur non admise")
