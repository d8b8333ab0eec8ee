"""A large bordereau with every kind of gap: right line by line, killed, resumed, and silent the second time."""

import subprocess
import sys
from collections import Counter
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

from commands.ports import Provenance
from commands.recours.bordereau import Bordereau, LigneClassee
from infra.bootstrap import Services
from infra.recours.bordereaux import CSV_TYPE, read_bordereau
from infra.verify.verify import verify
from tests.recours.importing import AGREED, CYCLE, TODAY, bordereau_of, claim, provenance
from tests.recours.totals import balance_of

ROOT = Path(__file__).resolve().parents[2]
SINISTRES, SINISTRES_FULL_SIZE = 60, 1_250


def test_every_line_lands_in_its_class_and_a_killed_import_resumes_with_nothing_twice(
    database_url: str, services: Services, tmp_path: Path, is_full_size: bool
) -> None:
    sinistres = SINISTRES_FULL_SIZE if is_full_size else SINISTRES
    lines = sinistres * len(CYCLE)
    references = claim(services, sinistres)
    content, expected = bordereau_of(references, lines)
    file = tmp_path / "bordereau.csv"
    file.write_bytes(content)

    program = [sys.executable, "-m", "tests.recours.importing", database_url, str(file)]
    with subprocess.Popen(program, cwd=ROOT, stdout=subprocess.PIPE, text=True) as killed:
        assert killed.stdout is not None
        for line in killed.stdout:
            if int(line) >= lines // 3:
                killed.kill()
                break
    assert killed.returncode != 0

    bordereau = read_bordereau(content, CSV_TYPE, reference="B-1")
    handler = services.recours.bordereaux
    preview = handler.preview(bordereau, provenance(9), today=TODAY)
    resumed = handler.commit(bordereau, Provenance(actor="other", trace_id="f" * 32), today=TODAY)
    assert any(line.is_new for line in resumed)
    assert any(not line.is_new for line in resumed)
    assert {line.lue.ligne: line.classe for line in resumed} == expected
    assert [line.classe for line in preview] == [line.classe for line in resumed]

    end = services.journal.position()
    again = handler.commit(bordereau, provenance(10), today=TODAY)
    assert not any(line.is_new for line in again)
    assert services.journal.position() == end

    services.projection_worker().catch_up()
    read = services.recours.bordereau("B-1")
    assert read is not None
    assert Counter(e.classe for e in read.elements) == Counter(expected.values())
    totals = balance_of(services)
    booked = sum(line.lue.montant for line in resumed if line.encaissement is not None)
    assert totals.solde.recu == booked == AGREED * (lines // len(CYCLE))
    assert totals.solde.reste == 0
    assert verify(services).faults == []


def test_two_imports_at_the_same_time_book_everything_once(services: Services) -> None:
    """The same bordereau twice, and another one about the same sinistres, all at once."""
    references = claim(services, 12)
    content, expected = bordereau_of(references, 12 * len(CYCLE))
    same = read_bordereau(content, CSV_TYPE, reference="B-1")
    rows = ["ligne;sinistre;reference_paiement;date_encaissement;montant"]
    rows += [f"{number};{reference};AUTRE-{number};2026-06-11;1,00" for number, reference in enumerate(references[:-1])]
    other = read_bordereau("\n".join(rows).encode(), CSV_TYPE, reference="B-2")

    def run(bordereau: Bordereau, number: int) -> list[LigneClassee]:
        return services.recours.bordereaux.commit(bordereau, provenance(number), today=TODAY)

    with ThreadPoolExecutor(3) as pool:
        taken = list(pool.map(run, [same, same, other], range(3)))
    assert [line.classe for line in taken[0]] == [line.classe for line in taken[1]]
    assert Counter(line.is_new for line in (*taken[0], *taken[1])) == {True: len(expected), False: len(expected)}
    services.projection_worker().catch_up()
    totals = balance_of(services)
    booked = sum(line.lue.montant for line in (*taken[0], *taken[2]) if line.encaissement is not None)
    assert totals.solde.recu == booked
    assert verify(services).faults == []
