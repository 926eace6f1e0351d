"""What a browser measures of a mail: overflow, broken words, contrast, the height of links, and the rules of axe."""

import re
from collections.abc import Iterator
from typing import Any

from tests.support.axe import WCAG, axe_faults
from tests.support.mail_measures import CONTRASTS, OUTSIDE

LEAST_HEIGHT = 24  # CSS pixels of a link outside of a sentence: WCAG 2.2, success criterion 2.5.8

# [word, tag and class] of each word that is on two lines though it fits on one. A word ends where a line may end: at spaces,
# hyphens, soft hyphens, and Chinese characters. Its line is that of its cell. But a narrow cell of a layout table is no reason to
# break a word: there, its line is the whole text column.
BROKEN_WORDS = r"""() => {
  const broken = [], walk = document.createTreeWalker(document.body, NodeFilter.SHOW_TEXT), range = document.createRange();
  const inside = (e) => {
    const style = getComputedStyle(e);
    return e.clientWidth - parseFloat(style.paddingLeft) - parseFloat(style.paddingRight);
  };
  const column = (e) => {
    while (getComputedStyle(e).display.startsWith('inline')) e = e.parentElement;
    const cell = e.closest('td'), text = e.closest('div');
    return e.closest('table.data') || !cell || !text || cell.contains(text) || inside(cell) >= NARROW ? e : text;
  };
  while (walk.nextNode()) {
    const node = walk.currentNode, parent = node.parentElement;
    if (!parent.checkVisibility() || parent.offsetHeight <= 1) continue;
    for (const word of node.data.matchAll(/[^\s\-‐–—?\u200b\u00ad\p{sc=Han}\u3000-\u303f\uff00-\uffef]+/gu)) {
      // Chromium counts the hyphen that it draws at a soft hyphen to the first character of the next line.
      const start = word.index + (node.data[word.index - 1] === '\u00ad' ? 1 : 0);
      range.setStart(node, start); range.setEnd(node, word.index + word[0].length);
      const rects = [...range.getClientRects()].filter((r) => r.width > 0);
      if (!rects.some((r) => Math.abs(r.top - rects[0].top) > 4)) continue;
      const width = rects.reduce((sum, r) => sum + r.width, 0);
      const where = parent.tagName.toLowerCase() + [...parent.classList].map((name) => '.' + name).join('');
      if (width <= inside(column(parent))) broken.push([word[0], where]);
    }
  }
  return broken;
}""".replace("NARROW", "200")

# [height, text] of each link that is not part of a sentence: nothing else but links is in its line of text.
LINK_HEIGHTS = r"""() => [...document.querySelectorAll('a[href]')]
  .filter((e) => e.checkVisibility() && e.getClientRects().length)
  .filter((e) => {
    let block = e.parentElement;
    while (getComputedStyle(block).display.startsWith('inline')) block = block.parentElement;
    const rest = block.cloneNode(true);
    for (const other of rest.querySelectorAll('a[href], h1, h2, h3, p, table, ul, div')) other.remove();
    return !/[\p{L}\p{N}]{2}/u.test(rest.textContent);
  })
  .map((e) => {
    const rects = [e, ...e.querySelectorAll('*')].flatMap((inside) => [...inside.getClientRects()]);
    return [Math.max(...rects.map((r) => r.bottom)) - Math.min(...rects.map((r) => r.top)),
            e.textContent.trim() || e.querySelector('img')?.alt || e.href];
  })"""

# [width, height, text] of each picture that has an alternative text.
BLOCKED = """() => [...document.images].filter((e) => e.alt && e.checkVisibility())
  .map((e) => [e.offsetWidth, e.offsetHeight, parseFloat(getComputedStyle(e).fontSize), e.alt])"""
_NARROWEST, _SMALLEST_TYPE = 60, 12  # CSS pixels


def bare(html: str) -> str:
    """Returns the mail without style blocks, as mail clients show it that drop them."""
    return re.sub(r"<style.*?</style>", "", html, flags=re.DOTALL)


def layout_faults(page: Any, width: int) -> Iterator[str]:
    """Yields what is wrong with the layout at this width, which the page has already."""
    scrolled = page.evaluate("document.documentElement.scrollWidth")
    if scrolled > width:
        yield "overflow: the mail is wider than the screen"
    for tag, kind, _left, _right, text in page.evaluate(OUTSIDE):
        yield f"outside of its cell: {_named(tag, kind)}: {' '.join(text.split())!r}"
    for word, where in page.evaluate(BROKEN_WORDS):
        yield f"broken word: {word!r} in {where}"
    for height, text in page.evaluate(LINK_HEIGHTS):
        if height < LEAST_HEIGHT - 0.5:
            yield f"low link: {height:.0f} px: {' '.join(text.split())[:60]!r}"


def colour_faults(page: Any) -> Iterator[str]:
    """Yields texts with too little contrast, also the alternative texts of blocked pictures."""
    for ratio, least, tag, kind, text in page.evaluate(CONTRASTS):
        if ratio < least:
            yield f"contrast {ratio:.2f}, needs {least}: {_named(tag, kind)}: {' '.join(text.split())!r}"


def picture_faults(page: Any) -> Iterator[str]:
    """Yields pictures whose alternative text cannot be seen while they are blocked."""
    for width, height, size, alt in page.evaluate(BLOCKED):
        if height < size or width < _NARROWEST or size < _SMALLEST_TYPE:
            yield f"alternative text not visible: {width} × {height} px, type of {size:.0f} px: {alt!r}"


def rule_faults(page: Any) -> Iterator[str]:
    for fault in axe_faults(page, WCAG):
        yield f"axe {' '.join(fault.split())[:300]}"


def _named(tag: str, kind: str) -> str:
    return tag.lower() + (f".{kind.replace(' ', '.')}" if kind else "")
