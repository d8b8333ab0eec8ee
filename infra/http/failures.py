"""Which problem a failure of the machinery is; what is not foreseen is `erreur_interne`, and says nothing."""

import psycopg
from eventsourcing import persistence

from infra.http.problems import Problem
from infra.journal.mapper import SealBroken
from infra.journal.recorder import JournalAltered
from infra.journal.wrapping import KeyAltered, MasterKeyChanged
from infra.preuve.log import LogAltered

_DATABASE_AWAY = (
    psycopg.OperationalError,  # psycopg_pool.PoolTimeout is one
    psycopg.InterfaceError,
    persistence.OperationalError,
    persistence.InterfaceError,
)


def problem_of(error: BaseException) -> Problem:
    """The problem to answer."""
    if isinstance(error, JournalAltered):
        return Problem("journal_altere")
    if isinstance(error, MasterKeyChanged):
        return Problem("cle_maitre_changee")
    if isinstance(error, KeyAltered | SealBroken | LogAltered):
        return Problem("donnees_alterees")
    if isinstance(error, _DATABASE_AWAY):
        return Problem("base_indisponible")
    return Problem("erreur_interne")
