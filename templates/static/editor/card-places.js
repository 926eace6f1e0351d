// Where a new card goes: behind the block of a position, or in place of it if that is an empty paragraph.

// Returns the range {from, to} that the card takes. `type`: its node type.
export function placeFor($at, type) {
  let depth = $at.depth;
  while (depth > 0 && !allows($at.node(depth - 1), $at.index(depth - 1) + 1, type)) depth -= 1;
  if (!depth) return { from: $at.doc.content.size, to: $at.doc.content.size };
  const block = $at.node(depth);
  const isEmpty = block.type.name === "paragraph" && !block.content.size;
  return { from: isEmpty ? $at.before(depth) : $at.after(depth), to: $at.after(depth) };
}

function allows(parent, index, type) { return parent.canReplaceWith(index, index, type); }
