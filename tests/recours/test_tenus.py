"""What is kept of each member for the pages over all sinistres is never stale, and only what changed is read again."""

from collections.abc import Collection
from datetime import timedelta
from uuid import UUID

import pytest

from infra.bootstrap import Services
from infra.recours.lectures import MembreRecours, RecoursReads
from infra.recours.tenus import RecoursTenus
from tests.recours.sample import TODAY, accidents, history_of
from tests.recours.test_sample import declare, recover, take


def test_after_each_step_what_is_kept_is_what_a_new_process_reads(
    services: Services, monkeypatch: pytest.MonkeyPatch
) -> None:
    read_again: list[UUID] = []
    members = RecoursReads.members

    def counted(self: RecoursReads, sujets: Collection[UUID], *, is_whole: bool = True) -> list[MembreRecours]:
        read_again.extend(sujets)
        return members(self, sujets, is_whole=is_whole)

    found = accidents(4)
    for accident in found:
        take(services, history_of(accident.adherent, with_recoveries=False))
    kept = services.recours.tenus
    assert kept.read(TODAY).parts == ()
    for number, accident in enumerate(found):
        recover(services, accident, number) if number % 2 else declare(services, accident, number)
        services.projection_worker().catch_up()
        with monkeypatch.context() as patched:
            patched.setattr(RecoursReads, "members", counted)
            read_again.clear()
            seen = kept.read(TODAY)
            assert len(read_again) == 1
            assert kept.read(TODAY) == seen
            assert len(read_again) == 1
        assert seen == RecoursTenus(services.datastore, services.recours.reads).read(TODAY)
        assert len(seen.parts) == number + 1
    assert {age.age_jours for part in kept.read(TODAY + timedelta(days=3)).parts for age in part.resumes} == {3}


def test_a_destroyed_key_and_rows_that_are_gone_are_seen_at_once(services: Services) -> None:
    [accident] = accidents(1)
    take(services, history_of(accident.adherent, with_recoveries=False))
    declare(services, accident, 0)
    services.projection_worker().catch_up()
    [part] = services.recours.tenus.read(TODAY).parts
    assert part.resumes[0].numero_adherent == accident.adherent.numero
    _destroy_key(services, accident.adherent.numero)
    [blind] = services.recours.tenus.read(TODAY).parts
    assert blind.resumes[0].numero_adherent is None
    assert blind.argent == part.argent
    with services.datastore.transaction(commit=True) as cursor:
        cursor.execute("DELETE FROM read_recours")
    assert services.recours.tenus.read(TODAY).parts == ()


def _destroy_key(services: Services, numero: str) -> None:
    sujet, empreinte = services.members.find(numero), services.keyring.numero_empreinte(numero)
    assert sujet is not None
    with services.datastore.transaction(commit=True) as cursor:
        row = cursor.execute("SELECT cree_at FROM cle_adherent WHERE sujet = %s", (sujet,)).fetchone()
        assert row is not None
        mac = services.members._row_mac(sujet, empreinte, None, row["cree_at"])
        cursor.execute("UPDATE cle_adherent SET cle_enveloppee = NULL, mac = %s WHERE sujet = %s", (mac, sujet))
    services.members._keys.clear()
    services.members._ciphers.clear()
