"""Settings come from the environment alone, and a wrong one is named without its value."""

import base64
from datetime import date

import pytest

from infra.mail.smtp_url import parse_smtp_url
from infra.settings import BadSettings, read_settings

KEY = bytes(range(32))


def test_nothing_set_is_fine() -> None:
    assert read_settings({}).database_url is None


def test_each_setting_is_read() -> None:
    settings = read_settings(
        {
            "DECOMPTE_DATABASE_URL": "postgresql://u@h/d",
            "DECOMPTE_MASTER_KEY": base64.b64encode(KEY).decode(),
            "DECOMPTE_NOW": "2026-03-01",
            "DECOMPTE_QUARANTAINE_JOURS": "90",
        }
    )
    assert settings.master_key == KEY
    assert settings.today() == date(2026, 3, 1)
    assert settings.quarantaine_jours == 90


def test_a_mail_server_needs_a_sender() -> None:
    with pytest.raises(BadSettings, match="DECOMPTE_MAIL_FROM"):
        read_settings({"DECOMPTE_SMTP_URL": "smtps://exemple.fr"})
    settings = read_settings(
        {
            "DECOMPTE_SMTP_URL": "smtp+starttls://nom:mot%40passe@exemple.fr?ca=/etc/ca.pem",
            "DECOMPTE_MAIL_FROM": "Mutuelle Été <a@b.fr>",
            "DECOMPTE_PUBLIC_URL": "https://espace.exemple.fr/",
        }
    )
    assert settings.public_url == "https://espace.exemple.fr"
    assert "mot" not in repr(settings)
    server = parse_smtp_url(settings.smtp_url or "")
    assert (server.host, server.port, server.user, server.password) == ("exemple.fr", 587, "nom", "mot@passe")


def test_an_instant_of_the_last_evening_is_next_year_in_paris() -> None:
    assert read_settings({"DECOMPTE_NOW": "2025-12-31T23:30:00Z"}).today() == date(2026, 1, 1)


@pytest.mark.parametrize(
    ("name", "value"),
    [
        ("MASTER_KEY", "court"),
        ("MASTER_KEY", base64.b64encode(b"trop court").decode()),
        ("NOW", "demain"),
        ("QUARANTAINE_JOURS", "0"),
        ("LOG_LEVEL", "bavard"),
        ("COURRIELS_JOURS", "0"),
        ("PUBLIC_URL", "ftp://exemple.fr"),
        ("PUBLIC_URL", "https://exemple.fr/espace"),
        ("PUBLIC_URL", "https://exemple.fr\nX: y"),
        ("MAIL_FROM", "personne"),
        ("MAIL_FROM", "Mutuelle <a@b.fr>\nBcc: c@d.fr"),
        ("SMTP_URL", "http://exemple.fr"),
        ("SMTP_URL", "smtp://exemple.fr/chemin"),
        ("SMTP_URL", "smtp://exemple.fr:99999"),
        ("SMTP_URL", "smtp://nom:secret@exemple.fr"),
        ("SMTP_URL", "smtps://nom@exemple.fr"),
        ("SMTP_URL", "smtps://exemple.fr?verifier=non"),
    ],
)
def test_a_wrong_setting_is_named_without_its_value(name: str, value: str) -> None:
    with pytest.raises(BadSettings, match=f"DECOMPTE_{name}") as refused:
        read_settings({f"DECOMPTE_{name}": value})
    assert f"'{value}'" not in str(refused.value)
