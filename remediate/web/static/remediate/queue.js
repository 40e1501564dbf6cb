// Keys of the queue: each does what a link, button or field of the page does, so that the page is whole without this.
"use strict";
(() => {
  const typing = target => target.closest("input:not([type=radio]), textarea, select") !== null;
  const write = field => { field.focus(); field.select(); };
  const press = name => {
    const found = document.querySelector(`[data-key="${name}"]:not([disabled])`);
    if (found === null) return false;
    if (found.tagName === "A") { location.assign(found.href); return true; }
    if (found.matches("input[type=text]")) { write(found); return true; }
    const why = found.form && found.form.elements.namedItem("why");
    if (why && !why.reportValidity()) return true;
    found.click();
    return true;
  };
  document.addEventListener("keydown", event => {
    if (event.ctrlKey || event.altKey || event.metaKey || event.repeat) return;
    if (typing(event.target)) {
      // Enter in a reason decides nothing: the first button would be to confirm.
      const leaves = event.key === "Escape" || (event.key === "Enter" && event.target.dataset.key);
      if (leaves) { event.preventDefault(); event.target.blur(); }
      return;
    }
    if (press(event.key)) event.preventDefault();
  });
  for (const ready of document.querySelectorAll("[data-ready]")) {
    ready.hidden = false;
    ready.addEventListener("click", event => {
      const chosen = event.target.closest("[data-fill]");
      if (chosen === null) return;
      const field = document.getElementById(ready.dataset.ready);
      field.value = chosen.dataset.fill;
      field.focus();
    });
  }
  const form = document.querySelector("form[data-once]");
  if (form !== null) form.addEventListener("submit", event => {
    if (form.dataset.once === "sent") event.preventDefault();
    form.dataset.once = "sent";
  });
  addEventListener("pageshow", () => { if (form !== null) form.dataset.once = ""; });
})();
