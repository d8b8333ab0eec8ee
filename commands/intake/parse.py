"""From bytes to a checked message, or the typed refusal that says why not. Pure.

The fast way decodes straight into the schema. It cannot see a field that comes twice (the last one wins), so it
measures the message by the parts of the event written from it: a doubled field makes it longer, and has at least two
more quotes. Where escapes make that unsure, or anything is refused, `explain` decides.
"""

import re
from collections.abc import Sequence

import msgspec
from msgspec import UNSET

from commands.events_of import Written, write
from commands.intake.explain import explain
from commands.intake.rules import broken_rules
from commands.intake.schema import MESSAGE_BYTES_MAX, AnnulationMessage, DecompteMessage, Message
from ledger.errors import MessageTropGrand, Refusal, TotalIncoherent
from ledger.payeurs import Nature, Payeur
from ledger.references import NUMERO_ADHERENT, REFERENCE

_BOM = b"\xef\xbb\xbf"
_ESCAPE, _QUOTE = ord("\\"), ord('"')
# Possessive (the doubled +): a name is never tried again shorter, as nothing that may follow it may stand in it.
_NAMES = re.compile(f"{NUMERO_ADHERENT}+(?:\n{REFERENCE}+)++").fullmatch
_decode = msgspec.json.Decoder(Message).decode

# Names of their own: until Python 3.12 an enumeration runs code at each look at one of its members.
_RECOURS_TIERS, _PRESTATION, _INDEMNITE = Payeur.RECOURS_TIERS, Nature.PRESTATION, Nature.INDEMNITE

# What a message says that the parts of its event do not, and the other way round.
_OWN_BYTES = {payeur: len(f'"type":"decompte","version":1,"payeur":"{payeur}",') for payeur in Payeur}
_LIST_BYTES = len(b',"lignes":[]')
_QUOTES_OF_DECOMPTE = 10 - 2
"""`type`, `version` and `payeur` with their values; the name `lignes` stands in both parts."""
_QUOTES_OF_OTHERS = 6
"""`type` with its value, and `version`."""


Read = tuple[Message, Written] | Refusal
"""A checked message and the event that records it, as it will be stored; or why there is none."""


def parse(raw: bytes) -> Message:
    """The message that the bytes say. Raises a Refusal of `ledger.errors` (kind Malformed)."""
    [found] = read_all([raw])
    if isinstance(found, Refusal):
        raise found
    return found[0]


def read_all(raws: Sequence[bytes]) -> list[Read]:
    """What each of these messages says. A step is taken for all before the next one: see `BLOCK_MESSAGES`."""
    decoded = [_decoded(raw) for raw in raws]
    plain = [
        message if message is not None and _ESCAPE not in raw and _is_plainly_right(message) else None
        for raw, message in zip(raws, decoded, strict=True)
    ]
    written = [None if message is None else write(message) for message in plain]
    return [
        (m, w) if m is not None and w is not None and _says_nothing_twice(raw, m, w) else _explained(raw)
        for raw, m, w in zip(raws, plain, written, strict=True)
    ]


def _decoded(raw: bytes) -> Message | None:
    """The message at first sight; None where there is something to explain."""
    if len(raw) > MESSAGE_BYTES_MAX:
        return None
    try:
        message: Message = _decode(raw)
    except (msgspec.MsgspecError, UnicodeDecodeError, RecursionError):
        return None
    return message


def _explained(raw: bytes) -> Read:
    """The slow way, which knows everything."""
    try:
        if len(raw) > MESSAGE_BYTES_MAX:
            raise MessageTropGrand(f"Le message dépasse {MESSAGE_BYTES_MAX // 1024} Kio.")
        message = explain(raw.removeprefix(_BOM))
        if isinstance(message, DecompteMessage) and message.total != sum([ligne.montant for ligne in message.lignes]):
            raise TotalIncoherent
    except Refusal as refusal:
        return refusal
    return message, write(message)


def _says_nothing_twice(raw: bytes, message: Message, written: Written) -> bool:
    """Whether no field comes twice.

    A décompte without blanks is as long as the parts of its event tell, and longer when anything comes twice. Otherwise
    quotes are counted: every name and every text has two.
    """
    faits, personnel = written.faits, written.personnel
    quotes = _QUOTES_OF_OTHERS
    if isinstance(message, DecompteMessage):
        # In the message each line is one object, in one list: what the second costs is taken off again.
        doubled = _LIST_BYTES + 2 * len(message.lignes) + personnel.count(b"{}")
        if len(raw) == len(faits) + len(personnel) + _OWN_BYTES[message.payeur] - doubled:
            return True
        quotes = _QUOTES_OF_DECOMPTE
    return raw.count(_QUOTE) == faits.count(_QUOTE) + personnel.count(_QUOTE) + quotes


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
