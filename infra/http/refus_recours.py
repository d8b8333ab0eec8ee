"""What about recoveries is refused, as problems: the status by the kind, the words by the reason."""

from collections.abc import Iterator, Mapping

from infra.http.kinds import Kind
from ledger.bordereau import errors as bordereau
from ledger.recours.errors import Contradiction, Forgotten, Inadmissible, Outdated, RecoursRefusal, Unknown
from ledger.sinistre import errors as sinistre

_STATUS = {Unknown: 404, Contradiction: 409, Outdated: 412, Inadmissible: 422, Forgotten: 410}

TITLES: Mapping[type[RecoursRefusal], str] = {
    sinistre.SinistreInconnu: "Sinistre inconnu",
    sinistre.CreanceInconnue: "Relevé de créance inconnu",
    sinistre.EncaissementInconnu: "Encaissement inconnu",
    sinistre.SinistreEnConflit: "Déclaration en conflit",
    sinistre.SinistreFerme: "Sinistre fermé",
    sinistre.TransitionRefusee: "Étape refusée",
    sinistre.SoinDejaRattache: "Soin déjà rattaché",
    sinistre.SoinNonRattache: "Soin non rattaché",
    sinistre.SoinInconnu: "Soin inconnu",
    sinistre.AucunSoin: "Aucun soin rattaché",
    sinistre.CreanceAbsente: "Créance absente",
    sinistre.CreanceInchangee: "Créance inchangée",
    sinistre.EncaissementDejaRetire: "Encaissement déjà retiré",
    sinistre.PaiementDejaEncaisse: "Paiement déjà encaissé",
    sinistre.VersionPerimee: "Version périmée",
    sinistre.EtapeInvalide: "Étape invalide",
    sinistre.SinistreEfface: "Adhérent effacé",
    bordereau.BordereauInconnu: "Bordereau inconnu",
    bordereau.LigneInconnue: "Ligne inconnue",
    bordereau.BordereauEnConflit: "Bordereau en conflit",
    bordereau.LigneSansEcart: "Ligne sans écart",
    bordereau.EcartDejaResolu: "Écart déjà résolu",
}


def kinds() -> Iterator[tuple[str, Kind]]:
    """The kind of problem of each refusal, by its code."""
    for refusal, title in TITLES.items():
        status = next(status for kind, status in _STATUS.items() if issubclass(refusal, kind))
        yield refusal.code, Kind(status=status, title=title, detail=refusal.detail)
