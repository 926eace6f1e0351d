"""Scripts that measure a mail in the page where it is open: texts with too little contrast, and elements outside their cell."""

# Every element with its own text, and every picture that shows its alternative text because it is blocked: [its contrast to the
# nearest background, the contrast that it needs, tag, class, text].
CONTRASTS = """() => {
  const channels = (c) => c.match(/[\\d.]+/g).map(Number);
  const light = (c) => c.slice(0, 3).map((v) => v / 255)
    .map((v) => v <= 0.04045 ? v / 12.92 : ((v + 0.055) / 1.055) ** 2.4)
    .reduce((sum, v, i) => sum + v * [0.2126, 0.7152, 0.0722][i], 0);
  const ground = (e) => {
    for (; e; e = e.parentElement) {
      const c = channels(getComputedStyle(e).backgroundColor);
      if (c.length < 4 || c[3] > 0) return c;
    }
    return [255, 255, 255];
  };
  return [...document.body.querySelectorAll('*')]
    .filter((e) => [...e.childNodes].some((n) => n.nodeType === 3 && n.textContent.trim())
                   || e.tagName === 'IMG' && e.alt && e.complete && !e.naturalWidth)
    .filter((e) => e.getClientRects().length && getComputedStyle(e).display !== 'none'
                   && getComputedStyle(e).visibility !== 'hidden' && e.offsetHeight > 1)
    .map((e) => {
      const style = getComputedStyle(e), a = light(channels(style.color)), b = light(ground(e));
      const size = parseFloat(style.fontSize), big = size >= 24 || size >= 18.66 && style.fontWeight >= 700;
      return [(Math.max(a, b) + 0.05) / (Math.min(a, b) + 0.05), big ? 3 : 4.5, e.tagName,
              e.className, (e.alt ?? e.textContent).slice(0, 40)];
    });
}"""

# Elements that extend beyond the page, or beyond the cell that contains them, on either side.
OUTSIDE = """() => [...document.body.querySelectorAll('table, img, p, h1, h2, h3, h4, li, blockquote, td, a, span')]
  .filter((e) => e.getClientRects().length && e.offsetHeight > 1)
  .map((e) => [e.getBoundingClientRect(), e.parentElement.closest('td, body').getBoundingClientRect(), e])
  .filter(([r, cell]) => r.width > 1 && (r.left < cell.left - 0.5 || r.right > cell.right + 0.5))
  .map(([r, cell, e]) => [e.tagName, e.className, r.left - cell.left, r.right - cell.right, e.textContent.slice(0, 30)])"""
