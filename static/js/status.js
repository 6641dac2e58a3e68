// Keeps the list of services up to date; without it the list shows how things were when the page was made.
(() => {
  const EVERY_MS = 5000;
  const list = document.querySelector("[data-services]");
  const overall = document.querySelector("[data-overall]");

  const mark = (element, isWell, text) => {
    element.classList.toggle("is-well", isWell);
    element.classList.toggle("is-away", !isWell);
    if (element.textContent.trim() !== text) element.textContent = text;
  };

  const refresh = async () => {
    if (document.hidden) return;
    let health;
    try {
      health = await (await fetch("/health", { cache: "no-store" })).json();
    } catch {
      health = { status: "degraded", services: {} };
    }
    for (const row of list.querySelectorAll("[data-service]")) {
      const isWell = health.services[row.dataset.service] === "healthy";
      mark(row.querySelector("[data-health]"), isWell, isWell ? "healthy" : "unavailable");
    }
    const isWell = health.status === "healthy";
    mark(overall, isWell, isWell ? "All services are healthy" : "Some services are unavailable");
  };

  setInterval(refresh, EVERY_MS);
})();
