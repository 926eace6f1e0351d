// A mail in a frame that is as long as the mail: only the page scrolls, not the mail in it.

export function showWhole(frame) {
  let address = "";
  const show = () => {
    const mail = frame.contentDocument?.documentElement;
    if (!mail || mail.ownerDocument.URL === "about:blank") return;
    // A link in the frame was followed. The other page begins where this one may be scrolled past.
    if (address && address !== mail.ownerDocument.URL && frame.getBoundingClientRect().top < 0) frame.scrollIntoView();
    address = mail.ownerDocument.URL;
    new ResizeObserver(([{ target }]) => { frame.height = Math.ceil(target.getBoundingClientRect().height) || frame.height; }).observe(mail);
  };
  frame.addEventListener("load", show);
  show();
}
