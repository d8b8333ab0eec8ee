"""What the API's documentation says, in French, of the shapes about recoveries."""

WORDS_OF_RECOURS = {
    "Accord": "Une part de responsabilité est convenue, en dix-millièmes ; un nouvel accord remplace le précédent.",
    "Balance": "La balance de tous les sinistres. `hors_dossier` : recouvrements de sinistres que personne n'a "
    "ouverts.",
    "BordereauPris": "Ce qu'est devenu un bordereau, ou ce qu'il deviendrait (`apercu`). `elements` : les premières "
    "lignes "
    "qui attendent une personne.",
    "BordereauVue": "Un bordereau ; `prises` de ses `lignes` sont prises : moins si l'import a été interrompu, le "
    "renvoyer.",
    "Circonstance": "Quelle sorte d'accident.",
    "Classe": "Où une ligne de bordereau est allée. `rapproche` et `partiel` sont encaissés, les autres attendent.",
    "ClassementSansSuite": "Classer le sinistre sans suite ; `motif` obligatoire.",
    "Cloture": "Clôturer le sinistre.",
    "CodeEcart": "Ce qui ne s'accorde pas.",
    "CompteClasse": "Combien de lignes dans une classe, et leur somme.",
    "Contestation": "Le tiers conteste.",
    "CoutNet": "Ce que chacun supporte finalement. Le reste à charge est `supporte.victime` ; `charge_finale` est "
    "ce qu'il "
    "en reste après ce que le tiers a versé à la victime, jamais au-dessous de 0.",
    "CoutNetAdherent": "Le coût net des soins d'un adhérent sur une période de soins.",
    "CoutNetSoin": "Ce que chacun supporte finalement sur un soin.",
    "Declaration": "Ce que le déclarant a dit ; null quand la clé de l'adhérent a été détruite.",
    "DeclarationCorps": "Une déclaration. La même `cle` du même adhérent désigne une seule déclaration.",
    "Detachement": "Détacher des soins.",
    "DossierSinistre": "Le dossier d'un sinistre.",
    "Ecart": "Un écart : sur quel sinistre, pour qui (null : pour personne en particulier), de combien.",
    "EcartResolu": "Un écart résolu ; `encaissement` est l'encaissement qui en est né, s'il y en a un.",
    "EncaissementCorps": "Encaisser ce que le tiers a payé ; le partage suit la règle.",
    "EncaissementVue": "Un encaissement enregistré ici.",
    "EtablissementCreance": "Établir le relevé de créance suivant.",
    "EtapePrise": "Une étape prise : la version du sinistre maintenant, la position de l'étape (null : rien de "
    "nouveau).",
    "EtapeSinistre": "Une étape : quoi, qui, quand, pourquoi.",
    "EtapeSuivi": "Un état atteint, tel que l'adhérent le lit.",
    "EtatSinistre": "Où en est un sinistre.",
    "LigneApercue": "Où une ligne va, ou irait.",
    "LigneBordereauVue": "Une ligne de bordereau : telle que lue, sa classe, comment elle a été résolue.",
    "LigneCreance": "Ce que chacun a supporté sur un soin ; `avant` est ce que disait le relevé précédent.",
    "ListeBordereaux": "Les bordereaux, le plus récent d'abord.",
    "NouvelleVentilation": "Partager de nouveau ce qui a été reçu, selon le dernier relevé de créance.",
    "OrigineSinistre": "Qui a parlé de l'accident.",
    "Ouverture": "Ouvrir le dossier.",
    "PageEcarts": "Une page d'écarts ; il y en a peut-être d'autres tant que `suivant` n'est pas null.",
    "PageSinistres": "Une page de la liste de travail, la déclaration la plus ancienne d'abord.",
    "ParPartie": "Un montant pour chacun.",
    "Rattachement": "Rattacher des soins ; un soin est à un sinistre ouvert au plus.",
    "Recensement": "Prendre le sinistre dans la liste d'Assia.",
    "Reclamation": "Réclamer la valeur du dernier relevé de créance.",
    "RecouvrementVue": "Un recouvrement en vigueur du journal ; `origine` : partagé ici (`regle`) ou par un flux "
    "(`flux`).",
    "ReleveCreance": "Un relevé de créance, figé à la position `au` du journal.",
    "Reouverture": "Rouvrir le sinistre, là où il en était ; `motif` obligatoire.",
    "Resolution": "Comment un écart est résolu : encaissé malgré tout, ou écarté.",
    "ResolutionCorps": "Comment résoudre un écart, et pourquoi. `sinistre` : où encaisser, par défaut celui de la "
    "ligne.",
    "ResumeBordereau": "Un bordereau de la liste : ce qu'il a, ce qui en est pris, ce qui attend une personne.",
    "ResumeCreance": "Une version du relevé de créance.",
    "ResumeSinistre": "Un sinistre de la liste de travail.",
    "Retrait": "Retirer un encaissement ; ce qui reste est partagé selon la règle.",
    "SoinRattachable": "Un soin, et le sinistre ouvert qui le tient.",
    "SoinsRattachables": "Les soins d'une recherche, le plus ancien d'abord.",
    "Solde": "L'argent en jeu : valeur du dernier relevé, réclamé, accordé (null : pas d'accord), reçu, partagé, "
    "reste.",
    "SoldeEtat": "La balance des sinistres d'un état.",
    "Suggestion": "Des soins qui ressemblent aux suites d'un accident.",
    "Suggestions": "Ce que la détection propose, pour une page d'adhérents.",
    "SuiviSinistre": "Un sinistre tel que son adhérent le suit.",
    "SuivisSinistres": "Les sinistres d'un adhérent.",
    "Tiers": "Qui a causé le dommage, et qui l'assure.",
    "TiersCorps": "Qui a causé le dommage, et qui l'assure, si on le sait.",
}
