"""The proof logs by HTTP, and statements with their proof, checked as their reader would."""

import base64
import re
import zlib
from pathlib import Path
from typing import Any

import httpx
import msgspec
import pytest
from typer.testing import CliRunner

from infra.auth.roles import Role
from infra.cli.main import app
from infra.preuve.merkle import check_consistency, check_inclusion, leaf_hash
from infra.preuve.note import Checkpoint, Vkey, open_checkpoint
from infra.preuve.releve import StatementRefused, check_statement
from tests.support.command import run
from tests.support.ledger import annulation, decompte, soin_line
from tests.support.serving import Served, code_of, decoded

LOG = "/v1/preuve/evenements"


def auditor(served: Served, path: str, **params: Any) -> httpx.Response:
    return served.as_(Role.AUDITEUR).get(f"{LOG}{path}", params=params)


def vkey(served: Served) -> Vkey:
    return Vkey.parse(decoded(auditor(served, "/cle"))["cle"])


def sealed(served: Served, *messages: dict[str, Any]) -> Checkpoint:
    """Record, seal, and the checkpoint that covers it."""
    served.record(*messages)
    served.services.sealer().catch_up()
    return open_checkpoint(auditor(served, "/checkpoint").content, vkey(served))[0]


def member(numero: str, emetteur: str) -> tuple[dict[str, Any], ...]:
    """Two payers of one soin, a deferred deduction, a recovery, a cancelled décompte, and care of another year."""
    origin = {"emetteur": emetteur, "reference": "RO-1", "ligne": "1"}
    ro = decompte("RO-1", emetteur=emetteur, numero_adherent=numero)
    retained = soin_line("1", soin="AUTRE", nature="participation_forfaitaire", montant=-200, ligne_origine=origin)
    for name in ("acte", "libelle", "categorie", "quantite", "depense", "base", "taux_pb"):
        retained.pop(name)
    smi = decompte(
        "SMI-1", emetteur=emetteur, numero_adherent=numero, payeur="smi", rang=2, lignes=[soin_line(montant=900)]
    )
    victim = {
        "ligne": "1", "soin": "F1-1", "nature": "indemnite", "beneficiaire": "01", "date_soin": "2026-03-10",
        "montant": 50, "pour_compte_de": "victime",
    }  # fmt: skip
    return (
        ro,
        smi,
        decompte("RET-1", emetteur=emetteur, numero_adherent=numero, date_paiement="2025-12-30", lignes=[retained]),
        decompte(
            "REC-1", emetteur=emetteur, numero_adherent=numero, payeur="recours_tiers", rang=9, sinistre="SIN-1",
            date_paiement="2024-05-05", lignes=[victim, {**victim, "ligne": "2", "pour_compte_de": "smi"}],
        ),
        decompte("AN-1", emetteur=emetteur, numero_adherent=numero, lignes=[soin_line(soin="F9", montant=70)]),
        annulation("AN-1", emetteur=emetteur, numero_adherent=numero),
        decompte("OLD-1", emetteur=emetteur, numero_adherent=numero, date_paiement="2024-01-02",
                 lignes=[soin_line(soin="OLD", montant=11)]),
    )  # fmt: skip


def test_tiles_and_checkpoints_are_where_the_specification_puts_them(
    served: Served, numero: str, emetteur: str
) -> None:
    point = sealed(served, *member(numero, emetteur))
    width = point.size % 256
    answer = auditor(served, f"/tile/0/{point.size // 256:03d}.p/{width}")
    assert (answer.status_code, answer.headers["content-type"]) == (200, "application/octet-stream")
    assert "immutable" in answer.headers["cache-control"]
    assert len(answer.content) == width * 32
    narrower = auditor(served, f"/tile/0/{point.size // 256:03d}.p/1")
    assert narrower.content == answer.content[:32]
    checkpoint = auditor(served, "/checkpoint")
    assert checkpoint.headers["content-type"] == "text/plain; charset=utf-8"
    again = served.as_(Role.AUDITEUR).get(f"{LOG}/checkpoint", headers={"If-None-Match": checkpoint.headers["etag"]})
    assert again.status_code == 304
    older = auditor(served, "/checkpoint", taille=point.size)
    assert older.content == checkpoint.content
    for path in ("/tile/0/999", "/tile/0/0", f"/tile/0/000.p/{width + 1}" if point.size < 255 else "/tile/7/000", "/x"):
        assert code_of(auditor(served, path)) == (404, "ressource_inconnue"), path
    assert code_of(auditor(served, "/checkpoint", taille=10**9)) == (404, "point_inconnu")
    assert code_of(served.as_(Role.AUDITEUR).get("/v1/preuve/autre/cle")) == (404, "ressource_inconnue")
    assert code_of(served.as_(Role.PORTAIL).get(f"{LOG}/checkpoint")) == (403, "role_interdit")


def test_proofs_ready_made_hold(served: Served, numero: str, emetteur: str) -> None:
    first = sealed(served, decompte("A", emetteur=emetteur, numero_adherent=numero))
    last = sealed(served, *member(numero, emetteur))
    proof = decoded(auditor(served, f"/inclusions/{emetteur}/RO-1"))
    assert proof == decoded(auditor(served, f"/inclusions/{proof['position']}"))
    entry, path = base64.b64decode(proof["entree"]), [base64.b64decode(each) for each in proof["chemin"]]
    assert entry[:16] == b"dcp:evt1" + proof["position"].to_bytes(8, "big")
    check_inclusion(leaf_hash(entry), proof["index"], last.size, path, last.root)
    head, index, *hashes = proof["document"].partition("\n\n")[0].split("\n")
    assert (head, index, hashes) == ("c2sp.org/tlog-proof@v1", f"index {proof['index']}", proof["chemin"])
    assert proof["document"].endswith("\n\n" + proof["point_de_controle"])
    between = decoded(auditor(served, "/coherence", de=first.size, a=last.size))
    nodes = [base64.b64decode(each) for each in between["chemin"]]
    check_consistency(first.size, first.root, last.size, last.root, nodes)
    old = decoded(auditor(served, f"/inclusions/{first.size}", taille=first.size))
    check_inclusion(
        leaf_hash(base64.b64decode(old["entree"])),
        first.size - 1,
        first.size,
        [base64.b64decode(each) for each in old["chemin"]],
        first.root,
    )
    assert code_of(auditor(served, f"/inclusions/{last.size}", taille=first.size)) == (404, "point_inconnu")
    assert code_of(auditor(served, "/inclusions/999999")) == (404, "ressource_inconnue")
    assert code_of(auditor(served, f"/inclusions/{emetteur}/INCONNU")) == (404, "ressource_inconnue")
    assert code_of(auditor(served, "/coherence", de=3, a=2)) == (422, "requete_invalide")
    assert code_of(auditor(served, "/coherence", de=3, a=10**9)) == (404, "point_inconnu")


@pytest.mark.parametrize("role", [Role.PORTAIL, Role.ADHERENT, Role.AUDITEUR])
def test_a_statement_carries_the_proof_of_the_events_that_it_rests_on(
    served: Served, numero: str, emetteur: str, role: Role
) -> None:
    position = served.record(*member(numero, emetteur))
    subject = numero if role is Role.ADHERENT else None
    plain = served.get(f"/v1/adherents/{numero}/releves/2026", role=role, subject=subject, after=position)
    answer = served.get(f"/v1/adherents/{numero}/releves/2026.preuve.json", role=role, subject=subject, after=position)
    file = decoded(answer)
    assert file["releve"] == decoded(plain)
    assert plain.content in answer.content, "byte for byte"
    found = check_statement(answer.content, vkey=vkey(served))
    assert (found.annee, found.is_key_given) == (2026, True)
    assert found.evenements == 6, "care of another year alone is not told"
    empty = served.get(f"/v1/adherents/{numero}/releves/2025.preuve.json", role=role, subject=subject)
    assert check_statement(empty.content, vkey=vkey(served)).evenements == 4
    assert "preuve.json" in answer.headers.get("content-disposition", "preuve.json")


def test_a_statement_of_nothing_is_proven_too(served: Served, numero: str, emetteur: str) -> None:
    position = served.record(decompte("A", emetteur=emetteur, numero_adherent=numero))
    answer = served.get(f"/v1/adherents/{numero}/releves/2025.preuve.json", after=position)
    assert check_statement(answer.content, vkey=vkey(served)).evenements == 0


def test_the_pdf_carries_its_proof(served: Served, numero: str, emetteur: str) -> None:
    position = served.record(*member(numero, emetteur))
    answer = served.get(f"/v1/adherents/{numero}/releves/2026.preuve.pdf", after=position)
    assert answer.headers["content-type"] == "application/pdf"
    assert 'filename="releve-2026.preuve.pdf"' in answer.headers["content-disposition"]
    streams = re.findall(rb"stream\r?\n(.*?)\r?\nendstream", answer.content, re.DOTALL)
    attached = [content for stream in streams if (content := inflated(stream)).startswith(b'{"format":"decompte/')]
    [file] = attached
    assert check_statement(file, vkey=vkey(served)).annee == 2026
    assert b"/EmbeddedFile" in answer.content


def inflated(stream: bytes) -> bytes:
    try:
        return zlib.decompress(stream)
    except zlib.error:
        return stream


def test_a_proof_can_be_asked_under_the_checkpoint_that_an_auditor_holds(
    served: Served, numero: str, emetteur: str, tmp_path: Path
) -> None:
    held = sealed(served, *member(numero, emetteur))
    note = auditor(served, "/checkpoint", taille=held.size).content
    sealed(served, decompte("LATER", emetteur=emetteur, numero_adherent="LATER"))
    path = f"/v1/adherents/{numero}/releves/2026.preuve.json"
    wrong = served.get(path, after=held.size).content
    right = served.get(path, params={"taille": held.size}).content
    with pytest.raises(StatementRefused, match=f"taille={held.size}"):
        check_statement(wrong, checkpoint=note, vkey=vkey(served))
    assert check_statement(right, checkpoint=note, vkey=vkey(served)).taille == held.size
    served.record(decompte("NEW", emetteur=emetteur, numero_adherent=numero))
    served.services.projection_worker().catch_up()
    assert code_of(served.get(path, params={"taille": held.size})) == (404, "point_inconnu")
    (tmp_path / "s.json").write_bytes(right)
    (tmp_path / "p").write_bytes(note)
    options = ["--statement", str(tmp_path / "s.json"), "--checkpoint", str(tmp_path / "p")]
    done = run("verify", *options, "--vkey", str(vkey(served)))
    assert (done.returncode, done.stdout) == (0, b""), done.stderr
    assert "tous scellés" in done.stderr.decode()
    (tmp_path / "s.json").write_bytes(right.replace(b'"montant":900', b'"montant":901', 1))
    refused = CliRunner().invoke(app, ["verify", *options])
    assert refused.exit_code == 1
    assert refused.output.startswith("FAUTE le relevé ne dit pas ce que donnent ses événements : /decomptes/")


@pytest.fixture
def file(served: Served, numero: str, emetteur: str) -> dict[str, Any]:
    position = served.record(*member(numero, emetteur))
    read: dict[str, Any] = decoded(served.get(f"/v1/adherents/{numero}/releves/2026.preuve.json", after=position))
    return read


def check(served: Served, file: dict[str, Any]) -> None:
    check_statement(msgspec.json.encode(file), vkey=vkey(served))


def test_whatever_is_changed_in_a_statement_with_its_proof_is_named(served: Served, file: dict[str, Any]) -> None:
    check(served, file)
    events = file["evenements"]
    middle = events[2]
    row = bytearray(base64.b64decode(middle["ligne"]))
    row[len(row) // 2] ^= 1
    altered = base64.b64encode(row).decode()
    other = bytearray(base64.b64decode(middle["chemin"][0]))
    other[0] ^= 1
    forged = base64.b64encode(other).decode()
    place = f"événement de la position {middle['position']}"
    changes: list[tuple[dict[str, Any], str]] = [
        ({"evenements": [*events[:2], {**middle, "ligne": altered}, *events[3:]]}, place),
        ({"evenements": [*events[:2], {**middle, "chemin": [forged, *middle["chemin"][1:]]}, *events[3:]]}, place),
        ({"evenements": [*events[:2], {**middle, "chemin": middle["chemin"][1:]}, *events[3:]]}, place),
        ({"evenements": [*events[:2], {**middle, "position": middle["position"] + 1}, *events[3:]]}, "position"),
        ({"evenements": [*events[:2], {**middle, "ligne": "?"}, *events[3:]]}, place),
        ({"evenements": events[1:]}, "ne dit pas ce que donnent"),
        ({"evenements": [*events[:2], events[1], *events[2:]]}, "ne se suivent pas"),
        ({"point_de_controle": file["point_de_controle"].replace("\n", "\n1", 1)}, "point de contrôle"),
        ({"format": "decompte/releve-prouve/2"}, "format inconnu"),
        ({"releve": {**file["releve"], "annee": 2025}}, "ne dit pas ce que donnent"),
        ({"releve": {**file["releve"], "autre": 1}}, "/autre"),
        ({"releve": []}, "son année"),
    ]
    totals = file["releve"]["totaux"]
    changes += [
        ({"releve": {**file["releve"], "totaux": {**totals, n: totals[n] + 1}}}, f"/totaux/{n}") for n in totals
    ]
    for change, named in changes:
        with pytest.raises(StatementRefused, match=re.escape(named)):
            check(served, {**file, **change})
    with pytest.raises(StatementRefused, match="n'est pas un relevé"):
        check_statement(b"{}")


def test_what_is_sealed_is_not_claimed_to_be_checked(served: Served, file: dict[str, Any]) -> None:
    [first, *others] = file["releve"]["decomptes"]
    line = {**first["lignes"][0], "libelle": "Autre chose"}
    changed = {**file["releve"], "decomptes": [{**first, "lignes": [line]}, *others]}
    check(served, {**file, "releve": changed})


def test_events_of_two_members_prove_nothing(served: Served, numero: str, emetteur: str) -> None:
    other = f"{numero}-B"
    position = served.record(
        decompte("X", emetteur=emetteur, numero_adherent=numero),
        decompte("Y", emetteur=emetteur, numero_adherent=other),
    )
    served.services.sealer().catch_up()
    both = [
        decoded(served.get(f"/v1/adherents/{who}/releves/2026.preuve.json", after=position)) for who in (numero, other)
    ]
    assert both[0]["point_de_controle"] == both[1]["point_de_controle"]
    mixed = {**both[0], "evenements": both[0]["evenements"] + both[1]["evenements"]}
    with pytest.raises(StatementRefused, match="plusieurs adhérents"):
        check(served, mixed)


def test_the_command_line_says_what_it_cannot_read(tmp_path: Path) -> None:
    (tmp_path / "s").write_bytes(b"{}")
    (tmp_path / "p").write_bytes(b"")
    done = CliRunner().invoke(app, ["verify", "--statement", str(tmp_path / "s")])
    assert (done.exit_code, "FAUTE" in done.output) == (1, True)
    two = ["--checkpoint", str(tmp_path / "p")] * 2
    for options in (["--vkey", "a"], ["--statement", str(tmp_path / "s"), *two]):
        assert CliRunner().invoke(app, ["verify", *options]).exit_code == 2
    assert CliRunner().invoke(app, ["verify", "--statement", str(tmp_path / "s"), "--vkey", "a"]).exit_code == 2
