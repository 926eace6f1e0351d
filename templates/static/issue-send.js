// Counts the audience again while it is chosen. Without scripts the button "Count again" does the same.
const form = document.querySelector("[data-audience]");
let busy = false;
let wanted = false;

// What somebody unfolded stays unfolded.
function replace(name, page) {
  const fresh = page.querySelector(`[data-live="${name}"]`);
  const shown = form.querySelector(`[data-live="${name}"]`);
  if (!fresh || !shown) return;
  const open = new Map([...shown.querySelectorAll("details")].map((part) => [part.dataset.part, part.open]));
  shown.replaceChildren(...document.importNode(fresh, true).childNodes);
  shown.querySelectorAll("details").forEach((part) => { part.open = open.get(part.dataset.part) ?? part.open; });
}

// A test mail leads back to the page with what is chosen now.
function keepChoices(page) {
  const fresh = page.querySelector("[data-test-mail]");
  document.querySelector("[data-test-mail]")?.setAttribute("action", fresh?.getAttribute("action") ?? "");
}

// One count at a time: what is chosen meanwhile is counted afterwards.
async function count() {
  wanted = true;
  if (busy) return;
  busy = true;
  while (wanted) {
    wanted = false;
    const chosen = new FormData(form);
    chosen.set("action", "count");
    try {
      const answer = await fetch(window.location.pathname, { method: "POST", body: chosen, redirect: "error", cache: "no-store" });
      const page = new DOMParser().parseFromString(await answer.text(), "text/html");
      if (!answer.ok) continue;
      ["count", "numbers"].forEach((name) => replace(name, page));
      keepChoices(page);
    } catch {
      // The server is away for a moment: the button counts.
    }
  }
  busy = false;
}

if (form) {
  form.addEventListener("change", (event) => {
    if (event.target.name !== "name") count();
  });
  form.querySelector("[data-count-button]").addEventListener("click", (event) => {
    event.preventDefault();
    count();
  });
  if (form.querySelector("[data-count-wanted]")) count();
}
