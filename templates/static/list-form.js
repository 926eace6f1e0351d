// A new list: its short name is made of the Latin letters of its name, or of Chinese words that are known, until somebody types
// another. Without scripts, and for other names, the server makes one when the form is sent.

const name = document.getElementById("id_name");
const slug = document.getElementById("id_slug");
const words = JSON.parse(document.getElementById("slug-words").textContent);
const known = new RegExp(Object.keys(words).join("|"), "g");
const slugOf = (text) => {
  const made = text.normalize("NFKD").toLowerCase().replace(/[^a-z0-9\s_-]/g, "").trim().replace(/[\s_-]+/g, "-").slice(0, 50);
  return /[a-z]/.test(made) ? made.replace(/^-+|-+$/g, "") : "";
};
const fromName = () => slugOf(name.value) || slugOf(name.value.replace(known, (word) => ` ${words[word]} `));

if (name && slug) {
  let made = slug.value === fromName() ? slug.value : null;
  name.addEventListener("input", () => {
    if (slug.value === (made ?? "")) slug.value = made = fromName();
  });
}
