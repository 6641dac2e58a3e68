// Parts of a page that move by themselves: fetched anew while somebody looks. Without it they change when it is loaded again.
(() => {
  const EVERY_MS = 2000;
  const parts = () => document.querySelectorAll("[data-live-part]");
  const isMoving = () => document.querySelector("[data-live]") !== null;

  const refresh = async () => {
    if (document.hidden || !isMoving()) return;
    try {
      const reply = await fetch(location.href, { cache: "no-store", redirect: "error" });
      if (!reply.ok) return;
      const page = new DOMParser().parseFromString(await reply.text(), "text/html");
      for (const part of parts()) {
        const next = page.getElementById(part.id);
        if (next && next.outerHTML !== part.outerHTML) part.replaceWith(next);
      }
    } catch {
      // the bank is away for a moment
    }
  };
  if (isMoving()) setInterval(refresh, EVERY_MS);
})();
