"""The tables of mails and notifications hold nobody in clear."""

from infra.bootstrap import Services
from infra.mail.sender import MailSender
from infra.mail.smtp_url import parse_smtp_url
from infra.notifications.frequences import Frequence
from tests.journal.test_sealing import PERSONAL, everything
from tests.notifications.noticing import NUMERO, choose, project_and_announce
from tests.support.ledger import decompte, take
from tests.support.smtp import mail_server


def test_no_table_of_mails_holds_a_person_in_clear(services: Services) -> None:
    """One waits, one was sent, one was refused by a server that repeats the address."""
    for numero, email in (
        (NUMERO, "ada@exemple.fr"),
        ("00000002", "refus@exemple.fr"),
        ("00000003", "tard@exemple.fr"),
    ):
        choose(services, Frequence.CHAQUE_REMBOURSEMENT, numero, email=email)
        take(services, decompte(f"R-{email[:3]}", numero_adherent=numero))
    assert project_and_announce(services) == 3
    with mail_server() as smtp:
        smtp.recipient_answers["refus@exemple.fr"] = ["550 5.1.1 <refus@exemple.fr>: unknown"]
        smtp.recipient_answers["tard@exemple.fr"] = ["451 4.2.2 <tard@exemple.fr>: full"]
        sender = MailSender(services.url, services.outbox, server=parse_smtp_url(smtp.url), mail_from="n@exemple.org")
        assert sender.send_due() == 1
    dump = everything(services)
    assert services.outbox.counts() == {"abandonne": 1, "en_attente": 1, "envoye": 1}
    for secret in (*PERSONAL, "refus@", "tard@", "exemple.fr", "Un nouveau", "desabonnement?"):
        assert secret not in dump, secret
        assert secret.encode().hex() not in dump, secret
