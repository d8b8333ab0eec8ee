"""What the API's documentation says, in French, of what auditors read."""

WORDS_OF_AUDIT = {
    "EtatPersonnel": "Ce qu'est devenue la partie personnelle : l'événement n'en a pas, elle est scellée, ouverte, "
    "perdue avec la clé de l'adhérent, ou altérée.",
    "Evenement": "Un événement stocké. `faits` est tel que stocké, dans la forme de `version`. `intact` : son sceau "
    "est bien celui de ses colonnes. Ce qu'un événement altéré ne dit plus est null.",
    "EvenementBrut": "Un événement et ses colonnes telles que stockées : `etat` est null quand il n'est pas de "
    "l'UTF-8, et `etat_base64` donne ses octets.",
    "PageEvenements": "Une page du journal ; `examine` est la dernière position regardée.",
    "Sens": "Le plus ancien d'abord, ou le plus récent.",
}
