// The totals of the bank each second, as the server tells them. Without it the page is a still picture.
(() => {
  const page = document.getElementById("live");
  const state = document.getElementById("live-state");
  const numbers = new Intl.NumberFormat("en");
  const days = new Intl.DateTimeFormat("en-GB", { dateStyle: "medium", timeStyle: "medium" });
  const grouped = (amount) => {
    const [whole, fraction] = amount.split(".");
    return numbers.format(BigInt(whole)) + (fraction === undefined ? "" : `.${fraction}`);
  };
  const say = (element, text) => {
    if (element && element.textContent !== text) element.textContent = text;
  };
  const setState = (text, isGood) => {
    say(state, text);
    state.classList.toggle("is-good", isGood);
    state.classList.toggle("is-warned", !isGood);
  };

  const show = (now) => {
    for (const tile of page.querySelectorAll("[data-live-number]")) say(tile, numbers.format(now[tile.dataset.liveNumber]));
    const most = Math.max(...now.bars, 1);
    page.querySelectorAll(".live-bars rect").forEach((bar, at) => {
      const height = (38 * now.bars[at]) / most;
      bar.setAttribute("y", 41 - height);
      bar.setAttribute("height", height);
    });
    page.querySelectorAll("[data-live-bar]").forEach((item, at) => say(item, numbers.format(now.bars[at])));
    say(page.querySelector("[data-live-most]"), numbers.format(Math.max(...now.bars)));
    for (const row of now.volume) {
      const shown = page.querySelector(`[data-live-currency="${row.currency}"]`);
      if (!shown) return location.reload(); // the first money in this currency
      for (const cell of shown.querySelectorAll("[data-live-of]")) {
        const value = row[cell.dataset.liveOf];
        say(cell, typeof value === "string" ? grouped(value) : numbers.format(value));
      }
    }
    say(page.querySelector("[data-live-time]"), days.format(new Date(now.bank_time)));
    say(page.querySelector("[data-live-at]"), days.format(new Date(now.at)));
    setState("Live", true);
  };

  let stream;
  const watch = () => {
    if (document.hidden || stream) return;
    stream = new EventSource(page.dataset.events);
    stream.addEventListener("totals", (event) => show(JSON.parse(event.data)));
    stream.addEventListener("error", () => {
      setState("Connecting again", false);
      if (stream.readyState === EventSource.CLOSED) {
        stream = undefined;
        setTimeout(watch, 5000);
      }
    });
  };
  // Whoever does not look costs the bank nothing.
  document.addEventListener("visibilitychange", () => {
    if (document.hidden && stream) {
      stream.close();
      stream = undefined;
    } else watch();
  });
  watch();
})();
