// Keys of the queue: each does what a link or button of the page does, so that the page is whole without this.
"use strict";
(() => {
  const typing = target => target.closest("input:not([type=radio]), textarea, select") !== null;
  const press = name => {
    const found = document.querySelector(`[data-key="${name}"]:not([disabled])`);
    if (found === null) return false;
    if (found.tagName === "A") { location.assign(found.href); return true; }
    const why = found.form && found.form.elements.namedItem("why");
    if (why && !why.reportValidity()) return true;
    found.click();
    return true;
  };
  document.addEventListener("keydown", event => {
    if (event.ctrlKey || event.altKey || event.metaKey || event.repeat) return;
    if (typing(event.target)) {
      if (event.key === "Escape") event.target.blur();
      return;
    }
    if (press(event.key)) event.preventDefault();
  });
  const form = document.querySelector("form[data-once]");
  if (form !== null) form.addEventListener("submit", event => {
    if (form.dataset.once === "sent") event.preventDefault();
    form.dataset.once = "sent";
  });
  addEventListener("pageshow", () => { if (form !== null) form.dataset.once = ""; });
})();
