"""The balance over all sinistres, from every member read anew."""

from infra.bootstrap import Services
from readmodels.recours_ensemble import argent_of, balance
from readmodels.vues_recours import Balance


def balance_of(services: Services) -> Balance:
    members = list(services.recours.reads.all_members(is_whole=False))
    return balance(
        (argent_of(m.dossier, m.sinistres) for m in members), position=max((m.au for m in members), default=0)
    )
