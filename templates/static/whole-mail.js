// A mail in a frame that is as long as the mail: only the page scrolls, not the mail in it.

export function showWhole(frame) {
  const show = () => {
    const mail = frame.contentDocument?.documentElement;
    if (!mail || mail.ownerDocument.URL === "about:blank") return;
    new ResizeObserver(([{ target }]) => { frame.height = Math.ceil(target.getBoundingClientRect().height) || frame.height; }).observe(mail);
  };
  frame.addEventListener("load", show);
  show();
}
