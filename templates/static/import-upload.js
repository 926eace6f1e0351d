// Sends the files with their progress. Without this script the browser sends the form itself.
"use strict";

const MOST = 100 * 10 ** 6;

function send(event) {
  const form = event.currentTarget;
  const state = form.querySelector(".upload-state");
  const [bar, text, button] = [state.querySelector("progress"), state.querySelector("[data-text]"), form.querySelector("[type=submit]")];
  const size = [...form.querySelector("[type=file]").files].reduce((sum, file) => sum + file.size, 0);
  event.preventDefault();
  state.hidden = false;
  if (size > MOST) {
    bar.hidden = true;
    text.textContent = form.dataset.large;
    return;
  }
  const fail = () => {
    text.textContent = form.dataset.failed;
    button.disabled = false;
  };
  const request = new XMLHttpRequest();
  button.disabled = true;
  bar.hidden = false;
  request.upload.addEventListener("progress", ({ loaded, total }) => {
    bar.value = total ? Math.round((100 * loaded) / total) : 0;
    text.textContent = form.dataset.sending.replace("{percent}", bar.value);
  });
  request.addEventListener("load", () => {
    const page = new DOMParser().parseFromString(request.responseText, "text/html");
    if (request.status === 200) location.assign(request.responseURL);
    else if (request.status === 422 && page.querySelector("main")) {
      document.querySelector("main").replaceWith(document.adoptNode(page.querySelector("main")));
      begin();
    } else fail();
  });
  request.addEventListener("error", fail);
  request.open("POST", form.action);
  request.send(new FormData(form));
}

function begin() {
  document.querySelector("form[data-upload]")?.addEventListener("submit", send);
}

begin();
