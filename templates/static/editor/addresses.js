// Addresses that people type: without a scheme they mean https.

export function completeAddress(typed) {
  const address = typed.trim();
  return !address || /^[a-z][a-z0-9+.-]*:|^#|^\{\{/i.test(address) ? address : `https://${address}`;
}

// The document of the editor with the addresses of its buttons completed, as JSON: somebody may still be typing one.
export function withCompleteAddresses(node) {
  const found = node.content ? { ...node, content: node.content.map(withCompleteAddresses) } : node;
  return node.type === "action" ? { ...found, attrs: { ...node.attrs, href: completeAddress(node.attrs.href) } } : found;
}
