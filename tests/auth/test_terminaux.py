"""Devices and networks, as suspicion and a list of sessions see them."""

import pytest

from infra.auth.sessions import Client
from infra.auth.terminaux import counted_as, described, known_by, network_of


@pytest.mark.parametrize(
    ("address", "network", "counted"),
    [
        ("192.0.2.77", "192.0.2.0/24", "192.0.2.77/32"),
        ("::ffff:192.0.2.77", "192.0.2.0/24", "192.0.2.77/32"),
        ("2001:db8:1:2:3:4:5:6", "2001:db8:1::/48", "2001:db8:1:2::/64"),
        ("testclient", "testclient", "testclient"),
        ("", "", ""),
    ],
)
def test_networks(address: str, network: str, counted: str) -> None:
    assert (network_of(address), counted_as(address)) == (network, counted)


@pytest.mark.parametrize(
    ("user_agent", "said"),
    [
        ("Mozilla/5.0 (X11; Linux x86_64; rv:140.0) Gecko/20100101 Firefox/140.0", "Firefox sur Linux"),
        ("Mozilla/5.0 (Windows NT 10.0) AppleWebKit/537.36 Chrome/140.0 Safari/537.36 Edg/140.0", "Edge sur Windows"),
        ("Mozilla/5.0 (iPhone; CPU iPhone OS 18_0 like Mac OS X) Version/18.0 Safari/604.1", "Safari sur iPhone"),
        ("<script>alert(1)</script>", "Navigateur inconnu"),
    ],
)
def test_a_device_is_said_in_plain_words_and_nothing_of_it_repeated(user_agent: str, said: str) -> None:
    assert described(user_agent) == said


def test_a_client_without_a_mark_is_known_by_its_network_alone() -> None:
    assert known_by(Client(address="192.0.2.7")) == {"reseau": "192.0.2.0/24"}
    assert set(known_by(Client(address="192.0.2.7", device="x"))) == {"reseau", "appareil"}
