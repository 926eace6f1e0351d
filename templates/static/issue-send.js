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

// Other forms, and pages that lead back here, keep what is chosen now.
function keepChoices(page) {
  const chosen = page.querySelector("form[data-keeps-audience]")?.getAttribute("action") ?? "";
  document.querySelectorAll("form[data-keeps-audience]").forEach((other) => other.setAttribute("action", chosen));
  document.querySelectorAll("a[data-keeps-audience]").forEach((link) => { link.search = `${chosen}&issue=${link.dataset.keepsAudience}`; });
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
      ["count", "numbers", "bar", "earlier"].forEach((name) => replace(name, page));
      keepChoices(page);
    } catch {
      // The server is away for a moment: the button counts.
    }
  }
  busy = false;
}

// Ticks the campaigns that the warning names.
function leaveOut(numbers) {
  for (const number of numbers) {
    const box = form.querySelector(`[name=not_campaign][value="${number}"]`);
    if (!box) return false;
    box.checked = true;
    for (let part = box.closest("details"); part; part = part.parentElement.closest("details")) part.open = true;
  }
  return true;
}

if (form) {
  form.addEventListener("change", (event) => {
    if (event.target.name !== "name") count();
  });
  form.addEventListener("click", (event) => {
    const button = event.target.closest("[data-leave-out]");
    if (!button || !leaveOut(button.dataset.leaveOut.trim().split(" "))) return;
    event.preventDefault();
    form.querySelector("[name=not_campaign]:checked").focus();
    count();
  });
  form.querySelector("[data-count-button]").addEventListener("click", (event) => {
    event.preventDefault();
    count();
  });
  if (form.querySelector("[data-count-wanted]")) count();
  // After a way back, the browser fills in again what was chosen.
  window.addEventListener("pageshow", () => {
    const boxes = [...form.querySelectorAll("[type=checkbox]")].some((box) => box.checked !== box.defaultChecked);
    if (!boxes && [...form.querySelectorAll("option:checked")].every((option) => option.defaultSelected || !option.value)) return;
    count();
  });
}
