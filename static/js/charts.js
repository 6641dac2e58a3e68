// A closer look at a chart: fetches Plotly when somebody asks for it, and draws what the chart says in data-chart.
(() => {
  const files = document.currentScript.dataset;
  const root = document.documentElement;
  const canvases = [...document.querySelectorAll("[data-chart]")];
  const isNarrow = matchMedia("(max-width: 40rem)");
  const { fontFamily: family } = getComputedStyle(document.body);
  const probe = document.body.appendChild(document.createElement("span"));
  probe.hidden = true;

  // The palette of theme.css, as the theme in force resolves it.
  const colour = (name, share = 1) => {
    probe.style.color = `color-mix(in srgb, var(--${name}) ${share * 100}%, transparent)`;
    const parts = getComputedStyle(probe).color.match(/[\d.]+(?:e-?\d+)?/g).map(Number);
    const [red, green, blue] = parts.slice(0, 3).map((part) => Math.round(part * 255));
    return `rgba(${red}, ${green}, ${blue}, ${parts[3] ?? 1})`;
  };

  // Plotly reads tags in labels; what people called a category is only text.
  const plain = (text) => text.replaceAll("&", "&amp;").replaceAll("<", "&lt;").replaceAll(">", "&gt;");

  const axis = (more) => ({
    fixedrange: true,
    automargin: true,
    gridcolor: colour("line"),
    zerolinecolor: colour("line-strong"),
    linecolor: colour("line"),
    ...more,
  });

  const traces = ({ kind, labels, series, currency }) =>
    series.map(({ name, tone, values }) => {
      const numbers = values.map(Number);
      const amount = `,.${values[0]?.split(".")[1]?.length ?? 0}f`; // as many decimals as the currency has
      const tint = colour(tone === "in" ? "chart-in" : "chart-out");
      if (kind === "line")
        return {
          type: "scatter", mode: labels.length > 1 ? "lines" : "markers", name, x: labels, y: numbers,
          line: { shape: "hv", width: 2.5, color: tint }, marker: { color: tint, size: 9 },
          fill: chart.from_zero === false ? "none" : "tozeroy", fillcolor: colour("chart-in", 0.12),
          hovertemplate: `%{y:${amount}} ${currency}<extra></extra>`,
        };
      if (kind === "bars")
        return {
          type: "bar", orientation: "h", name, x: numbers, y: labels, marker: { color: tint, cornerradius: 4 },
          hovertemplate: `%{y}: %{x:${amount}} ${currency}<extra></extra>`,
        };
      return {
        type: "bar", name, x: labels, y: numbers, marker: { color: tint, cornerradius: 4 },
        hovertemplate: `${name} %{y:${amount}} ${currency}<extra></extra>`,
      };
    });

  const layout = ({ kind, series }) => ({
    autosize: true,
    margin: { t: series.length > 1 ? 36 : 12, r: 12, b: 36, l: 12 },
    paper_bgcolor: "rgba(0, 0, 0, 0)",
    plot_bgcolor: "rgba(0, 0, 0, 0)",
    font: { family, size: 13, color: colour("ink-soft") },
    hoverlabel: { bgcolor: colour("surface"), bordercolor: colour("line-strong"), font: { family, color: colour("ink") } },
    hovermode: kind === "bars" ? "closest" : "x",
    dragmode: false,
    bargap: 0.35,
    bargroupgap: 0.12,
    showlegend: series.length > 1,
    legend: { orientation: "h", x: 0, y: 1.02, yanchor: "bottom", itemclick: false, itemdoubleclick: false },
    xaxis: axis(
      kind === "line"
        ? { type: "date", showgrid: false, tickformat: "%-d %b\n%Y", hoverformat: "%-d %b %Y", nticks: isNarrow.matches ? 4 : 8 }
        : kind === "bars"
          ? { type: "linear", tickformat: "~s", rangemode: "tozero", nticks: isNarrow.matches ? 4 : 8 }
          : { type: "category", showgrid: false },
    ),
    yaxis: axis(
      kind === "bars"
        ? { type: "category", autorange: "reversed", ticklabelstandoff: 8, showgrid: false }
        : { type: "linear", tickformat: ",~f", rangemode: "tozero", nticks: 6, ticklabelstandoff: 8 },
    ),
  });

  const draw = (canvas) => {
    const chart = JSON.parse(canvas.dataset.chart);
    chart.labels = chart.labels.map(plain);
    Plotly.react(canvas, traces(chart), layout(chart), { displayModeBar: false, responsive: true, showTips: false });
  };
  const drawAgain = () => canvases.forEach((canvas) => canvas.hidden || draw(canvas));

  // Plotly adds no inline style where elements with these ids are (gateway/web/charts/plotly_assets.py).
  const fetchPlotly = () =>
    new Promise((done, failed) => {
      const style = document.createElement("link");
      Object.assign(style, { rel: "stylesheet", href: files.plotlyStyle, id: "plotly.js-style-global", className: "no-inline-styles" });
      document.head.append(style);
      for (const id of files.styleIds.split(" ")) document.body.append(Object.assign(document.createElement("span"), { id, hidden: true }));
      const script = document.createElement("script");
      Object.assign(script, { src: files.plotly, onload: done, onerror: failed });
      document.head.append(script);
    });
  let fetched;

  for (const button of document.querySelectorAll("[data-explore]")) {
    const figure = button.closest("figure");
    const canvas = figure.querySelector("[data-chart]");
    button.hidden = false;
    button.addEventListener("click", async () => {
      button.setAttribute("aria-busy", "true");
      try {
        await (fetched ??= fetchPlotly());
      } catch {
        fetched = undefined;
        button.removeAttribute("aria-busy");
        return;
      }
      figure.querySelector(".chart-drawing").hidden = true;
      canvas.hidden = false;
      draw(canvas);
      button.remove();
    });
  }
  new MutationObserver(drawAgain).observe(root, { attributeFilter: ["data-bs-theme"] });
  isNarrow.addEventListener("change", drawAgain);
})();
