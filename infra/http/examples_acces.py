"""The examples of the access: what is sent, and what is answered."""

from typing import Any

from infra.http.examples import NUMERO

_DEFI = "dcd_2nXpeKzv1V0cUeYc5b2S8R2o7lLw3r1mJ3hX0t9aQeE"
_JETON = "dcs_k3mWqf0nJ8sTzL5yHc2dVb7gRx1pUa9eXo4iNq6tYwE"
_ID = "0197c3c2-6f1e-4a57-9d38-0d6f0a5b7a11"
_AT = "2026-03-18T08:15:30.123456Z"
_EXPIRE = "2026-03-18T20:15:30.123456Z"
_APPAREIL = "Zk3vQ9xTq2LmN8bRw5Yh"
_MOT_DE_PASSE = "tulipe cactus remorque 47 Zinc"
_CODES = ["7Q2KD-9XN4T", "M3V8R-0PZ6H"]
_PASSKEY = {"id": _ID, "nom": "Mon téléphone", "cree_at": _AT, "utilisee_at": None}

DEMANDES_EXAMPLES: dict[str, dict[str, Any]] = {
    "DemandeDeCode": {"numero_adherent": NUMERO, "date_naissance": "1980-02-03"},
    "ConfirmationDeCode": {"defi": _DEFI, "code": "4821 9035"},
    "ChoixDeMotDePasse": {"defi": _DEFI, "mot_de_passe": _MOT_DE_PASSE, "appareil": _APPAREIL},
    "MotDePasseAEstimer": {"mot_de_passe": "Azerty123456!"},
    "Identification": {"numero_adherent": NUMERO, "mot_de_passe": _MOT_DE_PASSE, "appareil": _APPAREIL},
    "IdentificationMaison": {"email": "auditrice@smi.example", "mot_de_passe": _MOT_DE_PASSE},
    "LienMaison": {"lien": "dcl_q9TzL5yHc2dVb7gRx1pUa9eXo4iNq6tYwEk3mWqf0nJ"},
    "ChangementDeMotDePasse": {"actuel": _MOT_DE_PASSE, "nouveau": "boussole violon hangar 12 Frite"},
    "CodeSaisi": {"code": "492039"},
    "ReponsePasskey": {
        "reponse": {"id": "AQIDBA", "rawId": "AQIDBA", "type": "public-key", "response": {"clientDataJSON": "e30"}},
        "nom": "Mon téléphone",
    },
    "ChoixDeConsentement": {"objet": "releves_dematerialises", "accorde": True},
}
"""By the name of the body."""

_DEFI_OUVERT = {"defi": _DEFI, "expire_at": "2026-03-18T08:30:30.123456Z"}
SESSION: dict[str, Any] = {
    "jeton": _JETON,
    "id": _ID,
    "role": "adherent",
    "numero_adherent": NUMERO,
    "beneficiaire": None,
    "expire_at": _EXPIRE,
    "a_second_facteur": True,
    "second_facteur_at": None,
    "soins_visibles": False,
}
_PROUVEE = SESSION | {"second_facteur_at": _AT, "soins_visibles": True}
_EN_PLACE = {"session": _PROUVEE, "codes_de_secours": _CODES}
_CREATION = {
    "rp": {"name": "SMI Décompte", "id": "espace.example"},
    "user": {"id": "AZfDwm8eSledOA1vCltyEQ", "name": NUMERO, "displayName": NUMERO},
    "challenge": "q83vEjRWeJA",
    "pubKeyCredParams": [{"type": "public-key", "alg": -7}],
}
_PREUVE = {"challenge": "q83vEjRWeJA", "rpId": "espace.example", "userVerification": "preferred"}
_OUVERTE = {
    "id": _ID,
    "appareil": "Firefox sur Linux",
    "created_at": _AT,
    "seen_at": _AT,
    "second_factor_at": None,
    "is_current": True,
}
_CONSENTEMENT = {"objet": "releves_dematerialises", "accorde": True, "at": _AT}

ACCES: dict[tuple[str, int], dict[str, Any]] = {
    **{(f"begin_{way}", 202): {"defi": _DEFI_OUVERT} for way in ("activation", "reset", "unblock", "enrolment")},
    **{(f"confirm_{way}", 200): {"confirme": {"statut": "confirme"}} for way in ("activation", "reset", "unblock")},
    ("open_house_link", 200): {"defi": _DEFI_OUVERT},
    ("choose_password", 201): {"session": SESSION},
    ("estimate_password", 200): {
        "faible": {
            "score": 1,
            "admis": False,
            "conseils": ["Évitez les mots et prénoms courants, les suites (1234, azerty) et les répétitions."],
        }
    },
    ("change_password", 200): {"session": SESSION},
    ("open_session", 201): {"session": SESSION},
    ("open_house_session", 201): {
        "session": SESSION | {"role": "auditeur", "numero_adherent": None, "a_second_facteur": False}
    },
    ("list_sessions", 200): {"sessions": {"elements": [_OUVERTE], "suivant": None}},
    ("read_session", 200): {"session": SESSION | {"jeton": None}},
    ("end_sessions", 200): {"fermees": {"fermees": 3}},
    ("read_factors", 200): {
        "facteurs": {
            "totp": True,
            "passkeys": [_PASSKEY],
            "codes_de_secours_restants": 10,
            "ajout_possible": False,
        }
    },
    ("confirm_enrolment", 200): {"session": SESSION | {"jeton": None, "a_second_facteur": False}},
    ("begin_totp", 200): {
        "enrolement": {
            "secret": "JBSWY3DPEHPK3PXPJBSWY3DPEHPK3PXP",
            "uri": f"otpauth://totp/SMI%20D%C3%A9compte:{NUMERO}?secret=JBSWY3DPEHPK3PXPJBSWY3DPEHPK3PXP"
            "&issuer=SMI%20D%C3%A9compte",
            "svg": '<svg xmlns="http://www.w3.org/2000/svg" width="196" height="196"/>',
        }
    },
    ("confirm_totp", 200): {"en_place": _EN_PLACE},
    ("prove_totp", 200): {"session": _PROUVEE},
    ("prove_recovery_code", 200): {"session": _PROUVEE},
    ("renew_recovery_codes", 200): {"codes": {"codes_de_secours": _CODES}},
    ("redeem_letter", 200): {"session": SESSION | {"jeton": None, "a_second_facteur": False}},
    ("begin_passkey", 200): {"options": {"options": _CREATION}},
    ("confirm_passkey", 200): {"en_place": _EN_PLACE | {"codes_de_secours": []}},
    ("begin_passkey_proof", 200): {"options": {"options": _PREUVE}},
    ("prove_passkey", 200): {"session": _PROUVEE},
    ("list_consents", 200): {"consentements": {"elements": [_CONSENTEMENT], "suivant": None}},
    ("record_consent", 201): {"consentement": _CONSENTEMENT},
}
"""By operation and status."""
