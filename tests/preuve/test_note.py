"""Signed notes against the specification's own examples, and against forgeries."""

import pytest
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey

from infra.preuve.merkle import leaf_hash
from infra.preuve.note import (
    KIND_COSIGNATURE,
    Checkpoint,
    Note,
    NoteRefused,
    Signer,
    Vkey,
    open_checkpoint,
    with_signatures,
)

EXAMPLE_KEY = "example.com/foo+530d903a+AekyeRrm56hApGFkyQR4ZCbV54Id2LKaANYcrnKv3U2k"
EXAMPLE = (
    "This is an example message.\n\n— example.com/foo Uw2QOkn8srV1yJGh2VYRlL1Tnagv1YEq6TfXppzi2ONncAlTgK7Ztg1ERYNZ"
    "XsYjOBH3mFXmRKuwHjG1Yu72IneyaQM=\n"
).encode()
POINT = Checkpoint("exemple.fr/preuve", 3, leaf_hash(b"x"))


def signer(name: str = "exemple.fr/preuve", seed: int = 1, **kind: int) -> Signer:
    return Signer(name, Ed25519PrivateKey.from_private_bytes(bytes([seed]) * 32), **kind)


def test_the_example_of_the_specification_is_read_and_verified() -> None:
    vkey = Vkey.parse(EXAMPLE_KEY)
    assert str(vkey) == EXAMPLE_KEY
    note = Note.parse(EXAMPLE)
    assert note.body == b"This is an example message.\n"
    assert note.signature_of(vkey) is None


def test_a_checkpoint_comes_back_as_it_was_signed() -> None:
    content = signer().sign(POINT.body)
    assert open_checkpoint(content, signer().vkey)[0] == POINT
    assert content.startswith(b"exemple.fr/preuve\n3\n")


def test_a_note_signed_again_with_another_key_is_refused() -> None:
    forged = signer(seed=2).sign(POINT.body)
    with pytest.raises(NoteRefused, match="pas signée par"):
        open_checkpoint(forged, signer().vkey)
    mine, theirs = signer().vkey.id, signer(seed=2).vkey.id
    name, _, signature = Note.parse(forged).signatures[0]
    passed_off = POINT.body + b"\n" + signer().line(signature).encode()
    assert (name, mine) != (name, theirs)
    with pytest.raises(NoteRefused, match="fausse"):
        open_checkpoint(passed_off, signer().vkey)


def test_every_byte_of_the_signed_text_counts() -> None:
    content = signer().sign(POINT.body)
    for place in range(len(POINT.body) - 1):
        changed = content[:place] + bytes([content[place] ^ 1]) + content[place + 1 :]
        with pytest.raises(NoteRefused):
            open_checkpoint(changed, signer().vkey)


def test_a_cosignature_holds_for_its_checkpoint_and_its_instant() -> None:
    witness = signer("temoin.example/w1", 3, kind=KIND_COSIGNATURE)
    content = with_signatures(signer().sign(POINT.body), [witness.cosign(POINT.body, 1_679_315_147)])
    checkpoint, note = open_checkpoint(content, signer().vkey)
    assert checkpoint == POINT
    assert note.signature_of(witness.vkey) == 1_679_315_147
    earlier = bytearray(note.signatures[1][2])
    earlier[7] ^= 1
    with pytest.raises(NoteRefused, match="fausse"):
        witness.vkey.verify(note.body, bytes(earlier))


def test_a_checkpoint_of_another_origin_is_refused() -> None:
    other = Checkpoint("ailleurs.fr/preuve", 3, POINT.root)
    with pytest.raises(NoteRefused, match="l'origine"):
        open_checkpoint(signer().sign(other.body), signer().vkey)


@pytest.mark.parametrize(
    "content",
    [
        b"",
        b"text\n",
        b"text\n\n",
        b"text\n\nsignature\n",
        EXAMPLE.replace(b"\n\n", b"\n"),
        EXAMPLE[:-1],
        EXAMPLE.replace("— ".encode(), b"- "),
        EXAMPLE.replace(b"Uw2Q", b"Uw2!"),
        EXAMPLE.replace(b"yaQM=", b"yaQN="),
        EXAMPLE.replace(b"This", b"Th\ts"),
        b"\xff" + EXAMPLE,
        EXAMPLE + b"x" * 70_000,
    ],
)
def test_what_is_no_note_is_refused(content: bytes) -> None:
    with pytest.raises(NoteRefused):
        Note.parse(content)


@pytest.mark.parametrize(
    "body",
    [b"a\n1\n", b"a\n01\nAAAA\n", b"a\n-1\nAAAA\n", b"a\n1\nAAAA\n", b"\n1\n" + b"A" * 43 + b"=\n", b"a\nx\ny\n"],
)
def test_what_is_no_checkpoint_is_refused(body: bytes) -> None:
    with pytest.raises(NoteRefused):
        Checkpoint.parse(body)


@pytest.mark.parametrize(
    "text",
    [
        "",
        "a+b",
        EXAMPLE_KEY.replace("530d903a", "530d903b"),
        EXAMPLE_KEY.replace("example.com/foo", "example.com/bar"),
        EXAMPLE_KEY[:-4],
        "a b+00000000+AekyeRrm56hApGFkyQR4ZCbV54Id2LKaANYcrnKv3U2k",
        EXAMPLE_KEY.replace("+Aeky", "+Aiky"),
    ],
)
def test_what_is_no_verifier_key_is_refused(text: str) -> None:
    with pytest.raises(NoteRefused):
        Vkey.parse(text)
