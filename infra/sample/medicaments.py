"""The pharmacy of the sample: boxes at invented prices, close to those of generic drugs."""

from dataclasses import dataclass

from infra.sample.actes import PH1, PH2, PH4, PH7, Acte


@dataclass(frozen=True, slots=True)
class Medicament:
    """What one buys at the pharmacy: the price of a box in cents, and how many boxes at most at a time."""

    acte: Acte
    libelle: str
    prix_boite: int
    boites_max: int


COURANTS: tuple[Medicament, ...] = (
    Medicament(PH7, "Paracétamol 1 g, 8 comprimés", 218, 3),
    Medicament(PH7, "Amoxicilline 1 g, 14 comprimés", 394, 1),
    Medicament(PH7, "Ibuprofène 400 mg, 30 comprimés", 268, 2),
    Medicament(PH7, "Prednisolone 20 mg, 20 comprimés", 312, 1),
    Medicament(PH7, "Salbutamol 100 µg, aérosol", 446, 2),
    Medicament(PH7, "Oméprazole 20 mg, 28 gélules", 385, 1),
    Medicament(PH4, "Cétirizine 10 mg, 15 comprimés", 297, 2),
    Medicament(PH4, "Diosmectite 3 g, 30 sachets", 352, 1),
    Medicament(PH4, "Acide alginique, suspension buvable", 341, 1),
    Medicament(PH2, "Phloroglucinol 80 mg, 30 comprimés", 419, 1),
    Medicament(PH2, "Troxérutine 3,5 g, 20 sachets", 560, 1),
)
CHRONIQUES: tuple[Medicament, ...] = (
    Medicament(PH7, "Amlodipine 5 mg, 90 gélules", 1_124, 1),
    Medicament(PH7, "Ramipril 5 mg, 90 comprimés", 1_287, 1),
    Medicament(PH7, "Atorvastatine 20 mg, 90 comprimés", 1_341, 1),
    Medicament(PH7, "Metformine 1 000 mg, 90 comprimés", 698, 2),
    Medicament(PH7, "Lévothyroxine 75 µg, 90 comprimés", 667, 1),
    Medicament(PH7, "Bisoprolol 2,5 mg, 90 comprimés", 1_055, 1),
    Medicament(PH7, "Apixaban 5 mg, 60 comprimés", 5_286, 1),
    Medicament(PH4, "Chondroïtine 400 mg, 84 gélules", 842, 1),
)
IRREMPLACABLES: tuple[Medicament, ...] = (
    Medicament(PH1, "Imatinib 400 mg, 30 comprimés", 28_410, 1),
    Medicament(PH1, "Ciclosporine 50 mg, 60 capsules", 9_875, 1),
)
