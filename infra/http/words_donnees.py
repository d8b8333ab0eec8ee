"""What the API's documentation says, in French, of the data that a person takes away."""

WORDS_OF_DONNEES = {
    "Donnees": "Tout ce que le grand livre sait d'une personne. Montants en centimes, instants en UTC. `format` change "
    "de numéro quand un champ change de sens.",
    "PersonneDonnees": "Une personne inscrite au contrat ; `01` est le titulaire.",
    "DecompteDonnees": "Un décompte, ses lignes telles que reçues.",
    "SoinDonnees": "Un soin, et qui l'a supporté, tel que connu maintenant.",
    "AnnulationDonnees": "Un décompte repris par son payeur ; `en_attente` : il n'est pas encore venu.",
    "ConsentementDonnees": "Un choix, tel qu'il a été fait.",
    "ConsultationDonnees": "Une consultation, par catégorie de personnes : jamais qui. `nombre` : combien d'égales.",
    "DeclarationDonnees": "Ce que la personne a déclaré d'un accident.",
    "NotificationsDonnees": "Ce qu'elle veut savoir par courriel.",
}
