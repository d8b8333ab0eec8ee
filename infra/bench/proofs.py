"""Proofs that take long: not figures, but promises held at full size. `decompte bench --proof ID` runs one."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass

from infra.bench import proof_audit, proof_coupures, proof_kafka, proof_model, proof_preuve, proof_rebuild
from infra.bench.stand import Stand

Found = Mapping[str, float | int | str]


@dataclass(frozen=True, slots=True, kw_only=True)
class Proof:
    """A promise, at which size it is to be shown, and how: `show` raises AssertionError where it is not held."""

    id: str
    title: str
    messages: int
    show: Callable[[Stand, int], Found]


PROOFS = {
    proof.id: proof
    for proof in (
        Proof(
            id="rebuild",
            title="une reconstruction ne se voit pas : menée au bout, annulée, tuée, deux fois de suite",
            messages=1_000_000,
            show=proof_rebuild.show,
        ),
        Proof(
            id="model",
            title="le modèle reconstruit est, ligne pour ligne, celui qui a suivi le journal",
            messages=100_000,
            show=proof_model.show,
        ),
        Proof(
            id="audit",
            title="ce qui était répondu alors l'est encore, à l'octet : avec au, rejoué, après une reconstruction",
            messages=20_000,
            show=proof_audit.show,
        ),
        Proof(
            id="kafka",
            title="de Kafka chaque message une fois, vers Kafka chaque événement, quoi qu'on tue",
            messages=200_000,
            show=proof_kafka.show,
        ),
        Proof(
            id="coupures",
            title="un ouvrier coupé du courtier, puis de la base : ni perte, ni double, retour sans aide",
            messages=60_000,
            show=proof_coupures.show,
        ),
        Proof(
            id="preuve",
            title="contrôle à mémoire constante : le journal de preuve à la moitié au moins de la vitesse de lecture, "
            "les lignes de lecture à celle d'une reconstruction",
            messages=1_000_000,
            show=proof_preuve.show,
        ),
    )
}
