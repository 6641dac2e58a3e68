// Buttons that copy what stands beside them. Without JavaScript, or where copying is forbidden, they stay hidden.
(() => {
  if (!navigator.clipboard) return;
  for (const button of document.querySelectorAll("[data-copy]")) {
    const label = button.querySelector("[data-copy-label]");
    const status = button.parentElement.querySelector("[data-copy-status]");
    const before = label.textContent;
    button.hidden = false;
    button.addEventListener("click", async () => {
      try {
        await navigator.clipboard.writeText(button.dataset.copy);
        label.textContent = status.textContent = "Copied";
      } catch {
        status.textContent = "Copying is not allowed here";
      }
      setTimeout(() => {
        label.textContent = before;
        status.textContent = "";
      }, 2500);
    });
  }
})();
