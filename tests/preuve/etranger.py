"""A stranger's verifier, written from docs/format.md and docs/rules.md alone: it imports nothing of this project.

    python etranger.py ledger   VKEY CHECKPOINT ROWS.ndjson [TILES-FOLDER]
    python etranger.py statement VKEY CHECKPOINT STATEMENT.json

It prints « ok … », or the first thing that is wrong and exits with 1.
"""

import base64
import json
import struct
import sys
import uuid
from hashlib import sha256
from pathlib import Path
from typing import Any

from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PublicKey

PAYERS = ("regime_obligatoire", "smi", "autre_mutuelle")
DEDUCTIONS = ("participation_forfaitaire", "franchise", "majoration_hors_parcours")
Json = dict[str, Any]


class Wrong(Exception):
    """What is wrong, in words."""


def checkpoint(note: bytes, vkey: str) -> tuple[int, bytes]:
    """Size and root of a checkpoint that this key signed."""
    name, key_id, key = vkey.split("+", 2)
    public = base64.b64decode(key)
    body, _, signatures = note.decode().partition("\n\n")
    body += "\n"
    origin, size, root = body.splitlines()[:3]
    for line in signatures.splitlines():
        _, signer, encoded = line.split(" ")
        signature = base64.b64decode(encoded)
        if (signer, signature[:4].hex()) == (name, key_id) and public[:1] == b"\1" and origin == name:
            try:
                Ed25519PublicKey.from_public_bytes(public[1:]).verify(signature[4:], body.encode())
            except InvalidSignature:
                break
            return int(size), base64.b64decode(root)
    raise Wrong("the checkpoint is not signed by this key")


def packed(row: Json) -> bytes:
    """A row as it is hashed."""
    columns = (
        uuid.UUID(row["flux"]).bytes,
        struct.pack(">q", row["version"]),
        row["topic"].encode(),
        bytes.fromhex(row["etat"]),
        struct.pack(">q", row["position"]),
        struct.pack(">q", row["micros"]),
    )
    return b"\0\7" + b"".join(struct.pack(">i", len(column)) + column for column in columns)


def unpacked(row: bytes) -> tuple[str, Json, int]:
    """Topic, state and position of a packed row."""
    columns, start = [], 2
    while start < len(row):
        end = start + 4 + struct.unpack_from(">i", row, start)[0]
        columns.append(row[start + 4 : end])
        start = end
    _, _, topic, state, position, _ = columns
    return topic.decode(), json.loads(state), int.from_bytes(position, "big")


def entry_of(position: int, row: bytes) -> bytes:
    return b"dcp:evt1" + struct.pack(">q", position) + sha256(row).digest()


def leaf_of(entry: bytes) -> bytes:
    return sha256(b"\0" + entry).digest()


def node(left: bytes, right: bytes) -> bytes:
    return sha256(b"\1" + left + right).digest()


def tree(leaves: list[bytes]) -> bytes:
    """RFC 6962, 2.1."""
    if len(leaves) < 2:
        return leaves[0] if leaves else sha256(b"").digest()
    half = 1 << (len(leaves) - 1).bit_length() - 1
    return node(tree(leaves[:half]), tree(leaves[half:]))


def root_of(leaf: bytes, index: int, size: int, path: list[bytes]) -> bytes:
    """RFC 6962, 2.1.1, read from the top: which half, and what the other one hashes to."""
    if size == 1:
        if path:
            raise Wrong("the path is too long")
        return leaf
    if not path:
        raise Wrong("the path is too short")
    half = 1 << (size - 1).bit_length() - 1
    if index < half:
        return node(root_of(leaf, index, half, path[:-1]), path[-1])
    return node(path[-1], root_of(leaf, index - half, size - half, path[:-1]))


def check_ledger(vkey: str, note: bytes, lines: list[str], tiles: Path | None) -> str:
    """The rows are those that were signed; else the first position that is not."""
    size, root = checkpoint(note, vkey)
    entries: list[bytes] = []
    for line in lines:
        row = json.loads(line)
        if row["position"] != len(entries) + 1:
            raise Wrong(f"position {len(entries) + 1}: missing or moved")
        entries.append(entry_of(row["position"], packed(row)))
    leaves = [leaf_of(entry) for entry in entries]
    if tiles is not None:
        compare_tiles(tiles, size, entries[:size], leaves[:size])
    if len(entries) < size:
        raise Wrong(f"position {len(entries) + 1}: the tail is cut, {size} were signed")
    if tree(leaves[:size]) != root:
        raise Wrong("the past is not the one that was signed")
    return f"ok {size} of {len(entries)} rows are signed"


def compare_tiles(folder: Path, size: int, entries: list[bytes], leaves: list[bytes]) -> None:
    """Bundles and leaves as they are published, with ours: where they differ first."""
    for first in range(0, size, 256):
        digits = f"{first // 256:03d}"
        name = digits.rjust(-(-len(digits) // 3) * 3, "0")
        groups = [name[i : i + 3] for i in range(0, len(name), 3)]
        path = "/".join([*("x" + group for group in groups[:-1]), groups[-1]])
        width = min(256, size - first)
        path += f".p/{width}" if width < 256 else ""
        bundle = (folder / "entries" / path).read_bytes()
        published = (folder / "0" / path).read_bytes()
        for i in range(width):
            position, at = first + i + 1, i * 50
            ours = entries[first + i] if first + i < len(entries) else b""
            if bundle[at + 2 : at + 50] != ours or published[i * 32 : i * 32 + 32] != leaves[first + i]:
                raise Wrong(f"position {position}: not what was published")


def check_statement(vkey: str, note: bytes, file: Json) -> str:
    """The figures of a statement are those of rows that were signed."""
    size, root = checkpoint(note, vkey)
    decomptes: dict[tuple[str, str], Json] = {}
    cancelled: set[tuple[str, str]] = set()
    subjects = set()
    for event in file["evenements"]:
        row = base64.b64decode(event["ligne"])
        topic, state, position = unpacked(row)
        path = [base64.b64decode(each) for each in event["chemin"]]
        leaf = leaf_of(entry_of(event["position"], row))
        if position != event["position"] or root_of(leaf, position - 1, size, path) != root:
            raise Wrong(f"position {event['position']}: not in the log under this checkpoint")
        subjects.add(state["sujet"])
        facts = state["faits"]
        if topic == "annulation.recorded":
            cancelled.add((facts["emetteur"], facts["annule"]))
        else:
            decomptes[facts["emetteur"], facts["reference"]] = {**facts, "payeur": topic.split(".")[1]}
    if len(subjects) > 1:
        raise Wrong("the rows are of several members")
    splits = split_all(decomptes, cancelled)
    stated, counted = file["releve"], set()
    for shown in stated["decomptes"]:
        key = (shown["emetteur"], shown["reference"])
        if key not in decomptes or shown["annule"] != (key in cancelled):
            raise Wrong(f"{key}: not among the rows, or not annulled as said")
        compare(f"{key} date", shown["date_paiement"], decomptes[key]["date_paiement"])
        lines = [each for each in decomptes[key]["lignes"] if is_shown(decomptes[key], each)]
        compare(f"{key} montant", shown["montant"], sum(line["montant"] for line in lines))
        for line in shown["lignes"]:
            soin = line["soin"]
            own = sum(each["montant"] for each in lines if soin_of(decomptes, key, each) == soin)
            compare(f"{key} {soin} montant", line["montant"], own)
            for name, value in splits.get(soin, dict.fromkeys(stated["totaux"], 0)).items():
                if line[name] is not None:  # « autre mutuelle » before 2023-02-15
                    compare(f"{key} {soin} {name}", line[name], value)
            if key not in cancelled:
                counted.add(soin)
    years = {key for key, d in decomptes.items() if d["date_paiement"][:4] == str(stated["annee"])}
    shown_keys = {(each["emetteur"], each["reference"]) for each in stated["decomptes"]}
    compare(
        "the décomptes",
        shown_keys,
        {k for k in years if any(is_shown(decomptes[k], e) for e in decomptes[k]["lignes"])},
    )
    for name, value in stated["totaux"].items():
        compare(f"total {name}", value, sum(splits[soin][name] for soin in counted))
    return f"ok {len(file['evenements'])} rows give this statement"


def compare(what: str, stated: object, ours: object) -> None:
    if stated != ours:
        raise Wrong(f"{what}: {stated} is stated, {ours} is right")


def is_shown(decompte: Json, line: Json) -> bool:
    return decompte["payeur"] != "recours_tiers" or line.get("pour_compte_de") == "victime"


def soin_of(decomptes: dict[tuple[str, str], Json], key: tuple[str, str], line: Json) -> str:
    """A deduction counts on the soin of the line that it comes from, however far back."""
    seen, here, at = {(*key, line["ligne"])}, line, line["soin"]
    while here["nature"] in DEDUCTIONS and (origin := here.get("ligne_origine")):
        name = (origin["emetteur"], origin["reference"], origin["ligne"])
        known = decomptes.get(name[:2], {"lignes": []})["lignes"]
        following = next((each for each in known if each["ligne"] == origin["ligne"]), None)
        if name in seen:
            return str(line["soin"])
        if following is None:
            break
        seen.add(name)
        here, at = following, following["soin"]
    return str(at)


def split_all(decomptes: dict[tuple[str, str], Json], cancelled: set[tuple[str, str]]) -> dict[str, dict[str, int]]:
    """The rule, soin by soin, over every décompte in force."""
    lines: dict[str, list[Json]] = {}
    for key, decompte in decomptes.items():
        if key not in cancelled:
            for line in decompte["lignes"]:
                known = {**line, "payeur": decompte["payeur"], "rang": decompte["rang"], "key": key}
                lines.setdefault(soin_of(decomptes, key, line), []).append(known)
    return {soin: split(found) for soin, found in lines.items()}


def split(lines: list[Json]) -> dict[str, int]:
    paid = {payer: sum(each["montant"] for each in lines if each["payeur"] == payer) for payer in PAYERS}
    total = sum(paid.values())
    uncovered = max(0, -sum(each["montant"] for each in lines if each["nature"] in DEDUCTIONS))
    stated, orphan = [], False
    for order, payer in enumerate(PAYERS):
        own = [
            each for each in lines if each["payeur"] == payer and each["nature"] in ("prestation", "complement_local")
        ]
        orphan |= sum(each["montant"] for each in own) < 0
        saying = [each for each in own if each["nature"] == "prestation" and each.get("depense") is not None]
        if saying:
            messages: dict[Any, int] = {}
            for each in saying:
                messages[each["key"]] = messages.get(each["key"], 0) + max(0, each["depense"])
            value = min(sum(each["depense"] for each in saying), max(messages.values()))
            stated.append((min(each["rang"] for each in saying), order, value))
    values = [value for _, _, value in sorted(stated)]
    if orphan or not values or min(values) < 0:
        spent = total + uncovered
    else:
        spent = next((value for value in values if value > 0), 0)
    excess = max(0, total - (spent - uncovered))
    victim = sum(each["montant"] for each in lines if each.get("pour_compte_de") == "victime")
    left = spent - total + excess
    return {"depense": spent, **paid, "reste_a_charge": left, "trop_percu": excess, "indemnise_par_tiers": victim}


def main(kind: str, vkey: str, note: str, name: str, *tiles: str) -> str:
    signed, content = Path(note).read_bytes(), Path(name).read_text(encoding="utf-8")
    if kind == "ledger":
        return check_ledger(vkey, signed, content.splitlines(), Path(tiles[0]) if tiles else None)
    return check_statement(vkey, signed, json.loads(content))


if __name__ == "__main__":
    try:
        print(main(*sys.argv[1:]))
    except (Wrong, ValueError, KeyError, struct.error) as wrong:
        sys.exit(f"{type(wrong).__name__}: {wrong}")
