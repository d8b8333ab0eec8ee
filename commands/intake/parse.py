"""From bytes to a checked message, or the typed refusal that says why not. Pure.

The fast way decodes straight into the schema. It cannot see a field that comes twice (the last one wins), so it
encodes what it has read and counts quotes: a doubled field has at least two more. Where escapes make the count
unsure, or anything is refused, `explain` decides.
"""

import re

import msgspec
from msgspec import UNSET

from commands.intake.explain import explain
from commands.intake.rules import broken_rules
from commands.intake.schema import MESSAGE_BYTES_MAX, AnnulationMessage, DecompteMessage, Message
from ledger.errors import MessageTropGrand, TotalIncoherent
from ledger.payeurs import Nature, Payeur
from ledger.references import NUMERO_ADHERENT, REFERENCE

_BOM = b"\xef\xbb\xbf"
_NAMES = re.compile(f"{NUMERO_ADHERENT}(\n{REFERENCE})+").fullmatch
_decode = msgspec.json.Decoder(Message).decode
_encode = msgspec.json.Encoder().encode


def parse(raw: bytes) -> Message:
    """The message that the bytes say. Raises a Refusal of `ledger.errors` (kind Malformed)."""
    if len(raw) > MESSAGE_BYTES_MAX:
        raise MessageTropGrand(f"Le message dépasse {MESSAGE_BYTES_MAX // 1024} Kio.")
    text = raw.removeprefix(_BOM)
    try:
        message: Message = _decode(text)
        is_doubtful = (
            b"\\" in text or text.count(b'"') != _encode(message).count(b'"') or not _is_plainly_right(message)
        )
    except (msgspec.MsgspecError, UnicodeDecodeError, RecursionError):
        is_doubtful = True
    if is_doubtful:
        message = explain(text)
    if isinstance(message, DecompteMessage) and message.total != sum([ligne.montant for ligne in message.lignes]):
        raise TotalIncoherent
    return message


def _is_plainly_right(message: Message) -> bool:
    """Whether what the decoder does not check is right: the form of names, and the rules between fields.

    One pass over the lines, the usual line first: this is the dearest part of the intake. No name holds a newline,
    which in JSON takes an escape, and an escape is doubtful.
    """
    names = [message.numero_adherent, message.emetteur, message.reference]
    if not isinstance(message, DecompteMessage):
        if isinstance(message, AnnulationMessage):
            names.append(message.annule)
        return _NAMES("\n".join(names)) is not None and not any(broken_rules(message))
    numbers = set()
    is_usual = message.payeur is not Payeur.RECOURS_TIERS and message.sinistre is UNSET
    for ligne in message.lignes:
        names.append(ligne.soin)
        numbers.add(ligne.ligne)
        if ligne.nature is Nature.PRESTATION:
            if (
                not ligne.quantite  # absent or 0: UNSET is false
                or ligne.acte is UNSET
                or ligne.libelle is UNSET
                or ligne.categorie is UNSET
                or ligne.pour_compte_de is not UNSET
            ):
                is_usual = False
        else:
            is_usual = False
        if ligne.ligne_origine is not UNSET:
            names += (ligne.ligne_origine.emetteur, ligne.ligne_origine.reference)
    if message.sinistre is not UNSET:
        names.append(message.sinistre)
    if _NAMES("\n".join(names)) is None or len(numbers) != len(message.lignes):
        return False
    return is_usual or not any(broken_rules(message))
