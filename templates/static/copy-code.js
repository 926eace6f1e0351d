// A button that copies a text, and a text that is selected as a whole when it gets the focus. Without scripts it is selected by hand.
//
// <textarea readonly data-copy="Copy" data-copied="Copied">

for (const text of document.querySelectorAll("textarea[data-copy]")) {
  const button = document.createElement("button");
  const said = document.createElement("span");
  button.type = "button";
  button.textContent = text.dataset.copy;
  said.setAttribute("role", "status");
  said.className = "quiet";
  text.addEventListener("focus", () => text.select());
  button.addEventListener("click", async () => {
    try {
      await navigator.clipboard.writeText(text.value);
    } catch {
      text.focus(); // the page is not served by https: the browser's own command still works
      text.select();
      document.execCommand("copy");
    }
    said.textContent = text.dataset.copied;
  });
  const line = document.createElement("p");
  line.className = "actions";
  line.append(button, " ", said);
  text.after(line);
}
