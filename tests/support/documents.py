"""Finished documents without a server: read, rendered and kept as the routes do."""

import asyncio
import time

import psycopg

from infra.bootstrap import Services
from infra.http.conditional import document_of
from infra.reads.document_keeper import DocumentKeeper
from infra.reads.documents import cle_releve
from infra.reads.members import MemberReads
from infra.reads.pool import ReadPool
from ledger.dates import Fenetre
from readmodels.releve import releve

KEPT_SECONDS_MAX = 20
FENETRE = Fenetre(2025, 2026)


def keep_documents(services: Services, *, members: int) -> int:
    """Keep the statement of 2026 of the members of `portfolio`; returns how many documents there are then."""

    async def keep_all() -> None:
        pool, keeper = ReadPool(services.url), DocumentKeeper(services.url)
        await pool.open()
        keeper.open()
        reads = MemberReads(pool, services.keyring, services.members)
        for index in range(members):
            numero = f"{index:08d}"
            member = await reads.read(numero)
            assert member.base is not None
            view = releve(member.dossier, numero_adherent=numero, annee=2026)
            keeper.keep(member.base, cle_releve(2026), document_of(view), fenetre=FENETRE)
        await asyncio.to_thread(wait_for_documents, services.url, members)
        await keeper.close()
        await pool.close()

    asyncio.run(keep_all())
    return count_documents(services.url)


def count_documents(url: str) -> int:
    """How many documents are kept."""
    with psycopg.connect(url) as connection:
        [(count,)] = connection.execute("SELECT count(*) FROM document").fetchall()
    return int(count)


def wait_for_documents(url: str, count: int) -> None:
    """Wait until so many are kept: they are written in the background."""
    deadline = time.monotonic() + KEPT_SECONDS_MAX
    while count_documents(url) < count and time.monotonic() < deadline:
        time.sleep(0.01)
