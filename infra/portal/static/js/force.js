// How solid a new password is, while it is typed. The page judges it again when it is sent.

const WORDS = ["Très faible", "Faible", "Moyenne", "Bonne", "Très bonne"];
const WAIT_MILLISECONDS = 400;

for (const place of document.querySelectorAll("[data-force]")) {
  const form = place.closest("form");
  const field = form.elements.nouveau;
  const meter = place.querySelector("meter");
  const text = place.querySelector("[data-force-texte]");
  let timer = 0;
  let asked = 0;

  async function estimate() {
    const mine = ++asked;
    if (!field.value) {
      place.hidden = true;
      return;
    }
    const body = new URLSearchParams({ csrf: form.elements.csrf.value, nouveau: field.value });
    const answer = await fetch(place.dataset.force, { method: "POST", body }).catch(() => null);
    if (mine !== asked || !answer?.ok) return;
    const found = await answer.json();
    meter.value = found.score;
    text.textContent = [WORDS[found.score] + (found.admis ? " : admis." : " : pas encore admis."), ...found.conseils].join(" ");
    place.hidden = false;
  }

  field.addEventListener("input", () => {
    clearTimeout(timer);
    timer = setTimeout(estimate, WAIT_MILLISECONDS);
  });
}
