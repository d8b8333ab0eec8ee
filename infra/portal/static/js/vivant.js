// Says that a new décompte is there, without taking the page away from who reads it.

for (const place of document.querySelectorAll("[data-vivant]")) {
  const source = new EventSource(place.dataset.vivant);
  source.addEventListener("decompte", () => {
    if (place.childElementCount) return;
    const link = document.createElement("a");
    link.href = location.pathname + location.search;
    link.textContent = "Afficher";
    const said = document.createElement("p");
    said.append("Du nouveau dans vos remboursements. ", link);
    place.className = "avis";
    place.replaceChildren(said);
  });
  addEventListener("pagehide", () => source.close());
}
