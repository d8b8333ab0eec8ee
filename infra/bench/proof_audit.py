"""What was served at a moment is told again to the byte: asked with `au`, replayed from the events, after a rebuild.

Everything goes through HTTP: the feed is taken up to a random place, members are asked and their answers kept; the feed
goes on; later an auditor asks for those moments, by position and by instant.
"""

import http.client
import random
import time
from collections.abc import Callable, Iterator, Sequence
from contextlib import closing
from dataclasses import dataclass
from datetime import UTC, datetime
from urllib.parse import quote

import msgspec

from infra.auth.roles import Role
from infra.bench.asking import Portail
from infra.bench.children import Address, server
from infra.bench.sizes import SEED, TODAY
from infra.bench.stand import Stand
from infra.bootstrap import Services
from infra.projections.rebuild import rebuild
from infra.replay.comparing import first_difference
from infra.replay.events import read_from_events
from infra.sample.portefeuille import generate, members_of
from ledger.dates import Fenetre
from readmodels.servi import Vue, servi

MEMBERS_MAX, MOMENTS_MAX = 200, 20
MESSAGES_PER_ASKED_MEMBER = 100
MESSAGES_PER_MOMENT = 1_000
MOMENTS_MIN = 3
MESSAGES_PER_MEMBER = 52
ANSWER_SECONDS_MAX = 120.0
_FENETRE = Fenetre.at(TODAY)


@dataclass(frozen=True, slots=True, kw_only=True)
class Kept:
    """An answer as it was served: what was asked, when, and what came."""

    numero: str
    vue: Vue
    annee: int
    position: int
    at: datetime
    said: bytes

    @property
    def path(self) -> str:
        """Where it was asked."""
        return _path(self.numero, self.vue, self.annee)


def show(stand: Stand, messages: int) -> dict[str, float | int | str]:
    """Take a feed of that many messages, asking on the way; then ask about the past. Raises AssertionError."""
    draw = random.Random(SEED)  # noqa: S311 - nothing secret
    count = messages // MESSAGES_PER_MEMBER + 1
    stand.prepare(f"portefeuille de {messages} messages")
    feed = list(generate(members=count, seed=SEED, today=TODAY))
    draw.shuffle(feed)  # late, corrected before it comes, out of order: as bad as it gets
    everybody = [member.numero for member in members_of(members=count, seed=SEED, today=TODAY)]
    numeros = draw.sample(everybody, min(MEMBERS_MAX, max(1, messages // MESSAGES_PER_ASKED_MEMBER), len(everybody)))
    moments = min(MOMENTS_MAX, max(MOMENTS_MIN, messages // MESSAGES_PER_MOMENT))
    with stand.database() as url, stand.services(url) as services:
        portail, source, auditeur = (services.tokens.create(r) for r in (Role.PORTAIL, Role.SOURCE, Role.AUDITEUR))
        with server(stand.environment(url), "api") as address:
            kept = list(_lived(stand, address, draw, feed, numeros, moments, portail=portail, source=source))
            stand.prepare(f"{len(kept)} réponses gardées ; redemandées avec au")
            asked = _timed(lambda: _ask_again(address, auditeur, kept, draw))
            stand.prepare("rejouées d'après les seuls événements")
            replayed = _timed(lambda: _replay(services, kept))
            stand.prepare("redemandées après une reconstruction")
            rebuild(url)
            _ask_again(address, auditeur, kept, draw)
        position = services.journal.position()
    return {
        "messages": len(feed),
        "evenements": position,
        "adherents": len(numeros),
        "positions": len({one.position for one in kept}),
        "lignes": len(kept),
        "inconnus_alors": sum(one.said == b"adherent_inconnu" for one in kept),
        "differentes": len({(one.numero, one.vue, one.annee, one.said) for one in kept}),
        "au_ms": round(asked * 1000 / len(kept), 2),
        "rejeu_ms": round(replayed * 1000 / len(kept), 2),
        "rejeu_evenements_par_seconde": round(sum(one.position for one in kept) / max(replayed, 0.001)),
    }


def _lived(
    stand: Stand,
    address: Address,
    draw: random.Random,
    feed: Sequence[bytes],
    numeros: Sequence[str],
    moments: int,
    *,
    portail: str,
    source: str,
) -> Iterator[Kept]:
    """Take the feed, stopping at random places to ask every member something; the answers."""
    cuts = sorted(draw.sample(range(1, len(feed)), moments))
    with closing(Portail(address, portail)) as client:
        for number, (begin, end) in enumerate(zip([0, *cuts], [*cuts, len(feed)], strict=True), 1):
            stand.prepare(f"messages {begin} à {end}")
            position = _record(address, source, feed[begin:end])
            if number > moments:
                return
            client.get(f"/v1/adherents/{numeros[0]}/accueil?attendre_position={position}")
            for numero in numeros:
                vue, annee = draw.choice(tuple(Vue)), draw.choice(tuple(_FENETRE))
                for asked in dict.fromkeys((Vue.RELEVE, vue)):
                    said = _said(client, _path(numero, asked, annee))
                    at = datetime.now(UTC)
                    yield Kept(numero=numero, vue=asked, annee=annee, position=position, at=at, said=said)


def _path(numero: str, vue: Vue, annee: int) -> str:
    with_annee = {Vue.RELEVE: f"releves/{annee}", Vue.RESTE_A_CHARGE: f"reste-a-charge?annee={annee}"}
    return f"/v1/adherents/{numero}/{with_annee.get(vue, vue.value)}"


def _timed(work: Callable[[], None]) -> float:
    """How long it takes, in seconds."""
    begun = time.perf_counter()
    work()
    return time.perf_counter() - begun


def _record(address: Address, token: str, messages: Sequence[bytes]) -> int:
    """Hand messages in as a feed; the position of the ledger after them."""
    connection = http.client.HTTPConnection(address.host, address.port, timeout=ANSWER_SECONDS_MAX)
    headers = {"Authorization": f"Bearer {token}", "Content-Type": "application/x-ndjson"}
    connection.request("POST", "/v1/flux", body=b"".join(messages), headers=headers)
    answer = connection.getresponse()
    body = answer.read()
    assert answer.status == 200, (answer.status, body[:200])
    connection.close()
    position: int = msgspec.json.decode(body)["position"]
    return position


def _said(client: Portail, path: str) -> bytes:
    """The bytes of a success; of a problem, its code, which has no trace."""
    answer = client.get(path, accept_encoding="identity")
    return answer.body if answer.status == 200 else msgspec.json.decode(answer.body)["code"].encode()


def _ask_again(address: Address, token: str, kept: Sequence[Kept], draw: random.Random) -> None:
    with closing(Portail(address, token)) as client:
        for one in kept:
            au = draw.choice((str(one.position), quote(one.at.isoformat(), safe="")))
            path = f"{one.path}{'&' if '?' in one.path else '?'}au={au}"
            said = _said(client, path)
            assert said == one.said, f"{path} : {_where(one.said, said)}"


def _replay(services: Services, kept: Sequence[Kept]) -> None:
    with services.datastore.get_connection() as connection:
        for one in kept:
            member = read_from_events(services, connection, one.numero, au=one.position)
            said = b"adherent_inconnu"
            if member.is_known:
                said = msgspec.json.encode(
                    servi(one.vue, member.dossier, numero_adherent=one.numero, annee=one.annee, fenetre=_FENETRE)
                )
            assert said == one.said, f"rejeu de {one.path} à {one.position} : {_where(one.said, said)}"


def _where(kept: bytes, said: bytes) -> str:
    if not (kept.startswith(b"{") and said.startswith(b"{")):
        return f"{kept[:60]!r}, puis {said[:60]!r}"
    return str(first_difference(kept, said))
