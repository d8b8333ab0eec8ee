// Passkeys: the browser's answer goes into the form's hidden field, and the form is sent like any other.

const decode = (text) => Uint8Array.from(atob(text.replace(/-/g, "+").replace(/_/g, "/")), (c) => c.charCodeAt(0));

const encode = (buffer) =>
  btoa(String.fromCharCode(...new Uint8Array(buffer)))
    .replace(/\+/g, "-")
    .replace(/\//g, "_")
    .replace(/=+$/, "");

function readOptions(text) {
  const options = JSON.parse(text);
  options.challenge = decode(options.challenge);
  if (options.user) options.user.id = decode(options.user.id);
  for (const list of ["excludeCredentials", "allowCredentials"]) {
    for (const known of options[list] ?? []) known.id = decode(known.id);
  }
  return options;
}

function writeCredential(credential) {
  const given = credential.response;
  const response = { clientDataJSON: encode(given.clientDataJSON) };
  for (const name of ["attestationObject", "authenticatorData", "signature", "userHandle"]) {
    if (given[name]) response[name] = encode(given[name]);
  }
  if (given.getTransports) response.transports = given.getTransports();
  return JSON.stringify({
    id: credential.id,
    rawId: encode(credential.rawId),
    type: credential.type,
    response,
    clientExtensionResults: credential.getClientExtensionResults(),
    authenticatorAttachment: credential.authenticatorAttachment ?? undefined,
  });
}

for (const form of document.querySelectorAll("form[data-cle]")) {
  if (!window.PublicKeyCredential) continue;
  const button = form.querySelector("button");
  const fault = form.querySelector("[data-cle-erreur]");
  button.hidden = false;
  form.querySelector("[data-sans-script]").hidden = true;
  form.addEventListener("submit", async (event) => {
    if (form.elements.cle.value) return;
    event.preventDefault();
    fault.hidden = true;
    try {
      const publicKey = readOptions(form.dataset.options);
      const credential =
        form.dataset.cle === "ajout"
          ? await navigator.credentials.create({ publicKey })
          : await navigator.credentials.get({ publicKey });
      form.elements.cle.value = writeCredential(credential);
      form.submit();
    } catch {
      fault.textContent = "Votre appareil n’a pas pu utiliser cette clé d’accès. Recommencez, ou utilisez un code.";
      fault.hidden = false;
    }
  });
}
