// Parses HTML of the clipboard without breaking the policy of the page, and without running or loading anything.

const TAG = /<[a-z](?:[^<>"']|"[^"]*"|'[^']*')*>/gi;

// The policy of the page forbids styles and handlers in attributes, also in documents that are only parsed: they get another name.
export function parsed(html) {
  const bare = html.replace(/<style\b[\s\S]*?(?:<\/style\s*>|$)/gi, "").replace(/<!--[\s\S]*?-->/g, "");
  return new DOMParser().parseFromString(bare.replace(TAG, (tag) => tag.replace(/([\s"'/])(?:style|on\w+)(?=\s*=)/gi, (found, before) => `${before}${/style$/i.test(found) ? "data-css" : "data-on"}`)), "text/html");
}
