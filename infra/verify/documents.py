"""Check the finished documents: each opens under its member's key, and was made from rows that there are.

One that is missing or stale is no fault: it is made again at the next read. One whose key is destroyed is lost with it.
"""

from collections.abc import Iterable, Iterator, Mapping
from typing import Any

from infra.journal.mapper import SealBroken
from infra.reads.documents import context_of_seal, positions_of, unseal_document
from infra.verify.cles import Cles
from infra.verify.faults import Fault
from ledger.buckets import Bucket, bucket_of

TABLE = "document"


def document_faults(
    rows: Iterable[Mapping[str, Any]],
    cles: Cles,
    *,
    projected: Mapping[Bucket, int],
    generation: int,
) -> Iterator[Fault]:
    """What is wrong with the rows of `all_documents`. `projected`: how far the bucket of each member has been read."""
    for row in rows:
        what = _fault(row, cles, projected=projected, generation=generation)
        if what is not None:
            yield Fault(table=TABLE, place=f"{row['sujet']} {row['cle']}", what=what)


def _fault(row: Mapping[str, Any], cles: Cles, *, projected: Mapping[Bucket, int], generation: int) -> str | None:
    if row["sujet"] not in cles:
        return "le document est d'un adhérent inconnu"
    key = cles.cipher(row["sujet"])
    if key is None:
        return None
    context = context_of_seal(row["sujet"].bytes, row["cle"].encode(), positions_of(row["generation"], row["base"]))
    try:
        unseal_document(key, bytes(row["scelle"]), context)
    except SealBroken:
        return "le document a été modifié"
    if row["base"] > projected[bucket_of(row["sujet"].bytes)] or row["generation"] > generation:
        return "le document dépasse ce qui a été projeté"
    return None
