// What was typed and is not saved yet, in localStorage: by account, part and page, so that it is there again after the tab was killed.
//
// Another account never reads it. It goes when it is saved, when its account signs out, and after seven days (console.js). Two tabs of
// one account do not take each other's text: each page holds a lock as long as it lives, and only text of a page that is gone comes back.

const DRAFT = "mailroom-draft:";
const PAGE = "mailroom-page"; // in sessionStorage: the page that this tab showed before, which a reload replaces
const PATIENCE = 1000; // for the lock of a page that is about to go

const page = crypto.getRandomValues(new Uint32Array(4)).join("-");
const former = sessionStorage.getItem(PAGE);

function account() { return document.querySelector("form[data-who]").dataset.who; } // that of the button "Sign out"

function locked(name, options, act) {
  return navigator.locks ? navigator.locks.request(`${DRAFT}${name}`, options, act) : Promise.resolve(act(true));
}

// Drafts of one part, in one of its two views: that of the text area, and that of the rich text editor.
export class PartDrafts {
  constructor(file, part, view = "") {
    this.place = `${DRAFT}${account()}:${location.pathname}?${file}&${part}:`;
    this.view = view;
  }

  // This page is the one that keeps drafts here from now on.
  begin() {
    try {
      sessionStorage.setItem(PAGE, page);
    } catch {
      // Without storage nothing is kept.
    }
    if (navigator.locks) locked(page, {}, () => new Promise(() => {}));
  }

  get key() { return `${this.place}${this.view}:${page}`; }

  keep(draft) { localStorage.setItem(this.key, JSON.stringify({ ...draft, at: Date.now() })); }

  remove(key = this.key) { localStorage.removeItem(key); }

  // The drafts of other pages of this part, the newest first: {key, view, page, ...draft}.
  get others() {
    return Object.keys(localStorage).filter((key) => key.startsWith(this.place) && key !== this.key).map((key) => {
      const [view, from] = key.slice(this.place.length).split(":");
      return { ...read(key), key, view, page: from };
    }).filter((draft) => draft.values).sort((one, other) => other.at - one.at);
  }

  // The draft of the page that this tab showed before; at once, because somebody may type at once.
  get ofThisTab() { return this.others.find((draft) => draft.page === former); }

  // The newest draft of a page that is gone, such as that of a tab that was killed.
  async abandoned() {
    for (const draft of this.others) {
      try {
        await locked(draft.page, { signal: AbortSignal.timeout(PATIENCE) }, () => true);
        return draft;
      } catch {
        // Its page is open in another tab.
      }
    }
    return null;
  }

  // What was chosen on the page with two texts takes the place of what this tab could not save.
  forget() { this.others.filter((draft) => draft.page === former).forEach((draft) => this.remove(draft.key)); }
}

function read(key) {
  try {
    return JSON.parse(localStorage.getItem(key)) ?? {};
  } catch {
    return {};
  }
}
