"""Two people at the same time: one succeeds, the other is told, and nothing is recorded twice."""

import threading
from collections.abc import Callable, Sequence

import httpx

from infra.auth.roles import Role
from tests.recours.following import Desk
from tests.support.serving import code_of

ROUNDS = 6


def together(*works: Callable[[], httpx.Response]) -> list[httpx.Response]:
    """Run these at the same time; their answers, in order."""
    gate = threading.Barrier(len(works))
    answers: list[httpx.Response | None] = [None] * len(works)

    def run(index: int) -> None:
        gate.wait()
        answers[index] = works[index]()

    threads = [threading.Thread(target=run, args=(index,)) for index in range(len(works))]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    return [answer for answer in answers if answer is not None]


def test_of_two_sinistres_that_take_one_soin_at_the_same_time_one_gets_it(desk: Desk) -> None:
    for number in range(ROUNDS):
        soin = f"F{number}-1"
        desk.pay(soin, depense=3000, ro=2000, smi=500)
        files = [_opened(desk, f"SIN-{desk.numero}-{number}{side}") for side in "ab"]
        answers = together(*(_attaching(desk, reference, version, [soin]) for reference, version in files))
        assert sorted(a.status_code for a in answers) == [201, 409]
        refused = next(a for a in answers if a.status_code == 409)
        assert code_of(refused) == (409, "soin_deja_rattache")
        assert refused.json()["soins"] == [soin]
        assert refused.json()["sinistre"]["soins"] == []
        found = desk.read("/v1/recours/soins", numero_adherent=desk.numero)["elements"]
        holder = next(e["sinistre"] for e in found if e["soin"] == soin)
        assert holder == next(a for a in answers if a.status_code == 201).json()["reference"]


def test_of_two_people_on_one_sinistre_one_takes_the_step(desk: Desk) -> None:
    desk.pay(depense=3000, ro=2000, smi=500)
    for number in range(ROUNDS):
        reference, version = _opened(desk, f"SIN-{desk.numero}-{number}")
        answers = together(*(_attaching(desk, reference, version, ["F1-1"]) for _ in range(2)))
        assert sorted(a.status_code for a in answers) == [201, 412]
        refused = next(a for a in answers if a.status_code == 412)
        assert refused.json()["sinistre"] == {"version": version + 1, "etat": "soins_rattaches", "soins": ["F1-1"]}
        desk.reference, desk.version = reference, version + 1
        desk.step("detachement", soins=["F1-1"])


def test_a_soin_is_free_again_once_its_sinistre_is_closed_and_taken_again_when_it_reopens(desk: Desk) -> None:
    desk.pay(depense=3000, ro=2000, smi=500)
    first, version = _opened(desk, f"SIN-{desk.numero}-1")
    second, other = _opened(desk, f"SIN-{desk.numero}-2")
    assert _attaching(desk, first, version, ["F1-1"])().status_code == 201
    assert code_of(_attaching(desk, second, other, ["F1-1"])()) == (409, "soin_deja_rattache")

    desk.reference, desk.version = first, version + 1
    desk.step("classement", motif="Tiers inconnu.")
    assert _attaching(desk, second, other, ["F1-1"])().status_code == 201
    assert code_of(desk.try_step("reouverture", motif="Retrouvé.")) == (409, "soin_deja_rattache")

    desk.reference, desk.version = second, other + 1
    desk.step("detachement", soins=["F1-1"])
    desk.reference, desk.version = first, version + 2
    desk.step("reouverture", motif="Retrouvé.")
    assert code_of(_attaching(desk, second, other + 2, ["F1-1"])()) == (409, "soin_deja_rattache")


def test_of_many_receipts_at_one_version_one_is_booked(desk: Desk) -> None:
    desk.pay(depense=1_000_000, ro=760_000, smi=180_000)
    desk.claim()
    version = desk.version
    answers = together(*(lambda: desk.try_step("encaissement", version=version, montant=1_000) for _ in range(4)))
    assert sorted(a.status_code for a in answers) == [201, 412, 412, 412]
    assert desk.file()["solde"]["recu"] == 1_000


def _opened(desk: Desk, reference: str) -> tuple[str, int]:
    assert desk.declare(reference=reference, cle=reference).status_code == 201
    desk.step("recensement")
    desk.step("ouverture")
    return reference, desk.version


def _attaching(desk: Desk, reference: str, version: int, soins: Sequence[str]) -> Callable[[], httpx.Response]:
    client = desk.served.as_(Role.ASSIA)

    def attach() -> httpx.Response:
        return client.post(
            f"/v1/sinistres/{reference}/etapes",
            json={"etape": "rattachement", "soins": list(soins)},
            headers={"If-Match": f'"{version}"'},
        )

    return attach
