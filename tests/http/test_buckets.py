"""What readers see while workers do not go at one pace: `Ledger-Position` is the smallest over the buckets."""

import threading

from infra.auth.roles import Role
from infra.live.reads import SQL
from tests.projections.sharing import read_ahead
from tests.support.ledger import decompte, take
from tests.support.serving import serving

MEMBERS = 48
AHEAD = "05af"


def test_ledger_position_is_that_of_the_bucket_which_is_furthest_behind(database_url: str) -> None:
    with serving(database_url, with_worker=False) as served:
        services, numeros = served.services, [f"M{n}" for n in range(MEMBERS)]
        take(services, *(decompte(f"R-{numero}", numero_adherent=numero) for numero in numeros))
        sujets = services.members.resolve(numeros, create=False)
        ahead = next(numero for numero in numeros if sujets[numero].hex[-1] in AHEAD)
        behind = next(numero for numero in numeros if sujets[numero].hex[-1] not in AHEAD)
        read_ahead(services, AHEAD, upto=MEMBERS)

        shown = served.get(f"/v1/adherents/{ahead}/releves/2026")
        assert (shown.status_code, len(shown.json()["decomptes"])) == (200, 1)
        assert shown.headers["Ledger-Position"] == "0", "of all members, not of her"
        assert served.get(f"/v1/adherents/{behind}/releves/2026").status_code == 404
        with services.datastore.get_connection() as connection:
            empreinte = {"numero_empreinte": services.keyring.numero_empreinte(ahead)}
            found = connection.execute(SQL["find_member"], empreinte).fetchone()
        assert found is not None
        assert found["projected"] == MEMBERS, "a live stream of hers does not announce what she sees already"

        read_ahead(services, "".join(sorted(set("0123456789abcdef") - set(AHEAD) - {"3"})), upto=MEMBERS)
        assert served.get(f"/v1/adherents/{ahead}/releves/2026").headers["Ledger-Position"] == "0", "one is missing"
        timer = threading.Timer(0.3, services.projection_worker().catch_up)
        timer.start()
        waited = served.as_(Role.PORTAIL).get(f"/v1/adherents/{behind}/releves/2026?attendre_position={MEMBERS}")
        timer.join()
        assert (waited.status_code, waited.headers["Ledger-Position"]) == (200, str(MEMBERS))
