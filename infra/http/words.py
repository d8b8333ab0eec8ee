"""What the API's documentation says, in French, of each shape."""

from infra.http.words_audit import WORDS_OF_AUDIT
from infra.http.words_donnees import WORDS_OF_DONNEES
from infra.http.words_recours import WORDS_OF_RECOURS

TITLE = "Décompte"
SUMMARY = "Le grand livre des remboursements d'une mutuelle, du flux au reste à charge."
DESCRIPTION = """\
Chaque décompte d'un payeur est enregistré une fois pour toutes ; les relevés et le reste à charge s'en déduisent.

- **Montants** : nombres entiers de centimes. **Jours** : `AAAA-MM-JJ`. **Instants** : RFC 3339, en UTC.
- **Erreurs** : RFC 9457 (`application/problem+json`), avec un `code` stable et le `trace_id` de la requête, qui est
  aussi dans l'en-tête `X-Trace-Id` de chaque réponse (`traceparent` est repris s'il est donné).
- **Lectures** : `ETag` fort (`If-None-Match` → 304) et `Ledger-Position`, jusqu'où la projection a lu le journal.
  `?attendre_position=N` attend jusqu'à 5 s qu'elle ait atteint N.
- **`position`** dans un corps est celle du dernier événement qui a changé cette réponse.
"""

TAGS = [
    {"name": "flux", "description": "Ce que les payeurs envoient."},
    {"name": "quarantaine", "description": "Les messages refusés, gardés tels que reçus jusqu'à ce qu'on les ait vus."},
    {"name": "adherents", "description": "Ce que lisent les adhérents, le portail et les auditeurs."},
    {"name": "exports", "description": "Ce qu'un adhérent emporte : fichiers, aux mêmes totaux que les lectures."},
    {"name": "preuve", "description": "Les journaux de preuve : tuiles, points de contrôle, preuves toutes faites."},
    {"name": "acces", "description": "Se connecter : activation, sessions, second facteur, consentements."},
    {"name": "recours", "description": "Sinistres causés par un tiers : ce que l'adhérent suit, ce qu'Assia recouvre."},
    {"name": "audit", "description": "Ce que lisent les auditeurs : le journal, la balance."},
    {"name": "exploitation", "description": "Santé et mesures."},
]

DESCRIPTION_OF_SCHEMA = {
    **WORDS_OF_AUDIT,
    **WORDS_OF_DONNEES,
    **WORDS_OF_RECOURS,
    "Accueil": "L'accueil : derniers paiements, reste à charge des deux années, soins en attente.",
    "ChangementDeMotDePasse": "Le mot de passe en vigueur, et le nouveau.",
    "ClePreuve": "Un journal de preuve, et la clé qui vérifie ses points de contrôle.",
    "EvenementProuve": "Un événement tel que gardé (base64), et son chemin jusqu'à la racine signée.",
    "JournalDePreuve": "Le journal dont vient la preuve.",
    "PreuveCoherence": "Qu'un journal plus court commence le journal.",
    "PreuveInclusion": "Qu'une entrée est dans le journal.",
    "ReleveProuve": "Un relevé, les événements dont il dépend, et leur preuve.",
    "ChoixDeConsentement": "Un consentement donné ou retiré.",
    "ChoixDeMotDePasse": "Un mot de passe, à la fin d'une démarche confirmée.",
    "CodeConfirme": "Le code était le bon.",
    "CodeSaisi": "Un code : TOTP, de secours, ou d'une lettre.",
    "CodesDeSecours": "Dix codes de secours, montrés cette seule fois.",
    "ConfirmationDeCode": "Le code d'une démarche ; `second_facteur` d'un accès bloqué qui en a un.",
    "Consentement": "Ce qui a été dit en dernier d'un objet ; `at` est null si rien ne l'a jamais été.",
    "ConsentementsVus": "Ce que cette personne a dit en dernier de ce qui lui revient.",
    "DefiOuvert": "Une démarche commencée. La même réponse qu'il y ait un tel adhérent ou non.",
    "DemandeDeCode": "Qui demande un code ; `beneficiaire` pour l'accès propre d'un bénéficiaire majeur.",
    "EnrolementTotp": "Ce qu'une application d'authentification prend : secret base32, adresse `otpauth:`, QR code.",
    "FacteursVue": "Ce qui protège l'accès en plus du mot de passe.",
    "Identification": "Numéro et mot de passe ; `appareil` : un texte aléatoire que l'appareil garde.",
    "IdentificationMaison": "Adresse et mot de passe d'une personne de la maison.",
    "LienMaison": "Le secret d'un lien à usage unique.",
    "MotDePasseAEstimer": "Un mot de passe à estimer, pour le propriétaire du `defi` s'il est donné.",
    "MotDePasseEstime": "Ce que vaut un mot de passe, de 0 à 4 ; `conseils` est vide s'il est admis.",
    "Objet": "L'objet d'un consentement.",
    "OptionsPasskey": "À remettre à `navigator.credentials`, dans la forme JSON de WebAuthn.",
    "PageSessions": "Les sessions ouvertes d'un compte ; `suivant` est toujours null.",
    "PasskeyVue": "Une clé d'accès.",
    "ReponsePasskey": "La réponse de `navigator.credentials`, en JSON.",
    "Role": "Ce qu'un jeton permet.",
    "SecondFacteurEnPlace": "La session et ses codes de secours, montrés une fois (aucun : les anciens valent).",
    "SessionDonnee": "Une session. `jeton` remplace le précédent ; null s'il n'a pas changé. `soins_visibles` : le "
    "second facteur a été prouvé il y a moins de 30 minutes.",
    "SessionOuverte": "Une session ouverte, vue de son propriétaire.",
    "SessionsFermees": "Combien de sessions ont été fermées.",
    "AdherentMessage": "SMI dit qui est un adhérent ; la plus grande `date_effet` l'emporte.",
    "AnnulationMessage": "Un payeur retire un décompte entier, qu'il a émis.",
    "Anomalie": "Ce qui paraît faux. Le journal enregistre d'abord, puis le dit ; ce n'est jamais un refus.",
    "AnomalieSoin": "Une anomalie et son soin ; `soin` est null quand elle concerne l'adhérent entier.",
    "BeneficiaireMessage": "Une personne que couvre le contrat de l'adhérent.",
    "Categorie": "Catégorie de soin.",
    "CategorieComparee": "Une catégorie sur les deux années, la plus ancienne d'abord.",
    "Comparatif": "Les deux années côte à côte, par année de soin.",
    "ChoixNotifications": "Ce qu'un accès choisit.",
    "Correction": "Une annulation, ou un décompte dont une ligne corrige ou diffère une ligne de celui-ci.",
    "DecompteMessage": "L'avis de paiement d'un payeur ; `total` est la somme des montants des lignes.",
    "DecompteReleve": "Un décompte du relevé. Annulé, il y reste, le dit, et ne compte pour rien.",
    "Destinataire": "Qui a reçu l'argent.",
    "DetailDecompte": "Un décompte : `lignes` telles que reçues, `soins` comme au relevé, `corrections`.",
    "ErreurMessage": "Une faute, à sa place (pointeur JSON, RFC 6901).",
    "Etat": "Si les chiffres d'un soin sont définitifs.",
    "FiscalBeneficiaire": "La part d'un bénéficiaire, en tout et par catégorie.",
    "FiscalCategorie": "La part d'une catégorie.",
    "FluxPris": "Ce que sont devenus les messages d'un flux ; `recus` est la somme des quatre issues.",
    "Frequence": "À quel rythme écrire : à chaque remboursement, en résumé de semaine ou de mois, jamais.",
    "LigneMessage": "Une ligne de paiement, sur un soin ; `montant` est signé.",
    "LigneOrigineMessage": "La ligne à laquelle se rapporte une correction ou une retenue différée.",
    "LignePaiement": "Une ligne de paiement telle que reçue, et le soin sur lequel elle compte (`soin_imputation`).",
    "LigneReleve": "Un soin d'un décompte : ce que ce décompte en a payé (`montant`), et son partage connu à ce jour. "
    "`autre_mutuelle` est null pour un décompte payé avant le 15 février 2023.",
    "MessageEnQuarantaine": "Un message refusé. `message` est son texte en UTF-8 ; s'il n'en est pas, `message` est "
    "null et `message_base64` donne ses octets. `rejoue_par` nomme ce qui l'a remplacé, `emetteur/reference`.",
    "MessagePris": "Un message enregistré ; `position` est null en répétition.",
    "Nature": "Ce qu'est une ligne de paiement.",
    "Notifications": "Ce qu'un accès veut savoir par courriel ; `choisi_at` est null tant qu'il n'a rien choisi.",
    "Origine": "La ligne à laquelle se rapporte une correction ou une retenue différée.",
    "PageQuarantaine": "Une page de la quarantaine, le plus récent d'abord ; `suivant` est le curseur de la suivante.",
    "Paiement": "Un paiement en bref.",
    "PartBeneficiaire": "Le partage d'un bénéficiaire.",
    "PartCategorie": "Le partage d'une catégorie.",
    "PartFiscale": "Dépensé, remboursé, resté à charge, en centimes : depense = rembourse + reste_a_charge. "
    "`reste_a_charge_provisoire` peut encore changer.",
    "PartMois": "Le partage d'un mois de soins, `AAAA-MM`.",
    "Payeur": "Qui paie.",
    "PourCompteDe": "Pour le compte de qui un recours a été recouvré.",
    "Pret": "Si le service peut répondre, et le retard de chaque projection.",
    "Probleme": "Une erreur (RFC 9457) ; `code` est stable. `erreurs` : les fautes, une par une ; `differences` : les "
    "champs qui contredisent ce qui est enregistré ; `quarantaine` : où le message refusé est gardé.",
    "RecapitulatifFiscal": "Les soins d'une année civile, chacun une fois.",
    "RejetLigne": "Une ligne refusée : son numéro dans le flux, le code, ce qui ne va pas.",
    "Releve": "Le relevé d'une année civile, par date de paiement ; `totaux` compte chaque soin une fois.",
    "ResteACharge": "Le reste à charge d'une année de soins, chaque soin une fois.",
    "RetardProjection": "Le retard d'une projection sur le journal, en événements et en secondes : celui de son seau "
    "le plus en retard.",
    "RetardSeau": "Le retard d'un seau d'adhérents : le dernier chiffre hexadécimal de leur jeton.",
    "SoinEnAttente": "Un soin des deux années dont les chiffres ne sont pas définitifs.",
    "Split": "Qui a payé quoi, en centimes : depense = regime_obligatoire + smi + autre_mutuelle - trop_percu + "
    "reste_a_charge.",
    "TotalAnnee": "Le partage entier d'une année de soins.",
    "Vivant": "Le processus répond.",
}
