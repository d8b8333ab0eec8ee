"""`POST /v1/flux`: a feed of any length, streamed; totals that always add up."""

import time
from collections.abc import Iterator
from typing import Any

import httpx
import pytest

from infra.auth.roles import Role
from infra.intake.lines import LINE_BYTES_MAX
from tests.support.ledger import annulation, decompte, encode, soin_line
from tests.support.serving import Served, code_of

NDJSON = {"Content-Type": "application/x-ndjson"}
NOTICED_SECONDS_MAX = 20
OUTCOMES = ("enregistres", "deja_enregistres", "en_attente", "en_quarantaine")


def feed(served: Served, content: Any, *, subject: str | None = None, **options: Any) -> dict[str, Any]:
    """Send a feed; its answer, whose totals add up."""
    answer = served.as_(Role.SOURCE, subject).post("/v1/flux", content=content, headers=NDJSON, **options)
    assert answer.status_code == 200, answer.text
    body: dict[str, Any] = answer.json()
    assert body["recus"] == sum(body[outcome] for outcome in OUTCOMES)
    return body


def outcomes(body: dict[str, Any]) -> tuple[int, ...]:
    return tuple(body[outcome] for outcome in OUTCOMES)


def test_every_outcome_is_counted_and_a_bad_line_blocks_nothing(served: Served, numero: str) -> None:
    first = decompte(f"F-{numero}", numero_adherent=numero)
    lines = [
        encode(first),
        b"",
        encode(first),
        encode(annulation(f"G-{numero}", numero_adherent=numero)),
        b"{",
        encode(first | {"rang": 2}),
        encode(decompte(f"H-{numero}", numero_adherent=numero)),
    ]
    body = feed(served, b"\n".join(lines))
    assert body["recus"] == 6
    assert outcomes(body) == (2, 1, 1, 2)
    assert [(r["ligne"], r["code"]) for r in body["rejets"]] == [(5, "json_invalide"), (6, "decompte_en_conflit")]
    assert body["position"] == served.services.journal.position()


def broken_off(served: Served) -> int:
    """How many feeds ended without an answer, because the client had left."""
    name = 'decompte_http_secondes_count{methode="POST",route="/v1/flux",statut="0"} '
    found = [line for line in served.as_(None).get("/metrics").text.splitlines() if line.startswith(name)]
    return int(float(found[0].removeprefix(name))) if found else 0


def test_an_empty_feed_is_taken(served: Served) -> None:
    body = feed(served, b"\n \r\n\n")
    assert (body["recus"], body["rejets"]) == (0, [])


def test_a_long_feed_is_taken_while_it_arrives(served: Served, numero: str) -> None:
    count = 3_000

    def chunks() -> Iterator[bytes]:
        for index in range(count):
            yield encode(decompte(f"L-{numero}-{index}", numero_adherent=numero)) + b"\n"

    before = served.services.journal.position()
    body = feed(served, chunks())
    assert outcomes(body) == (count, 0, 0, 0)
    assert body["position"] == before + count
    assert outcomes(feed(served, chunks())) == (0, count, 0, 0)


def test_a_client_that_leaves_in_the_middle_of_a_line_leaves_no_half_message(served: Served, numero: str) -> None:
    line = encode(decompte(f"C-{numero}", numero_adherent=numero))

    def chunks() -> Iterator[bytes]:
        yield line[: len(line) // 2]
        raise ConnectionAbortedError

    before = broken_off(served)
    with pytest.raises(ConnectionAbortedError):
        httpx.post(
            f"{served.url}/v1/flux",
            content=chunks(),
            headers=NDJSON | {"Authorization": f"Bearer {served.token(Role.SOURCE)}"},
            trust_env=False,
            verify=False,
        )
    deadline = time.monotonic() + NOTICED_SECONDS_MAX
    while broken_off(served) == before and time.monotonic() < deadline:
        time.sleep(0.02)
    assert broken_off(served) == before + 1
    assert outcomes(feed(served, line)) == (1, 0, 0, 0)
    newest = served.services.quarantine.page(limit=5).elements
    assert not [element for element in newest if element.message == line[: len(line) // 2]]


def test_a_line_longer_than_the_limit_is_cut_kept_and_refused(served: Served, numero: str) -> None:
    after = encode(decompte(f"T-{numero}", numero_adherent=numero))
    body = feed(served, b"x" * (LINE_BYTES_MAX + 10) + b"\n" + after)
    assert outcomes(body) == (1, 0, 0, 1)
    assert [(r["ligne"], r["code"]) for r in body["rejets"]] == [(1, "message_trop_grand")]
    kept = next(iter(served.services.quarantine.page(limit=1)))
    assert (kept.code, len(kept.message)) == ("message_trop_grand", LINE_BYTES_MAX)


def test_only_the_first_hundred_refusals_are_named(served: Served) -> None:
    body = feed(served, b"\n".join(b"{%d" % number for number in range(150)))
    assert body["en_quarantaine"] == 150
    assert [r["ligne"] for r in body["rejets"]] == list(range(1, 101))


def test_a_refusal_says_where(served: Served, numero: str) -> None:
    wrong = decompte(f"W-{numero}", numero_adherent=numero, lignes=[soin_line(beneficiaire="")], total=2100)
    [rejet] = feed(served, encode(wrong))["rejets"]
    assert rejet["code"] == "message_invalide"
    assert "/lignes/0/beneficiaire : 1 à 20 caractères" in rejet["message"]


def test_a_rehearsal_of_a_feed_records_nothing(served: Served, numero: str) -> None:
    content = encode(decompte(f"D-{numero}", numero_adherent=numero)) + b"\n{"
    before = served.services.journal.position()
    body = feed(served, content, params={"dry_run": "1"})
    assert (outcomes(body), body["position"]) == ((1, 0, 0, 1), before)
    assert outcomes(feed(served, content)) == (1, 0, 0, 1)


def test_a_source_feeds_for_its_emetteurs_only(served: Served, numero: str, emetteur: str) -> None:
    own = decompte(f"E-{numero}", numero_adherent=numero, emetteur=emetteur)
    other = decompte(f"E-{numero}", numero_adherent=numero)
    body = feed(served, encode(own) + b"\n" + encode(other), subject=emetteur)
    assert [(r["ligne"], r["code"]) for r in body["rejets"]] == [(2, "emetteur_interdit")]


@pytest.mark.parametrize("content_type", ["text/csv", "application/x-www-form-urlencoded", "multipart/form-data"])
def test_another_type_of_content_is_refused(served: Served, content_type: str) -> None:
    answer = served.as_(Role.SOURCE).post("/v1/flux", content=b"{}", headers={"Content-Type": content_type})
    assert code_of(answer) == (415, "contenu_non_gere")


@pytest.mark.parametrize("content_type", [None, "application/json", "Application/X-NDJSON; charset=utf-8"])
def test_the_type_of_content_may_be_left_out_or_be_json(served: Served, content_type: str | None) -> None:
    headers = {"Content-Type": content_type} if content_type is not None else {}
    assert served.as_(Role.SOURCE).post("/v1/flux", content=b"\n", headers=headers).status_code == 200
