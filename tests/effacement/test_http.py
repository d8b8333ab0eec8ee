"""What a member who was forgotten looks like from outside: gone to portals and feeds, amounts alone to auditors."""

from infra.auth.roles import Role
from infra.bootstrap import Services
from tests.support.effacement import BASE, NUMERO, PROVENANCE, WORDS, drop, fill, found_in
from tests.support.ledger import adherent
from tests.support.serving import code_of, serving

PATHS = ("accueil", "releves/2026", "reste-a-charge", "comparatif", "decomptes/smi/SMI-2013-77", "releves/2026.csv")


def test_a_forgotten_member_is_gone_and_the_auditor_still_reads_amounts(services: Services) -> None:
    fill(services)
    drop(services)
    with serving(services.url) as served:
        base = f"/v1/adherents/{NUMERO}"
        held = served.as_(Role.ADHERENT, NUMERO)
        after = {"attendre_position": services.journal.position()}
        assert held.get(f"{base}/accueil", params=after).status_code == 200
        served.services.effacements.erase(NUMERO, base=BASE, provenance=PROVENANCE)
        for path in PATHS:
            assert code_of(served.get(f"{base}/{path}")) == (410, "adherent_efface"), path
        assert code_of(held.get(f"{base}/accueil")) == (401, "jeton_invalide"), "her tokens are revoked"
        audited = served.get(f"{base}/releves/2013", role=Role.AUDITEUR)
        assert audited.json()["totaux"]["smi"] == 900
        assert audited.json()["decomptes"][0]["lignes"][0]["libelle"] is None
        assert found_in(audited.text, WORDS[1:]) == set()
        begun = served.post(adherent(reference="AD-NOUVEAU", numero_adherent=NUMERO))
        assert code_of(begun) == (409, "inscription_effacee")
        declaration = {"numero_adherent": NUMERO, "cle": "x", "date_accident": "2026-01-01", "circonstance": "sport"}
        told = served.as_(Role.ASSIA).post("/v1/sinistres", json=declaration)
        assert code_of(told) == (410, "adherent_efface")
