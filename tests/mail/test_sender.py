"""The sender against a real mail server: each mail arrives once, and what cannot arrive says why."""

import subprocess
import sys
import threading
import time
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import suppress
from datetime import UTC, datetime, timedelta
from pathlib import Path

import psycopg
import pytest

from infra.bootstrap import Services
from infra.mail import sender as sending
from infra.mail.delivery import MailServerAway
from infra.mail.sender import MailSender, SenderElsewhere, backoff
from tests.mail.posting import let_time_pass, put, rows, sender_to, states
from tests.support.certificates import server_context
from tests.support.command import environment, run
from tests.support.smtp import MailServer, SilentMailServer, free_port, mail_server

SECONDS_MAX = 30


@pytest.fixture
def smtp() -> Iterator[MailServer]:
    with mail_server() as server:
        yield server


@pytest.fixture(autouse=True)
def _impatient(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(sending, "WAIT_SECONDS_MAX", 0.05)
    monkeypatch.setattr(sending, "AWAY_SECONDS_MIN", 0.05)
    monkeypatch.setattr(sending, "AWAY_SECONDS_MAX", 0.2)


def wait_until(condition: Callable[[], bool]) -> None:
    deadline = time.monotonic() + SECONDS_MAX
    while not condition():
        assert time.monotonic() < deadline, "it does not come"
        time.sleep(0.02)


class running:  # noqa: N801
    """A sender at work in a thread."""

    def __init__(self, sender: MailSender) -> None:
        self._sender = sender
        self._thread = threading.Thread(target=sender.run)

    def __enter__(self) -> None:
        self._thread.start()

    def __exit__(self, *_: object) -> None:
        self._sender.stop()
        self._thread.join(SECONDS_MAX)
        assert not self._thread.is_alive()


def test_a_mail_arrives_as_it_was_put(services: Services, smtp: MailServer) -> None:
    unsubscribe = "https://mutuelle.example/v1/desabonnement?jeton=" + "A" * 150
    texte = "Été à Noël\n.\n..deux points\n" + "x" * 300 + "\n"
    put(services, objet="Un remboursement à Noël", texte=texte, list_unsubscribe=unsubscribe)
    assert sender_to(services, smtp.url).send_due() == 1
    [received] = smtp.received
    message = received.message
    assert (received.sender, received.recipients) == ("ne-pas-repondre@mutuelle.example", ["ada@exemple.fr"])
    assert message["Subject"] == "Un remboursement à Noël"
    assert message["From"] == "Mutuelle Été <ne-pas-repondre@mutuelle.example>"
    assert message["To"] == "ada@exemple.fr"
    assert message.get_content().replace("\r\n", "\n") == texte
    assert message.get_content_type() == "text/plain"
    assert message["Message-ID"].endswith("@mutuelle.example>")
    assert message["Auto-Submitted"] == "auto-generated"
    assert f"List-Unsubscribe: <{unsubscribe}>\r\n".encode() in received.content
    assert message["List-Unsubscribe-Post"] == "List-Unsubscribe=One-Click"
    assert max(map(len, received.content.split(b"\r\n"))) <= 998
    assert states(services) == {"envoye": 1}


def test_mails_go_over_one_connection_and_only_once(services: Services, smtp: MailServer) -> None:
    for number in range(30):
        put(services, f"essai:{number}")
    assert sender_to(services, smtp.url).send_due() == 30
    assert sender_to(services, smtp.url).send_due() == 0
    assert smtp.sessions == 1
    assert sorted(smtp.subjects()) == sorted(f"essai:{number}" for number in range(30))
    assert len(set(smtp.message_ids())) == 30


def test_a_server_down_for_a_while_gets_everything_once(services: Services) -> None:
    port = free_port()
    put(services, "essai:0")
    with running(sender_to(services, f"smtp://127.0.0.1:{port}")):
        time.sleep(0.5)
        put(services, "essai:1")
        assert states(services) == {"en_attente": 2}
        assert {row["essais"] for row in rows(services)} == {0}, "a server that is away costs no attempt"
        with mail_server(port=port) as smtp:
            wait_until(lambda: states(services) == {"envoye": 2})
            put(services, "essai:2")
            wait_until(lambda: states(services) == {"envoye": 3})
            assert sorted(smtp.subjects()) == ["essai:0", "essai:1", "essai:2"]


def test_a_permanent_refusal_is_kept_with_its_reason_and_the_others_go(services: Services, smtp: MailServer) -> None:
    smtp.recipient_answers["nobody@exemple.fr"] = ["550 5.1.1 <nobody@exemple.fr> unknown"]
    put(services, "essai:refus", destinataire="nobody@exemple.fr")
    put(services, "essai:bon")
    assert sender_to(services, smtp.url).send_due() == 1
    let_time_pass(services)
    assert sender_to(services, smtp.url).send_due() == 0
    refused, sent = rows(services)
    assert (refused["etat"], refused["motif"], refused["essais"]) == ("abandonne", "550 5.1.1", 1)
    assert sent["etat"] == "envoye"
    opened = services.outbox.get(refused["id"])
    assert opened is not None
    assert opened.reponse == "5.1.1 <nobody@exemple.fr> unknown"
    assert b"nobody" not in bytes(refused["reponse"])


def test_a_refusal_of_the_content_is_permanent_too(services: Services, smtp: MailServer) -> None:
    put(services)
    smtp.on_data = lambda _: "554 5.7.1 no"
    assert sender_to(services, smtp.url).send_due() == 0
    assert [(row["etat"], row["motif"]) for row in rows(services)] == [("abandonne", "554 5.7.1")]


def test_a_sender_that_the_server_refuses_costs_no_mail(services: Services, smtp: MailServer) -> None:
    smtp.sender_answer = "550 5.7.1 who are you"
    put(services)
    with pytest.raises(MailServerAway, match="MAIL FROM 550"):
        sender_to(services, smtp.url).send_due()
    assert [(row["etat"], row["essais"]) for row in rows(services)] == [("en_attente", 0)]
    smtp.sender_answer = None
    assert sender_to(services, smtp.url).send_due() == 1


def test_a_temporary_refusal_is_tried_again_later(services: Services, smtp: MailServer) -> None:
    smtp.recipient_answers["ada@exemple.fr"] = ["451 4.7.1 greylisted"]
    put(services)
    sender = sender_to(services, smtp.url)
    assert sender.send_due() == 0
    [row] = rows(services)
    assert (row["etat"], row["motif"]) == ("en_attente", "451 4.7.1")
    wait = (row["prochain_at"] - datetime.now(UTC)).total_seconds()
    assert sending.RETRY_SECONDS_MIN * 0.5 - 2 < wait < sending.RETRY_SECONDS_MIN * 1.5
    assert sender.send_due() == 0, "not before its time"
    smtp.recipient_answers.clear()
    let_time_pass(services)
    assert sender.send_due() == 1
    assert len(smtp.received) == 1


def test_a_mail_is_given_up_after_many_attempts(
    services: Services, smtp: MailServer, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(sending, "ATTEMPTS_MAX", 3)
    smtp.recipient_answers["ada@exemple.fr"] = ["451 later"]
    put(services)
    for _ in range(4):
        sender_to(services, smtp.url).send_due()
        let_time_pass(services)
    assert [(row["etat"], row["motif"], row["essais"]) for row in rows(services)] == [
        ("abandonne", "essais_epuises", 3)
    ]


def test_waits_grow_and_are_bounded_and_never_the_same() -> None:
    waits = [[backoff(times, 30, 3600) for _ in range(200)] for times in range(12)]
    assert all(15 * 2**n <= min(w) and max(w) <= 45 * 2**n for n, w in enumerate(waits[:7]))
    assert max(map(max, waits)) <= 5400
    assert all(len(set(w)) > 100 for w in waits)


def test_only_a_send_of_unknown_outcome_is_repeated_and_under_its_message_id(
    services: Services, smtp: MailServer
) -> None:
    for number in range(3):
        put(services, f"essai:{number}")
    broken = []

    def break_once(received: object) -> str | None:
        subject = smtp.subjects()[-1]
        if subject == "essai:1" and not broken:
            broken.append(subject)
            return ""
        return None

    smtp.on_data = break_once
    sender_to(services, smtp.url).send_due()
    assert states(services) == {"envoye": 2, "incertain": 1}
    let_time_pass(services)
    sender_to(services, smtp.url).send_due()
    assert states(services) == {"envoye": 3}
    assert sorted(smtp.subjects()) == ["essai:0", "essai:1", "essai:1", "essai:2"]
    twice = [received for received in smtp.received if received.message["Subject"] == "essai:1"]
    assert twice[0].content == twice[1].content, "the very same message, Message-ID and all"


def test_a_sender_killed_before_the_answer_is_known_repeats_that_mail_alone(
    services: Services, smtp: MailServer
) -> None:
    put(services, "essai:0")
    put(services, "essai:1")
    silent = SilentMailServer()
    settings = {"DECOMPTE_SMTP_URL": silent.url, "DECOMPTE_MAIL_FROM": "n@mutuelle.example"}
    process = subprocess.Popen(
        [sys.executable, "-m", "infra.cli.main", "courriels", "--envoyer"],
        env=environment(services.url, **settings),
        stdout=subprocess.DEVNULL,
        stderr=subprocess.DEVNULL,
    )
    try:
        assert silent.has_content.wait(SECONDS_MAX)
    finally:
        process.kill()
        process.wait()
        silent.close()
    assert states(services) == {"en_attente": 1, "incertain": 1}
    [at_once] = [row["message_id"] for row in rows(services) if row["etat"] == "incertain"]
    assert f"Message-ID: {at_once}\r\n".encode() in silent.content

    wait_until(lambda: _send_when_free(services, smtp.url) is not None)
    assert len(smtp.received) == 1, "the one whose outcome is unknown is left alone for a while"
    let_time_pass(services)
    sender_to(services, smtp.url).send_due()
    assert states(services) == {"envoye": 2}
    assert sorted(smtp.subjects()) == ["essai:0", "essai:1"]
    assert at_once in smtp.message_ids()


def _send_when_free(services: Services, url: str) -> int | None:
    """Send once the election of the killed sender is over: PostgreSQL sees its connection end soon after."""
    try:
        return sender_to(services, url).send_due()
    except SenderElsewhere:
        return None


def test_a_code_that_no_longer_holds_is_not_sent_late(services: Services, smtp: MailServer) -> None:
    put(services, "code:1", expire_at=datetime.now(UTC) - timedelta(seconds=1))
    put(services, "code:2", expire_at=datetime.now(UTC) + timedelta(minutes=10))
    put(services, "essai:3")
    assert sender_to(services, smtp.url).send_due() == 2
    assert smtp.subjects() == ["code:2", "essai:3"]
    expired = rows(services)[0]
    assert (expired["etat"], expired["motif"]) == ("abandonne", "expire")


def test_codes_expire_even_while_the_server_is_away(services: Services) -> None:
    put(services, "code:1", expire_at=datetime.now(UTC) - timedelta(seconds=1))
    put(services, "essai:2")
    with pytest.raises(MailServerAway):
        sender_to(services, f"smtp://127.0.0.1:{free_port()}").send_due()
    assert states(services) == {"abandonne": 1, "en_attente": 1}


def test_what_someone_waits_for_overtakes_the_rest(services: Services, smtp: MailServer) -> None:
    for number in range(5):
        put(services, f"essai:{number}")
    put(services, "code:1", expire_at=datetime.now(UTC) + timedelta(minutes=10))
    sender_to(services, smtp.url).send_due()
    assert smtp.subjects()[0] == "code:1"


def test_two_senders_send_each_mail_once(services: Services, smtp: MailServer) -> None:
    for number in range(40):
        put(services, f"essai:{number}")
    with running(sender_to(services, smtp.url)), running(sender_to(services, smtp.url)):
        for number in range(40, 60):
            put(services, f"essai:{number}")
        wait_until(lambda: states(services) == {"envoye": 60})
    assert len(smtp.subjects()) == len(set(smtp.subjects())) == 60


def test_senders_that_start_together_elect_one(services: Services, smtp: MailServer) -> None:
    for number in range(20):
        put(services, f"essai:{number}")

    def send(_: int) -> int:
        return _send_when_free(services, smtp.url) or 0

    with ThreadPoolExecutor(4) as threads:
        assert sum(threads.map(send, range(4))) == 20
    assert len(smtp.received) == 20


def test_another_takes_over_from_one_that_lost_its_connection(services: Services, smtp: MailServer) -> None:
    with running(sender_to(services, smtp.url)):
        put(services, "essai:0")
        wait_until(lambda: states(services) == {"envoye": 1})
        with psycopg.connect(services.url, autocommit=True) as connection:
            connection.execute(
                "SELECT pg_terminate_backend(pid) FROM pg_stat_activity"
                " WHERE datname = current_database() AND pid <> pg_backend_pid()"
            )
        wait_until(lambda: _put_despite_a_broken_pool(services))
        wait_until(lambda: len(smtp.received) == 2)


def _put_despite_a_broken_pool(services: Services) -> bool:
    try:
        return put(services, "essai:1")
    except Exception:
        return False


def test_a_mail_of_a_destroyed_key_is_given_up(services: Services, smtp: MailServer) -> None:
    put(services)
    with psycopg.connect(services.url) as connection:
        connection.execute("UPDATE courriel SET sujet = gen_random_uuid()")
    assert sender_to(services, smtp.url).send_due() == 0
    assert [(row["etat"], row["motif"]) for row in rows(services)] == [("abandonne", "cle_detruite")]


def test_an_altered_mail_is_given_up_and_the_others_go(services: Services, smtp: MailServer) -> None:
    put(services, "essai:0")
    put(services, "essai:1")
    with psycopg.connect(services.url) as connection:
        connection.execute(
            "UPDATE courriel SET scelle = (SELECT scelle FROM courriel ORDER BY cree_at DESC LIMIT 1)"
            " WHERE id = (SELECT id FROM courriel ORDER BY cree_at LIMIT 1)"
        )
    assert sender_to(services, smtp.url).send_due() == 1
    assert [row["motif"] for row in rows(services)] == ["altere", None]
    assert smtp.subjects() == ["essai:1"]


@pytest.mark.filterwarnings("ignore:Requiring AUTH while not requiring TLS")  # the server does not see its own TLS
@pytest.mark.parametrize("scheme", ["smtps", "smtp+starttls"])
def test_tls_is_verified_and_the_sender_signs_in(services: Services, tmp_path: Path, scheme: str) -> None:
    context, ca = server_context(tmp_path)
    options = {"tls": context} if scheme == "smtps" else {"starttls": context}
    with mail_server(password="s3cret:/@", **options) as smtp:  # type: ignore[arg-type]
        address = f"127.0.0.1:{smtp.port}"
        put(services)
        for wrong in (
            f"{scheme}://decompte:s3cret%3A%2F%40@{address}",  # an authority that this machine does not know
            f"{scheme}://decompte:s3cret%3A%2F%40@localhost:{smtp.port}?ca={ca}",  # another name than the certificate's
            f"{scheme}://decompte:wrong@{address}?ca={ca}",
            f"{scheme}://{address}?ca={ca}",
        ):
            with suppress(MailServerAway):
                assert sender_to(services, wrong).send_due() == 0
            assert smtp.received == []
            let_time_pass(services)
        assert sender_to(services, f"{scheme}://decompte:s3cret%3A%2F%40@{address}?ca={ca}").send_due() == 1
        assert len(smtp.received) == 1


def test_a_server_without_starttls_is_never_written_to_in_clear(services: Services, smtp: MailServer) -> None:
    put(services)
    with pytest.raises(MailServerAway):
        sender_to(services, f"smtp+starttls://127.0.0.1:{smtp.port}").send_due()
    assert smtp.received == []
    assert states(services) == {"en_attente": 1}


def test_the_command_lists_shows_and_sends(services: Services, smtp: MailServer) -> None:
    put(services, objet="Objet secret", texte="Le code est 123456.\n")
    [row] = rows(services)
    listed = run("courriels", url=services.url)
    assert listed.returncode == 0
    assert str(row["id"]) in listed.stdout.decode()
    for secret in ("ada@exemple.fr", "123456", "Objet secret"):
        assert secret not in (listed.stdout + listed.stderr).decode()
    shown = run("courriels", "--montrer", str(row["id"]), url=services.url).stdout.decode()
    assert shown == "À : ada@exemple.fr\nObjet : Objet secret\n\nLe code est 123456.\n"
    refused = run("courriels", "--envoyer", url=services.url)
    assert refused.returncode == 1
    assert "DECOMPTE_SMTP_URL" in refused.stderr.decode()
    settings = {"DECOMPTE_SMTP_URL": smtp.url, "DECOMPTE_MAIL_FROM": "n@mutuelle.example"}
    sent = run("courriels", "--envoyer", url=services.url, **settings)
    assert sent.returncode == 0, sent.stderr.decode()
    assert "1 courriel(s)" in sent.stderr.decode()
    assert len(smtp.received) == 1
