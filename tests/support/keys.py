"""A member whose key is destroyed, as whoever reads finds her."""

from infra.bootstrap import Services


def destroy_key(services: Services, numero: str) -> None:
    """Destroy a member's key; this process forgets it too."""
    members, sujet = services.members, services.members.find(numero)
    assert sujet is not None
    with services.datastore.transaction(commit=True) as cursor:
        row = cursor.execute("SELECT cree_at FROM cle_adherent WHERE sujet = %s", (sujet,)).fetchone()
        assert row is not None
        mac = members._row_mac(sujet, services.keyring.numero_empreinte(numero), None, row["cree_at"])
        cursor.execute("UPDATE cle_adherent SET cle_enveloppee = NULL, mac = %s WHERE sujet = %s", (mac, sujet))
    members._keys.clear()
    members._ciphers.clear()
