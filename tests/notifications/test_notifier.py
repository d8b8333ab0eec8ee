"""One mail per new payment for who asked; none for the rest, none again for a rebuild, a replay or a restart."""

import threading
from concurrent.futures import ThreadPoolExecutor
from typing import Any
from uuid import uuid4

import psycopg
import pytest
from eventsourcing.persistence import OperationalError, StoredEvent

from infra.bootstrap import Services
from infra.notifications import notifier as notifying
from infra.notifications.frequences import Frequence
from infra.projections.rebuild import rebuild
from tests.mail.posting import sender_to
from tests.notifications.noticing import (
    NUMERO,
    choose,
    mails,
    notifier_at,
    project_and_announce,
    recipients,
    register,
)
from tests.support.command import run
from tests.support.ledger import adherent, annulation, decompte, portfolio, services_on, soin_line, take
from tests.support.smtp import mail_server

CHAQUE = Frequence.CHAQUE_REMBOURSEMENT


def recovery(reference: str, pour_compte_de: str) -> dict[str, Any]:
    kept = {
        name: value for name, value in soin_line().items() if name in ("ligne", "soin", "beneficiaire", "date_soin")
    }
    line = {**kept, "nature": "indemnite", "montant": 500, "pour_compte_de": pour_compte_de}
    return decompte(
        reference,
        emetteur="assureur",
        payeur="recours_tiers",
        rang=9,
        sinistre="SIN-1",
        destinataire="adherent" if pour_compte_de == "victime" else "smi",
        lignes=[line],
    )


def test_one_mail_per_new_payment_for_who_asked_for_each(services: Services) -> None:
    choose(services, CHAQUE)
    register(services, "00000002")
    choose(services, Frequence.AUCUNE, "00000003")
    take(services, *[decompte(f"R-{n}") for n in range(3)])
    take(services, *[decompte(f"S-{n}", numero_adherent=f"0000000{n}") for n in (2, 3, 4)])
    assert project_and_announce(services) == 3
    assert project_and_announce(services) == 0
    assert recipients(services) == [f"a{NUMERO}@exemple.fr"] * 3


def test_it_says_that_something_is_there_and_never_what(services: Services) -> None:
    choose(services, CHAQUE)
    take(services, decompte(lignes=[soin_line(libelle="Angine blanche", acte="CS7", montant=1234)]))
    project_and_announce(services)
    [courriel] = mails(services)
    assert courriel.contenu is not None
    said = f"{courriel.contenu.objet}\n{courriel.contenu.texte}"
    assert courriel.contenu.objet == "Un nouveau remboursement est disponible"
    assert "https://mutuelle.example/espace/remboursements" in said
    assert str(courriel.contenu.list_unsubscribe) in said
    for secret in ("12,34", "1234", "Angine", "CS7", "R-1", "cpam", "Ada", "Lovelace", NUMERO, "2026-03"):
        assert secret not in said.replace(str(courriel.contenu.list_unsubscribe), "")


def test_recoveries_for_payers_are_no_payment_to_her_and_the_victims_part_is(services: Services) -> None:
    choose(services, CHAQUE)
    outcomes = take(services, *[recovery(f"T-{of}", of) for of in ("smi", "regime_obligatoire", "victime")])
    assert [outcome.refusal for outcome in outcomes] == [None] * 3
    assert project_and_announce(services) == 1


def test_what_she_cannot_read_is_not_announced(services: Services) -> None:
    """A year outside the two, and a décompte that was taken back before she heard of it."""
    choose(services, CHAQUE)
    take(services, decompte("R-OLD", date_paiement="2024-12-31"), decompte("R-1"), annulation("R-1"), decompte("R-2"))
    assert project_and_announce(services) == 1


def test_a_choice_counts_from_its_moment_on(services: Services) -> None:
    sujet = register(services)
    take(services, *[decompte(f"R-{n}") for n in range(3)])
    services.preferences.choose(sujet, None, CHAQUE)
    assert project_and_announce(services) == 0
    take(services, decompte("R-9"))
    services.preferences.choose(sujet, None, CHAQUE)  # The same again: nothing changes.
    assert project_and_announce(services) == 1


def test_an_old_ledger_is_no_news(database_url: str) -> None:
    """The tables come to a ledger that is full already, before anybody has chosen: no flood."""

    with services_on(database_url) as services:
        take(services, *portfolio(50))
        services.projection_worker().catch_up()
    with psycopg.connect(database_url) as connection:
        connection.execute("DROP TABLE notification_preference, notification_position")
        connection.execute("DELETE FROM migration WHERE name LIKE '0010%'")
    with services_on(database_url) as services:
        with services.datastore.get_connection() as connection2:
            row = connection2.execute("SELECT position FROM notification_position").fetchone()
        assert row == {"position": services.journal.position()}


def test_nothing_is_announced_before_it_can_be_read(services: Services) -> None:
    choose(services, CHAQUE)
    take(services, decompte())
    assert notifier_at(services).announce_due() == 0
    assert project_and_announce(services) == 1


@pytest.mark.parametrize("page", [1, 3, 500])
def test_the_size_of_the_pages_changes_nothing(services: Services, monkeypatch: pytest.MonkeyPatch, page: int) -> None:
    monkeypatch.setattr(notifying, "PAGE_EVENTS_MAX", page)
    choose(services, CHAQUE)
    take(services, *[decompte(f"R-{n}") for n in range(7)], annulation("X"), adherent(reference="AD-2"))
    assert project_and_announce(services) == 7


def test_a_rebuild_sends_nothing_again(services: Services) -> None:
    choose(services, CHAQUE)
    take(services, *[decompte(f"R-{n}") for n in range(5)])
    assert project_and_announce(services) == 5
    rebuild(services.url)
    assert project_and_announce(services) == 0
    with psycopg.connect(services.url) as connection:
        connection.execute("DELETE FROM read_decompte")
    rebuild(services.url, replace_different=True)
    assert project_and_announce(services) == 0
    done = run("rebuild", url=services.url)
    assert done.returncode == 0, done.stderr.decode()
    assert project_and_announce(services) == 0
    assert len(mails(services)) == 5


def test_a_replay_and_a_feed_sent_again_send_nothing(services: Services) -> None:
    choose(services, CHAQUE)
    take(services, decompte())
    assert project_and_announce(services) == 1
    take(services, decompte())
    assert run("replay", NUMERO, "--au", "2026-12-31", url=services.url).returncode == 0
    assert project_and_announce(services) == 0


def test_a_position_that_went_back_repeats_no_mail(services: Services) -> None:
    choose(services, CHAQUE)
    take(services, *[decompte(f"R-{n}") for n in range(4)])
    assert project_and_announce(services) == 4
    with psycopg.connect(services.url) as connection:
        connection.execute("UPDATE notification_position SET position = 0")
    assert project_and_announce(services) == 0
    assert len(mails(services)) == 4


def test_notifiers_at_the_same_time_announce_each_once(services: Services, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(notifying, "PAGE_EVENTS_MAX", 3)
    choose(services, CHAQUE)
    take(services, *[decompte(f"R-{n}") for n in range(60)])
    services.projection_worker().catch_up()
    with ThreadPoolExecutor(4) as threads:
        first = sum(threads.map(lambda _: notifier_at(services).announce_due(), range(4)))
    assert first + notifier_at(services).announce_due() == 60
    assert len(mails(services)) == 60


def test_a_crash_between_a_mail_and_the_position_neither_skips_nor_repeats(
    services: Services, monkeypatch: pytest.MonkeyPatch
) -> None:
    choose(services, CHAQUE)
    take(services, *[decompte(f"R-{n}") for n in range(3)])
    services.projection_worker().catch_up()
    put, calls = services.outbox.put, []

    def failing(*arguments: Any, **named: Any) -> bool:
        calls.append(named["cle"])
        if len(calls) == 2:
            raise psycopg.OperationalError
        return put(*arguments, **named)

    monkeypatch.setattr(type(services.outbox), "put", lambda _self, *a, **n: failing(*a, **n))
    with pytest.raises(OperationalError):
        notifier_at(services).announce_due()
    assert mails(services) == []
    assert notifier_at(services).announce_due() == 3


def test_who_has_no_usable_address_holds_up_nobody(services: Services) -> None:
    choose(services, CHAQUE, "00000001", email="quelqu'un@[127.0.0.1]")
    choose(services, CHAQUE, "00000002")
    covered = [{"beneficiaire": "02", "prenom": "Léo", "date_naissance": "2000-06-07"}]
    sujet = register(services, "00000003", beneficiaires=covered)
    services.preferences.choose(sujet, "02", CHAQUE)
    take(services, *[decompte(f"R-{n}", numero_adherent=f"0000000{n}") for n in (1, 2, 3)])
    assert project_and_announce(services) == 1
    assert recipients(services) == ["a00000002@exemple.fr"]


def test_the_address_is_that_of_the_registration_in_force(services: Services) -> None:
    choose(services, CHAQUE)
    take(
        services,
        adherent(reference="AD-9", date_effet="2026-06-01", email="nouvelle@exemple.fr"),
        adherent(reference="AD-8", date_effet="2025-06-01", email="ancienne@exemple.fr"),
        decompte(),
    )
    project_and_announce(services)
    assert recipients(services) == ["nouvelle@exemple.fr"]


def test_nobody_is_written_to_once_the_key_of_the_member_is_destroyed(services: Services) -> None:
    choose(services, CHAQUE)
    take(services, decompte())
    services.projection_worker().catch_up()
    with psycopg.connect(services.url) as connection:
        connection.execute("DELETE FROM cle_adherent")
    assert notifier_at(services).announce_due() == 0


def test_an_event_that_cannot_be_read_holds_up_nothing(services: Services) -> None:
    choose(services, CHAQUE)
    services.journal.recorder.append([[StoredEvent(uuid4(), 1, "decompte.smi.recorded", b'{"v": 9}')]])
    take(services, decompte())
    assert project_and_announce(services) == 1


def test_it_follows_the_ledger_while_it_serves(services: Services) -> None:
    choose(services, CHAQUE)
    worker, notifier = services.projection_worker(), services.notifier()
    threads = [threading.Thread(target=each.run) for each in (worker, notifier)]
    for thread in threads:
        thread.start()
    try:
        take(services, decompte(date_paiement=f"{services.settings.today():%Y-%m-%d}"))
        for _ in range(500):
            if mails(services):
                break
            threading.Event().wait(0.02)
    finally:
        worker.stop()
        notifier.stop()
        for thread in threads:
            thread.join(10)
    assert len(mails(services)) == 1


def test_from_the_payment_to_the_mail_server_on_each_postgresql(database_url_each_version: str) -> None:

    with services_on(database_url_each_version) as services, mail_server() as smtp:
        choose(services, CHAQUE)
        choose(services, Frequence.HEBDOMADAIRE, "00000002")
        take(services, decompte("R-1"), decompte("R-2"))
        assert project_and_announce(services) == 2
        assert sender_to(services, smtp.url).send_due() == 2
        rebuild(services.url)
        assert project_and_announce(services) == 0
        assert sender_to(services, smtp.url).send_due() == 0
        assert [mail.recipients for mail in smtp.received] == [[f"a{NUMERO}@exemple.fr"]] * 2
        assert len(set(smtp.message_ids())) == 2
