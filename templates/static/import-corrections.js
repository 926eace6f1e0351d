// The button says how many rows are corrected: fields with another text, and suggestions that are used.

for (const form of document.querySelectorAll("form[data-corrections]")) {
  const button = form.querySelector("button[type=submit]");
  const usual = button.textContent;
  const fields = [...form.querySelectorAll("input[name^='cell-']")];

  const isCorrected = (field) => {
    const text = field.value.trim();
    const box = form.querySelector(`input[name='use-${field.name.slice(5)}']`);
    return text !== "" && (text !== field.defaultValue.trim() || Boolean(box?.checked));
  };
  const count = () => {
    const number = fields.filter(isCorrected).length;
    const { one, many } = form.dataset;
    button.textContent = number === 0 ? usual : number === 1 ? one : many.replace("{number}", number);
  };
  form.addEventListener("input", count);
  window.addEventListener("pageshow", count);
  count();
}
