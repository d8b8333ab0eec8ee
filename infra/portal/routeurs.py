"""The routers of the pages."""

from fastapi import APIRouter

from infra.portal import (
    accueil,
    aide,
    audit_acces,
    audit_accueil,
    audit_releves,
    connexion,
    demandes,
    demarches,
    enrolement,
    impots,
    maison,
    mots_de_passe,
    notifications,
    recours_adherent,
    recours_bordereaux,
    recours_dossier,
    recours_liste,
    recours_soins,
    recours_suggestions,
    recours_telechargements,
    remboursements,
    securite,
    statiques,
    telechargements,
    vivant,
)

ROUTERS: tuple[APIRouter, ...] = tuple(
    part.router
    for part in (
        accueil,
        connexion,
        demarches,
        mots_de_passe,
        remboursements,
        telechargements,
        impots,
        demandes,
        notifications,
        securite,
        enrolement,
        aide,
        maison,
        audit_acces,
        audit_accueil,
        audit_releves,
        recours_liste,
        recours_adherent,
        recours_bordereaux,
        recours_dossier,
        recours_soins,
        recours_suggestions,
        recours_telechargements,
        statiques,
        vivant,
    )
)
