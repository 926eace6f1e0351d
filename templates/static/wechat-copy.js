// The button that copies the article for WeChat with its formatting. Without scripts it is hidden, and people select the article.
//
// <button type="button" hidden data-article="address of the HTML" data-copied="…" data-failed="…"> and [data-copy-status]

const status = document.querySelector("[data-copy-status]");

const copyByCommand = (html, plain) => {
  const put = (event) => {
    event.clipboardData.setData("text/html", html);
    event.clipboardData.setData("text/plain", plain);
    event.preventDefault();
  };
  document.addEventListener("copy", put, { once: true });
  const copied = document.execCommand("copy");
  document.removeEventListener("copy", put);
  return copied;
};

for (const button of document.querySelectorAll("button[data-article]")) {
  button.hidden = false;
  button.addEventListener("click", async () => {
    let copied = false;
    try {
      const answer = await fetch(button.dataset.article);
      if (!answer.ok || answer.redirected) throw new Error(String(answer.status));
      const html = await answer.text();
      const plain = new DOMParser().parseFromString(html, "text/html").body.textContent;
      try {
        const [rich, text] = [new Blob([html], { type: "text/html" }), new Blob([plain], { type: "text/plain" })];
        await navigator.clipboard.write([new ClipboardItem({ "text/html": rich, "text/plain": text })]);
        copied = true;
      } catch {
        copied = copyByCommand(html, plain); // the page is not served by https: the browser's own command still works
      }
    } catch {
      copied = false;
    }
    status.textContent = copied ? button.dataset.copied : button.dataset.failed;
  });
}
