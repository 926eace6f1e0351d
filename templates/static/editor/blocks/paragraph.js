// A paragraph.

import { Paragraph } from "../../rich-text/editor.js";
import { register } from "../block-kinds.js";
import { FLOW } from "../node-making.js";

register({
  nodes: [Paragraph.extend({ group: FLOW, addAttributes() { return {}; } })],
  mayBeNothing: ["paragraph"],
});
