"""Personal data is unreadable in the database, and an event whose key is gone is a tombstone, not a crash."""

import psycopg
import pytest

from infra.bootstrap import Services, open_services
from infra.journal.members import KeyAltered
from infra.journal.racine import WrongMasterKey
from infra.settings import Settings
from ledger.decompte.events import DecompteFaits
from ledger.references import stream_of_identity
from tests.support.ledger import MASTER_KEY, adherent, annulation, decompte, soin_line, take, take_one

# Long enough not to stand in a ciphertext by chance.
PERSONAL = (
    "00412345",
    "Lovelace",
    "Adalgisa",
    "ada@exemple.fr",
    "1980-02-03",
    "Angine blanche",
    "ACTE-SECRET-7",
    "consultations",
    "motif secret",
)


def everything(services: Services) -> str:
    """Every byte of every table, as text and as hexadecimal."""
    with services.datastore.get_connection() as connection:
        tables = connection.execute("SELECT tablename FROM pg_tables WHERE schemaname = 'public'").fetchall()
        dumps = [
            connection.execute(f"SELECT t::text AS row FROM {table['tablename']} t").fetchall()  # type: ignore[arg-type]
            for table in tables
        ]
    return "\n".join(row["row"] for dump in dumps for row in dump)


def test_no_table_holds_a_person_or_an_act_in_clear(services: Services) -> None:
    line = soin_line(acte="ACTE-SECRET-7", libelle="Angine blanche", motif="motif secret")
    take(
        services,
        adherent(reference="AD-00412345-3", prenom="Adalgisa"),
        decompte(lignes=[line]),
        decompte(numero_adherent="00999999", lignes=[line]),
        annulation(motif="motif secret"),
        b'{"nom": "Lovelace", "numero_adherent": "00412345", "Angine blanche": 1}',
    )
    services.projection_worker().catch_up()
    dump = everything(services)
    assert "cpam-751" in dump
    assert "json_invalide" not in dump
    assert "decompte_en_conflit" in dump
    for secret in PERSONAL:
        assert secret not in dump, secret
        assert secret.encode().hex() not in dump, secret


def test_the_clear_part_of_an_event_is_what_accounting_keeps(services: Services, database_url: str) -> None:
    take_one(services, decompte())
    with psycopg.connect(database_url) as connection:
        row = connection.execute("SELECT convert_from(state, 'UTF8')::json->'faits' FROM stored_events").fetchone()
    assert row is not None
    faits = row[0]
    assert faits["total"] == 2100
    assert faits["date_paiement"] == "2026-03-14"
    assert set(faits["lignes"][0]) == {
        "ligne", "soin", "nature", "beneficiaire", "date_soin", "montant", "quantite", "depense", "base", "taux_pb",
    }  # fmt: skip


def test_equal_contents_of_two_members_show_no_equal_bytes(services: Services, database_url: str) -> None:
    take(services, decompte("R-1", numero_adherent="1"), decompte("R-1b", numero_adherent="2"))
    with psycopg.connect(database_url) as connection:
        rows = connection.execute("SELECT convert_from(state, 'UTF8')::json->>'scelle' FROM stored_events").fetchall()
    assert len({row[0] for row in rows}) == 2


def test_an_event_whose_key_is_gone_is_a_tombstone(services: Services) -> None:
    take(services, decompte(), annulation())
    sujet = services.members.find("00412345")
    assert sujet is not None
    with services.datastore.transaction(commit=True) as cursor:
        row = cursor.execute("SELECT sujet, numero_empreinte, cree_at FROM cle_adherent").fetchone()
        assert row is not None
        mac = services.members._row_mac(row["sujet"], bytes(row["numero_empreinte"]), None, row["cree_at"])
        cursor.execute("UPDATE cle_adherent SET cle_enveloppee = NULL, mac = %s", (mac,))
    with open_services(services.settings) as reopened:
        stream = stream_of_identity("cpam-751", "R-1")
        event = reopened.journal.first_of([stream])[stream].event
        assert event.personnel is None
        assert isinstance(event.faits, DecompteFaits)
        assert event.faits.total == 2100


def test_a_key_row_that_was_changed_is_refused(services: Services) -> None:
    take_one(services, decompte())
    with services.datastore.transaction(commit=True) as cursor:
        cursor.execute("UPDATE cle_adherent SET cle_enveloppee = cle_enveloppee || '\\x00'")
    with open_services(services.settings) as reopened, pytest.raises(KeyAltered):
        reopened.members.find("00412345")


def test_another_master_key_is_refused_at_once(services: Services, database_url: str) -> None:
    other = Settings(database_url=database_url, master_key=MASTER_KEY[::-1])
    with pytest.raises(WrongMasterKey), open_services(other):
        pass


def test_two_processes_that_meet_a_member_together_agree(services: Services) -> None:
    with open_services(services.settings) as other:
        numeros = [f"{n:08d}" for n in range(50)]
        ours = services.members.resolve(numeros, create=True)
        theirs = other.members.resolve(numeros[::-1], create=True)
    assert dict(ours) == dict(theirs)


def test_a_rehearsal_makes_no_key(services: Services, database_url: str) -> None:
    take(services, decompte(), dry_run=True)
    with psycopg.connect(database_url) as connection:
        assert connection.execute("SELECT count(*) FROM cle_adherent").fetchone() == (0,)
        assert connection.execute("SELECT count(*) FROM stored_events").fetchone() == (0,)
