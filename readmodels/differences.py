"""What makes a statement another one later: what came, what was cancelled, which figures changed, by which events."""

from collections.abc import Set
from dataclasses import fields

import msgspec

from ledger.annulation.events import AnnulationRecorded
from ledger.decompte.events import DECOMPTE_BY_PAYEUR
from ledger.dossier import Dossier
from ledger.positions import touching
from readmodels.releve import releve
from readmodels.vues import DecompteReleve, LigneReleve
from readmodels.vues_figures import (
    ChampChange,
    DecompteAnnule,
    DecompteApparu,
    Differences,
    EvenementAdherent,
    LigneChangee,
)


def differences(dossier: Dossier, *, numero_adherent: str, annee: int, de: int, a: int) -> Differences:
    """Between two positions, `de` the earlier; the dossier is that of `a`."""
    earlier = dossier.before(de + 1)
    before = releve(earlier, numero_adherent=numero_adherent, annee=annee)
    after = releve(dossier, numero_adherent=numero_adherent, annee=annee)
    known = {(d.emetteur, d.reference): d for d in before.decomptes}
    events = tuple(event for event in events_of(dossier) if de < event.position <= a)
    later = {event.position for event in events}
    return Differences(
        numero_adherent=numero_adherent,
        annee=annee,
        de=de,
        a=a,
        totaux_avant=before.totaux,
        totaux_apres=after.totaux,
        apparus=tuple(
            DecompteApparu(position=dossier.decomptes[d.emetteur, d.reference].position, decompte=d)
            for d in after.decomptes
            if (d.emetteur, d.reference) not in known
        ),
        annules=tuple(
            _cancelled(dossier, d)
            for d in after.decomptes
            if d.annule and (then := known.get((d.emetteur, d.reference))) is not None and not then.annule
        ),
        lignes=tuple(
            changed
            for d in after.decomptes
            if (then := known.get((d.emetteur, d.reference))) is not None
            for changed in _changed_lines(dossier, then, d, later=later)
        ),
        evenements=events,
    )


def events_of(dossier: Dossier) -> list[EvenementAdherent]:
    """The décomptes and annulations of a member as events, in order."""
    found = [
        EvenementAdherent(
            position=d.position,
            enregistre_at=d.enregistre_at,
            evenement=DECOMPTE_BY_PAYEUR[d.payeur].topic,
            emetteur=d.faits.emetteur,
            reference=d.faits.reference,
            date=d.faits.date_paiement,
            montant=d.faits.total,
            motif=None,
        )
        for d in dossier.decomptes.values()
    ]
    found += [
        EvenementAdherent(
            position=annulation.position,
            enregistre_at=annulation.enregistre_at,
            evenement=AnnulationRecorded.topic,
            emetteur=annulation.emetteur,
            reference=annulation.reference,
            date=annulation.date_annulation,
            montant=None,
            motif=annulation.motif,
        )
        for annulations in dossier.annulations.values()
        for annulation in annulations
    ]
    return sorted(found, key=lambda event: event.position)


def _cancelled(dossier: Dossier, decompte: DecompteReleve) -> DecompteAnnule:
    annulation = dossier.annulations[decompte.emetteur, decompte.reference][0]
    return DecompteAnnule(
        emetteur=decompte.emetteur,
        reference=decompte.reference,
        montant=decompte.montant,
        motif=annulation.motif,
        position=annulation.position,
        annulation=annulation.reference,
    )


def _changed_lines(
    dossier: Dossier, then: DecompteReleve, now: DecompteReleve, *, later: Set[int]
) -> list[LigneChangee]:
    """The lines of one décompte that say something else; a deduction may have moved to another soin."""
    before = {ligne.soin: ligne for ligne in then.lignes}
    after = {ligne.soin: ligne for ligne in now.lignes}
    changed = []
    for soin in dict.fromkeys([*after, *before]):
        champs = _changed_fields(before.get(soin), after.get(soin))
        if champs:
            shown = after.get(soin) or before[soin]
            changed.append(
                LigneChangee(
                    emetteur=now.emetteur,
                    reference=now.reference,
                    soin=soin,
                    libelle=shown.libelle,
                    champs=champs,
                    evenements=tuple(sorted(touching(dossier, [soin]) & later)),
                )
            )
    return changed


def _changed_fields(before: LigneReleve | None, after: LigneReleve | None) -> tuple[ChampChange, ...]:
    found = []
    for field in fields(LigneReleve):
        one, other = getattr(before, field.name, None), getattr(after, field.name, None)
        if one != other:
            found.append(ChampChange(champ=field.name, avant=_said(one), apres=_said(other)))
    return tuple(found)


def _said(value: object) -> str | None:
    return None if value is None else msgspec.json.encode(value).decode().strip('"')
