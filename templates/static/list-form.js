// A new list: its short name is made of the Latin letters of its name until somebody types another. A name without any needs one.
// Without scripts the server does the same when the form is sent.

const name = document.getElementById("id_name");
const slug = document.getElementById("id_slug");
const fromName = () => {
  const made = name.value.normalize("NFKD").toLowerCase().replace(/[^a-z0-9\s_-]/g, "").trim().replace(/[\s_-]+/g, "-").slice(0, 50);
  return /[a-z]/.test(made) ? made.replace(/^-+|-+$/g, "") : "";
};

if (name && slug) {
  let made = slug.value === fromName() ? slug.value : null;
  name.addEventListener("input", () => {
    if (slug.value === (made ?? "")) slug.value = made = fromName();
    slug.required = !fromName();
  });
  slug.required = Boolean(name.value) && !fromName();
}
