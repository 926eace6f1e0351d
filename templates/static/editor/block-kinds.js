// The kinds of blocks: what the scripts in blocks/ register. The page loads one for each kind, in the order of the menu, before
// rich-part.js, so ask for them only when the editor is made.
//
// What a kind may have:
//   nodes         its nodes in the document, as extensions of Tiptap
//   cards         name of a node -> what cardView() of card-frame.js builds for it
//   inserted      {name, content()}: its entry in the menu "Insert", and the nodes in a new one; `focusesField`: writing begins in a
//                 field of its card
//   tools         name of a button above the text -> its command, given a chain of commands
//   icons         name -> drawing, as in icons.js
//   lines         its nodes of one line, from which Enter leads to the next line; `otherLines`: the same, but not for Enter
//   placeholders  name of a node -> the key of the text that an empty one shows
//   holders       its nodes that hold paragraphs; `ends`: those that Enter in an empty last line leads out of, if not the same
//   mayBeNothing  its nodes that are not in the source while they are empty

const kinds = [];

export function register(kind) { kinds.push(kind); }

// The values of a list of all kinds.
export function every(property) { return kinds.flatMap((kind) => kind[property] ?? []); }

// The entries of an object of all kinds.
export function entries(property) { return Object.assign({}, ...kinds.map((kind) => kind[property])); }
