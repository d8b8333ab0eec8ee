"""From bytes to a checked message, or the typed refusal that says why not. Pure.

The fast way decodes straight into the schema. It cannot see a field that comes twice (the last one wins), so it
counts quotes, in the message and in the parts of the event written from it: a doubled field has at least two more.
Where escapes make the count unsure, or anything is refused, `explain` decides.
"""

import re

import msgspec
from msgspec import UNSET

from commands.events_of import Written, write
from commands.intake.explain import explain
from commands.intake.rules import broken_rules
from commands.intake.schema import MESSAGE_BYTES_MAX, AnnulationMessage, DecompteMessage, Message
from ledger.errors import MessageTropGrand, TotalIncoherent
from ledger.payeurs import Nature, Payeur
from ledger.references import NUMERO_ADHERENT, REFERENCE

_BOM = b"\xef\xbb\xbf"
_ESCAPE, _QUOTE = ord("\\"), ord('"')
# Possessive (the doubled +): a name is never tried again shorter, as nothing that may follow it may stand in it.
_NAMES = re.compile(f"{NUMERO_ADHERENT}+(?:\n{REFERENCE}+)++").fullmatch
_decode = msgspec.json.Decoder(Message).decode

# Names of their own: until Python 3.12 an enumeration runs code at each look at one of its members.
_RECOURS_TIERS, _PRESTATION, _INDEMNITE = Payeur.RECOURS_TIERS, Nature.PRESTATION, Nature.INDEMNITE

_QUOTES_OF_DECOMPTE = 8
"""Of a décompte, `type`, `version` and `payeur` with their values are not in its event's parts: ten quotes. The name
`lignes` stands in both parts: two less."""

_QUOTES_OF_OTHERS = 6
"""`type` with its value, and `version`."""


def parse(raw: bytes) -> Message:
    """The message that the bytes say. Raises a Refusal of `ledger.errors` (kind Malformed)."""
    return read(raw)[0]


def read(raw: bytes) -> tuple[Message, Written]:
    """The message that the bytes say, and the event that records it, as it will be stored. Raises likewise."""
    if len(raw) > MESSAGE_BYTES_MAX:
        raise MessageTropGrand(f"Le message dépasse {MESSAGE_BYTES_MAX // 1024} Kio.")
    try:
        message: Message = _decode(raw)
        if _ESCAPE not in raw and _is_plainly_right(message):
            written = write(message)
            own = _QUOTES_OF_DECOMPTE if type(message) is DecompteMessage else _QUOTES_OF_OTHERS
            if raw.count(_QUOTE) == written.faits.count(_QUOTE) + written.personnel.count(_QUOTE) + own:
                return message, written
    except (msgspec.MsgspecError, UnicodeDecodeError, RecursionError):
        pass
    message = explain(raw.removeprefix(_BOM))
    if isinstance(message, DecompteMessage) and message.total != sum([ligne.montant for ligne in message.lignes]):
        raise TotalIncoherent
    return message, write(message)


def _is_plainly_right(message: Message) -> bool:
    """Whether what the decoder does not check is right: the form of names, and the rules between fields.

    No name holds a newline, which in JSON takes an escape, and an escape is doubtful.
    """
    if isinstance(message, DecompteMessage):
        return _is_plain_decompte(message)
    names = [message.numero_adherent, message.emetteur, message.reference]
    if isinstance(message, AnnulationMessage):
        names.append(message.annule)
    return _NAMES("\n".join(names)) is not None and not any(broken_rules(message))


def _is_plain_decompte(message: DecompteMessage) -> bool:
    """The same of a décompte, in one pass over its lines, the usual ones first: `rules.py` judges the others."""
    names = [message.numero_adherent, message.emetteur, message.reference]
    is_usual = message.payeur is not _RECOURS_TIERS and message.sinistre is UNSET
    total, before, soin = 0, "", ""
    for ligne in message.lignes:
        total += ligne.montant
        if ligne.soin != soin:
            soin = ligne.soin
            names.append(soin)
        if ligne.ligne <= before:
            is_usual = False
        before = ligne.ligne
        if ligne.nature is _PRESTATION:
            if (
                not ligne.quantite  # absent or 0: UNSET is false
                or ligne.acte is UNSET
                or ligne.libelle is UNSET
                or ligne.categorie is UNSET
                or ligne.pour_compte_de is not UNSET
            ):
                is_usual = False
        elif ligne.nature is _INDEMNITE or not (
            ligne.quantite
            is ligne.acte
            is ligne.libelle
            is ligne.categorie
            is ligne.base
            is ligne.taux_pb
            is ligne.pour_compte_de
            is UNSET
        ):
            is_usual = False
        if ligne.ligne_origine is not UNSET:
            names += (ligne.ligne_origine.emetteur, ligne.ligne_origine.reference)
    if message.sinistre is not UNSET:
        names.append(message.sinistre)
    return (
        total == message.total and _NAMES("\n".join(names)) is not None and (is_usual or not any(broken_rules(message)))
    )
