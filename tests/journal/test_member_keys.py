"""What a process keeps of members' keys is bounded, and what it let go opens again."""

from uuid import UUID

import pytest
from cryptography.hazmat.primitives.ciphers.aead import AESGCM

from infra.bootstrap import Services
from infra.journal import members as module
from infra.journal.members import MemberKeys

NONCE = bytes(12)


def test_a_key_that_was_let_go_seals_and_opens_as_before(services: Services, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(module, "CACHED_MEMBERS_MAX", 4)
    monkeypatch.setattr(module, "CACHED_CIPHERS_MAX", 2)
    members = MemberKeys(services.datastore, services.keyring)
    sujets = list(members.resolve([f"N{n}" for n in range(8)], create=True).values())
    sealed = {sujet: _key(members, sujet).encrypt(NONCE, sujet.bytes, None) for sujet in sujets}
    for sujet in sujets:
        _key(members, sujet)  # fetched
        _key(members, sujet)  # at hand: a cipher is made and kept
    assert len(members._sujets) == 4
    assert len(members._keys) in (3, 4), "the older half goes at the fifth"
    assert len(members._ciphers) == 2
    assert sujets[-1] in members._keys, "the newest stays"
    assert sujets[-1] in members._ciphers
    for sujet, content in sealed.items():
        assert _key(members, sujet).decrypt(NONCE, content, None) == sujet.bytes
        assert _key(services.members, sujet).decrypt(NONCE, content, None) == sujet.bytes


def _key(members: MemberKeys, sujet: UUID) -> AESGCM:
    key = members.key(sujet)
    assert key is not None
    return key
