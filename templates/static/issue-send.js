// Counts the audience again while it is chosen. Without scripts the button "Count again" does the same.
const form = document.querySelector("[data-audience]");
let busy = false;
let wanted = false;

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
      const fresh = page.querySelector('[data-live="count"]');
      if (answer.ok && fresh) form.querySelector('[data-live="count"]').replaceChildren(...document.importNode(fresh, true).childNodes);
    } catch {
      // The server is away for a moment: the button counts.
    }
  }
  busy = false;
}

if (form) {
  form.addEventListener("change", (event) => {
    if (["list", "segment", "sender"].includes(event.target.name)) count();
  });
  form.querySelector("[data-count-button]").addEventListener("click", (event) => {
    event.preventDefault();
    count();
  });
}
