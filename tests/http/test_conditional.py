"""Reads that a client may keep: a strong ETag over the body, 304, HEAD, and how far the projection has read."""

import pytest

from infra.auth.roles import Role
from infra.http.conditional import is_known
from tests.support.ledger import decompte
from tests.support.serving import Served

READS = ("accueil", "releves/2026", "reste-a-charge?annee=2026", "comparatif", "decomptes/cpam-751/{reference}")


@pytest.fixture
def base(served: Served, numero: str) -> str:
    served.get("/v1/adherents/X/accueil", after=served.record(decompte(f"E-{numero}", numero_adherent=numero)))
    return f"/v1/adherents/{numero}"


@pytest.mark.parametrize("read", READS)
def test_a_read_carries_its_tag_and_its_position(served: Served, numero: str, base: str, read: str) -> None:
    path = f"{base}/{read.format(reference=f'E-{numero}')}"
    answer = served.get(path)
    assert answer.status_code == 200
    assert answer.headers["ETag"].startswith('"')
    assert answer.headers["Cache-Control"] == "private, no-cache"
    assert int(answer.headers["Ledger-Position"]) >= 1
    same = served.get(path, headers={"If-None-Match": answer.headers["ETag"]})
    assert (same.status_code, same.content) == (304, b"")
    for name in ("ETag", "Cache-Control", "Ledger-Position", "Vary"):
        assert same.headers[name] == answer.headers[name]
    other = served.get(path, headers={"If-None-Match": '"autre"'})
    assert (other.status_code, other.content) == (200, answer.content)


def test_the_tag_changes_with_the_body_only(served: Served, numero: str, base: str) -> None:
    path = f"{base}/releves/2026"
    before = served.get(path)
    elsewhere = served.record(decompte(f"F-{numero}", numero_adherent=f"{numero}Z"))
    unchanged = served.get(path, after=elsewhere)
    assert unchanged.headers["ETag"] == before.headers["ETag"]
    assert int(unchanged.headers["Ledger-Position"]) > int(before.headers["Ledger-Position"])
    here = served.record(decompte(f"G-{numero}", numero_adherent=numero))
    assert served.get(path, after=here).headers["ETag"] != before.headers["ETag"]


def test_a_head_is_a_get_without_its_body(served: Served, base: str) -> None:
    client = served.as_(Role.PORTAIL)
    got, head = client.get(f"{base}/accueil"), client.head(f"{base}/accueil")
    assert (head.status_code, head.content) == (200, b"")
    for name in ("ETag", "Content-Length", "Content-Type"):
        assert head.headers[name] == got.headers[name]


@pytest.mark.parametrize(
    ("if_none_match", "expected"),
    [
        ([], False),
        (['"a"'], True),
        (['"b"'], False),
        (['"b", "a"'], True),
        (['"b"', '"a"'], True),
        (['W/"a"'], True),
        (["*"], True),
        (["a"], False),
        (['"a'], False),
    ],
)
def test_if_none_match_is_a_list_compared_weakly(if_none_match: list[str], expected: bool) -> None:
    assert is_known('"a"', if_none_match) is expected
