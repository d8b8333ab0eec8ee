"""The routers of the pages."""

from fastapi import APIRouter

from infra.portal import (
    accueil,
    aide,
    connexion,
    demandes,
    demarches,
    enrolement,
    impots,
    maison,
    mots_de_passe,
    notifications,
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
        statiques,
        vivant,
    )
)
