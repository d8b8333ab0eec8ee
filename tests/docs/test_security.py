"""Each row of the attack table names a test that is there."""

import re

from tests.docs.pages import ROOT, rows_of


def test_every_attack_names_a_test_that_there_is() -> None:
    proofs = [row[2] for row in rows_of("docs/security.md") if len(row) == 3 and "::" in row[2]]
    assert len(proofs) >= 25
    for proof in proofs:
        found = re.fullmatch(r"`(tests/[\w/]+\.py)::(test_\w+)`", proof)
        assert found is not None, proof
        assert f"def {found[2]}(" in (ROOT / found[1]).read_text(encoding="utf-8"), proof
