"""Plain décomptes by the million, made quicker than they are taken: for what is about size, not about variety."""

import uuid
from collections.abc import Iterator

DECOMPTES_PER_MEMBER = 50

_LINE = (
    '{"type":"decompte","version":1,"emetteur":"cpam-751","reference":"%s","payeur":"regime_obligatoire","rang":1,'
    '"numero_adherent":"%s","date_paiement":"2026-%02d-14","destinataire":"adherent","total":1900,"lignes":['
    '{"ligne":"1","soin":"%s","nature":"prestation","beneficiaire":"01","date_soin":"2026-%02d-10","acte":"G",'
    '"libelle":"Consultation généraliste","categorie":"consultations","quantite":1,"depense":3000,"base":3000,'
    '"taux_pb":7000,"montant":2100},{"ligne":"2","soin":"%s","nature":"participation_forfaitaire",'
    '"beneficiaire":"01","date_soin":"2026-%02d-10","montant":-200}]}\n'
)


def numero(member: int) -> str:
    """The number of a member of these feeds."""
    return f"B{member:08d}"


def streamed_numero(member: int) -> str:
    """The number of a member whom `stream` writes to."""
    return f"C{member:08d}"


def lines(decomptes: int) -> Iterator[bytes]:
    """A feed of that many décomptes; DECOMPTES_PER_MEMBER for each member, hers spread over the feed."""
    members = max(1, decomptes // DECOMPTES_PER_MEMBER)
    for index in range(decomptes):
        yield decompte(f"S-{index}", numero(index % members), mois=index // members % 12 + 1)


def stream(members: int) -> Iterator[bytes]:
    """Décomptes without end, in turn for each of these members, whom no other feed names; never the same twice."""
    run, index = uuid.uuid4().hex[:12], 0
    while True:
        yield decompte(f"F-{run}-{index}", streamed_numero(index % members), mois=index // members % 12 + 1)
        index += 1


def decompte(reference: str, numero: str, *, mois: int) -> bytes:
    """One décompte of a consultation."""
    return (_LINE % (reference, numero, mois, reference, mois, reference, mois)).encode()
