// Passkeys: asks the browser to create or to use one, and posts its answer. The options are in an attribute of the form or, on
// the sign-in page, come from the server when the button is pressed. A page without scripts offers the other ways.
"use strict";

const bytesOf = (text) => Uint8Array.from(atob(text.replace(/-/g, "+").replace(/_/g, "/")), (letter) => letter.charCodeAt(0));
const textOf = (buffer) =>
  btoa(String.fromCharCode(...new Uint8Array(buffer))).replace(/\+/g, "-").replace(/\//g, "_").replace(/=+$/, "");

function optionsOf(found) {
  const options = { ...found.publicKey, challenge: bytesOf(found.publicKey.challenge) };
  if (options.user) options.user = { ...options.user, id: bytesOf(options.user.id) };
  for (const list of ["allowCredentials", "excludeCredentials"]) {
    if (options[list]) options[list] = options[list].map((each) => ({ ...each, id: bytesOf(each.id) }));
  }
  return { publicKey: options };
}

function answerOf(credential) {
  const response = {};
  for (const part of ["clientDataJSON", "attestationObject", "authenticatorData", "signature", "userHandle"]) {
    if (credential.response[part]) response[part] = textOf(credential.response[part]);
  }
  return {
    id: credential.id,
    rawId: textOf(credential.rawId),
    type: credential.type,
    response,
    clientExtensionResults: credential.getClientExtensionResults(),
  };
}

async function ask(form) {
  let found = form.dataset.options && JSON.parse(form.dataset.options);
  if (!found) {
    const answer = await fetch(form.action, { redirect: "error", cache: "no-store" });
    if (!answer.ok) throw new Error(`status ${answer.status}`);
    found = await answer.json();
  }
  const creates = form.dataset.passkey === "create";
  const credential = await navigator.credentials[creates ? "create" : "get"](optionsOf(found));
  form.elements.credential.value = JSON.stringify(answerOf(credential));
  form.submit();
}

for (const form of document.querySelectorAll("form[data-passkey]")) {
  const failed = form.querySelector(".failed");
  if (!window.PublicKeyCredential) {
    form.querySelector(".unsupported").hidden = false;
    continue;
  }
  for (const each of form.querySelectorAll(".with-script")) each.hidden = false;
  form.addEventListener("submit", async (event) => {
    event.preventDefault();
    failed.hidden = true;
    const button = form.querySelector("button");
    button.disabled = true;
    try {
      await ask(form);
    } catch {
      // Cancelled, timed out, or no passkey for this address: the person may try again.
      failed.hidden = false;
      setTimeout(() => { button.disabled = false; button.focus(); }); // after console.js, which disables it
    }
  });
}
