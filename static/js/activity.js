// Filters stand open where there is room for them; the Print button appears where something can print.
(() => {
  const isWide = matchMedia("(min-width: 60rem)");
  for (const details of document.querySelectorAll("[data-open-wide]")) if (isWide.matches) details.open = true;
  for (const button of document.querySelectorAll("[data-print]")) {
    button.hidden = false;
    button.addEventListener("click", () => print());
  }
})();
