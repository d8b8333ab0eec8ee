"""Who of Assia looked at whom through the API: written with who, whom, what and why, before it is answered."""

from infra.auth.journal_acces import Ligne
from infra.auth.roles import Role
from tests.http.test_acces_maison import signed_in
from tests.recours.following import Desk
from tests.support.serving import Served, code_of


def looks(served: Served, numero: str) -> list[Ligne]:
    """What the log says of a member."""
    sujet = served.services.members.find(numero)
    assert sujet is not None
    return served.services.journal_acces.listing(sujet, limit=50)


def test_each_read_of_a_sinistre_is_written_with_its_reference(desk: Desk) -> None:
    desk.pay(depense=10_000, ro=7_000, smi=2_000)
    desk.claim()
    desk.file()
    desk.read(f"/v1/sinistres/{desk.reference}/creances/1")
    desk.read("/v1/sinistres", limite=200)
    desk.cancel(emetteur="smi")
    desk.read("/v1/recours/ecarts", limite=200)
    found = looks(desk.served, desk.numero)
    assert {(look.action, look.motif) for look in found} >= {
        (action, desk.reference) for action in ("sinistre", "creance", "sinistres", "ecarts")
    }
    assert all(look.role == "assia" and look.acteur.startswith("jeton:") for look in found)


def test_a_member_outside_a_sinistre_is_looked_at_for_a_reason(desk: Desk) -> None:
    desk.pay(depense=10_000, ro=7_000, smi=2_000)
    person = signed_in(desk.served, desk.numero, Role.ASSIA)
    for name in ("soins", "suggestions", "cout-net"):
        path = f"/v1/recours/{name}?numero_adherent={desk.numero}"
        assert code_of(person.get(path)) == (400, "motif_requis")
        assert person.get(path, Motif="appel").status_code == 200
    mine = [look for look in looks(desk.served, desk.numero) if look.acteur.startswith("compte:")]
    assert sorted((look.action, look.motif) for look in mine) == [
        ("cout-net", "appel"), ("soins", "appel"), ("suggestions", "appel"),
    ]  # fmt: skip


def test_the_balance_names_nobody_and_is_no_look(desk: Desk) -> None:
    desk.pay(depense=10_000, ro=7_000, smi=2_000)
    assert desk.declare().status_code == 201
    before = len(looks(desk.served, desk.numero))
    desk.read("/v1/recours/balance")
    assert len(looks(desk.served, desk.numero)) == before
