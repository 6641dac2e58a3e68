// Makes forms pleasant; each works without it too. What moves money is safe from doubles by its key, not by this.
(() => {
  for (const form of document.querySelectorAll("form[data-once]")) {
    form.addEventListener("submit", (event) => {
      if (form.dataset.sent) {
        event.preventDefault();
        return;
      }
      form.dataset.sent = "yes";
      // A page that was itself sent for, such as a review, is one to go Back to: its form, begun anew.
      if (form.method === "post") history.replaceState(null, "", location.href);
      for (const button of form.querySelectorAll("button[type=submit]")) button.setAttribute("aria-busy", "true");
    });
  }
  // A page taken out of the browser's memory may be sent again.
  addEventListener("pageshow", () => {
    for (const form of document.querySelectorAll("form[data-sent]")) {
      delete form.dataset.sent;
      for (const button of form.querySelectorAll("button")) button.removeAttribute("aria-busy");
    }
  });
  for (const menu of document.querySelectorAll("[data-menu]")) {
    document.addEventListener("click", (event) => {
      if (!menu.contains(event.target)) menu.open = false;
    });
    menu.addEventListener("focusout", (event) => {
      if (event.relatedTarget && !menu.contains(event.relatedTarget)) menu.open = false;
    });
    menu.addEventListener("keydown", (event) => {
      if (event.key !== "Escape") return;
      menu.open = false;
      menu.querySelector("summary").focus();
    });
  }
  // A quote counts down from when the page came, as the two clocks may differ; the time it ends at is on the page.
  for (const quote of document.querySelectorAll("[data-until]")) {
    const end = performance.now() + Date.parse(quote.dataset.until) - Date.parse(quote.dataset.since);
    const tick = () => {
      const seconds = Math.max(0, Math.ceil((end - performance.now()) / 1000));
      quote.textContent = seconds ? `Valid for ${seconds} s` : "No longer valid: confirm for a new quote";
      if (seconds) setTimeout(tick, 1000);
    };
    tick();
  }
  document.querySelector("[aria-invalid]")?.focus();
})();
