"""Making a statement with its proof, from the dossier that was just read."""

from collections.abc import Callable

import msgspec

from infra.preuve.log import Log, LogAltered
from infra.preuve.reads import ProofReads
from infra.preuve.releve import StatementRefused, check_statement, proven_statement
from ledger.dossier import Dossier
from readmodels.appuis import appuis_du_releve
from readmodels.releve import releve


def prove_statement(
    reads: ProofReads, log: Log, dossier: Dossier, *, numero_adherent: str, annee: int, taille: int | None
) -> bytes:
    """The file, checked as its reader will. `taille`: under the checkpoint of that size instead of the last one.

    Raises NotSealedYet, NoSuchPoint, LogAltered.
    """
    content = msgspec.json.encode(releve(dossier, numero_adherent=numero_adherent, annee=annee))
    narrowings: tuple[Callable[[], Dossier], ...] = (lambda: appuis_du_releve(dossier, annee), lambda: dossier)
    refused: StatementRefused | None = None
    for narrowed in narrowings:
        positions = _positions(narrowed())
        inclusions = reads.inclusions(log, positions, taille)
        note = inclusions[0].point.note if inclusions else reads.point(log, taille).note
        file = proven_statement(content, reads.rows(positions), inclusions, note, log.vkey)
        try:
            check_statement(file, vkey=log.vkey)
        except StatementRefused as reason:
            refused = reason
        else:
            return file
    raise LogAltered(f"{log.name} : le relevé n'est pas celui de ses événements ({refused})")


def _positions(dossier: Dossier) -> list[int]:
    annulations = (a.position for found in dossier.annulations.values() for a in found)
    return sorted({*(d.position for d in dossier.decomptes.values()), *annulations})
