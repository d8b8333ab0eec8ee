"""What the API's documentation says, in French, of what auditors read."""

WORDS_OF_AUDIT = {
    "AnnonceVue": "Ce qu'un payeur dit que le soin a coûté : le plus petit de `somme` et `plus_grande`.",
    "BrancheDepense": "Par quelle branche de la règle la dépense a été trouvée.",
    "ChampChange": "Un champ d'une ligne du relevé : ce qu'il disait, ce qu'il dit.",
    "CompteVue": "Ce qu'une ligne ajoute à un montant.",
    "CorrectionSoin": "Ce qui a corrigé un décompte du soin, et lequel.",
    "DecompteAnnule": "Un décompte en vigueur au premier moment, annulé au second.",
    "DecompteApparu": "Un décompte que le premier relevé n'avait pas.",
    "Differences": "Ce qui fait du relevé d'une année, à la position `a`, un autre que celui de `de`.",
    "EtapeSoin": "Un événement du soin : ce qu'il a apporté (`montant` est null pour une annulation), le partage avant "
    "et après.",
    "EvenementAdherent": "Un événement de l'adhérent entre les deux moments.",
    "LigneChangee": "Une ligne des deux relevés qui ne dit plus la même chose, et les événements qui ont pu la "
    "changer.",
    "LigneExpliquee": "Une ligne de paiement telle que reçue : pour quoi elle compte, et ce qui n'en compte pas.",
    "MontantVue": "Un montant du soin, en mots, et les parts dont il est la somme.",
    "PartVue": "Une part signée d'un montant : un autre montant (`terme`), ou une ligne de paiement.",
    "Raison": "Pourquoi une ligne, ou la dépense qu'elle annonce, ne compte pas.",
    "RaisonVue": "Pourquoi une ligne, ou la dépense qu'elle annonce, ne compte pas ; en mots aussi.",
    "RegleVue": "La branche de la règle qui a donné la dépense, en mots, et ce que chaque payeur a annoncé.",
    "SoinExplique": "Pourquoi les montants d'un soin sont ce qu'ils sont.",
    "Terme": "Un montant d'un soin ; `plancher` est ce qu'un plancher à zéro a ajouté.",
    "BalanceGenerale": "La balance sur tous les soins, telle que connue à `position`. `ecart_invariant` et "
    "`ecart_paiements` sont nuls : dépense = régime obligatoire + SMI + autre mutuelle − trop-perçu + reste à charge, "
    "et ce que chaque payeur a payé par mois de paiement est ce qui compte sur les soins.",
    "EtatPersonnel": "Ce qu'est devenue la partie personnelle : l'événement n'en a pas, elle est scellée, ouverte, "
    "perdue avec la clé de l'adhérent, ou altérée.",
    "Evenement": "Un événement stocké. `faits` est tel que stocké, dans la forme de `version`. `intact` : son sceau "
    "est bien celui de ses colonnes. Ce qu'un événement altéré ne dit plus est null.",
    "EvenementBrut": "Un événement et ses colonnes telles que stockées : `etat` est null quand il n'est pas de "
    "l'UTF-8, et `etat_base64` donne ses octets.",
    "MoisDePaiement": "Ce que chaque payeur a payé dans un mois, par date de paiement, repris déduit.",
    "MoisDeSoin": "Ce qu'ont coûté les soins d'un mois de soin, chacun une fois, et qui l'a supporté.",
    "NombreAnomalie": "Combien de fois une anomalie a été relevée.",
    "RegardConsigne": "Une consultation consignée. `rang` est sa place, ici et dans le journal de preuve. "
    "`motif_perdu` : l'adhérent a été effacé depuis. `nombre` : pour combien de consultations égales elle vaut.",
    "PageRegards": "Une page du journal des accès, le plus récent d'abord.",
    "PageEvenements": "Une page du journal ; `examine` est la dernière position regardée.",
    "PayeurBalance": "Les décomptes en vigueur d'un payeur.",
    "Recouvrements": "Ce que des tiers ont payé, pour qui. Cela ne change aucun chiffre des soins.",
    "Sens": "Le plus ancien d'abord, ou le plus récent.",
}
