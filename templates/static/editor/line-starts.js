// `- `, `1. ` and `> ` at the beginning of a paragraph make a list or a quotation, as in other editors. Backspace or Ctrl+Z at once gives
// the characters back. Only the key of the space does it: an input method writes what it writes.

import { Extension, Plugin, pm } from "../rich-text/editor.js";
import { every } from "./block-kinds.js";

const { PluginKey } = pm.state;
const key = new PluginKey("lineStart");
const HISTORY_STEP = "closeHistory$"; // what prosemirror-history looks for, to begin another step of undo
const SIGNS = { "-": "toggleBulletList", "1.": "toggleOrderedList", ">": "toggleBlockquote" };

// The command for what is before the cursor, if the paragraph begins with exactly that.
function commandAt({ selection: { $from, empty } }, sign) {
  const around = $from.depth ? $from.node(-1).type.name : "";
  if (!empty || $from.parent.type.name !== "paragraph" || !["doc", "blockquote", ...every("holders")].includes(around) || $from.parentOffset !== sign.length) return "";
  return $from.parent.textBetween(0, sign.length, null, "\ufffc") === sign && !(around === "blockquote" && sign === ">") ? SIGNS[sign] : "";
}

function typed(editor, view, words) {
  if (words !== " " || view.composing) return false;
  const [sign, command] = Object.keys(SIGNS).map((each) => [each, commandAt(view.state, each)]).find((pair) => pair[1]) ?? [];
  if (!command) return false;
  view.dispatch(view.state.tr.insertText(" ")); // so that undo leads back to what was typed
  const at = view.state.selection.$from.start();
  return editor.chain().command(({ tr }) => Boolean(tr.setMeta(HISTORY_STEP, true).setMeta(key, true).delete(at, at + sign.length + 1)))[command]().run();
}

export const lineStarts = Extension.create({
  name: "lineStarts",
  priority: 1100,
  addProseMirrorPlugins() {
    return [new Plugin({
      key,
      // Whether the last change made a list or a quotation, and nothing happened since.
      state: {
        init: () => false,
        apply: (tr, made) => Boolean(tr.getMeta(key)) || (made && !tr.docChanged && !tr.selectionSet),
      },
      props: { handleTextInput: (view, from, to, words) => typed(this.editor, view, words) },
    })];
  },
  addKeyboardShortcuts() {
    return { Backspace: () => Boolean(key.getState(this.editor.state)) && this.editor.commands.undo() };
  },
});
