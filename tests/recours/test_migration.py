"""A database of a release before: its recoveries get the rows that the projection would have written."""

import psycopg

from infra.bootstrap import Services
from infra.postgres.migrate import migrations
from infra.verify.verify import verify
from tests.support.ledger import decompte, soin_line, take


def test_recoveries_of_before_get_their_rows(services: Services) -> None:
    indemnite = {"nature": "indemnite", "pour_compte_de": "smi", "montant": 900}
    ligne = {k: v for k, v in soin_line().items() if k in ("ligne", "soin", "beneficiaire", "date_soin")} | indemnite
    recovery = {"payeur": "recours_tiers", "rang": 9, "sinistre": "SIN-1", "destinataire": "smi"}
    take(services, decompte(), decompte("ENC_1.a-2", emetteur="assia", lignes=[ligne], **recovery))
    services.projection_worker().catch_up()
    assert verify(services).faults == []

    [migration] = [m for m in migrations() if m.name == "0020_create_read_recours.sql"]
    with psycopg.connect(services.url) as connection:
        connection.execute("DROP TABLE read_recours")
        connection.execute(migration.sql)
        assert connection.execute("SELECT count(*) FROM read_recours").fetchone() == (1,)
    assert verify(services).faults == []
