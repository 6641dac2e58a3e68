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

  // The same words as facts_line in templates/_services.html.
  const factsLine = (facts) => {
    if (!facts) return "";
    const times = facts.response_times;
    const said = [times ? `Median ${times.p50_ms} ms, 95 % within ${times.p95_ms} ms` : "No requests in the last minutes"];
    if (facts.restarts) said.push(`started again ${facts.restarts} ${facts.restarts === 1 ? "time" : "times"}`);
    if (facts.lag?.events) said.push(`${facts.lag.events.toLocaleString("en")} events behind`);
    return said.join(" · ");
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
      const facts = row.querySelector("[data-facts]");
      if (facts) facts.textContent = factsLine(health.facts?.[row.dataset.service]);
      mark(row.querySelector("[data-health]"), isWell, isWell ? "healthy" : "unavailable");
    }
    const isWell = health.status === "healthy";
    mark(overall, isWell, isWell ? "All services are healthy" : "Some services are unavailable");
  };

  setInterval(refresh, EVERY_MS);
})();
