"""Every event of the ledger. A topic is never renamed nor reused; an old version always has its way to the present."""

from ledger.adherent.events import AdherentErased, AdherentRegistered
from ledger.annulation.events import AnnulationRecorded
from ledger.bordereau import events as bordereau
from ledger.decompte.events import (
    DecompteAutreMutuelleRecorded,
    DecompteCancelled,
    DecompteRegimeObligatoireRecorded,
    DecompteSmiRecorded,
    RecouvrementTiersRecorded,
)
from ledger.events import Registry
from ledger.sinistre import events as sinistre

REGISTRY = Registry(
    events=(
        DecompteRegimeObligatoireRecorded,
        DecompteSmiRecorded,
        DecompteAutreMutuelleRecorded,
        RecouvrementTiersRecorded,
        DecompteCancelled,
        AnnulationRecorded,
        AdherentRegistered,
        AdherentErased,
        *sinistre.EVENTS,
        sinistre.SoinTaken,
        sinistre.SoinFreed,
        *bordereau.EVENTS,
    ),
    upcasts={},
)
