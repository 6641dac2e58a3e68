// Shows a job as it goes on; without it the page refreshes itself. Only a change of stage is read aloud.
(() => {
  const EVERY_MS = 700;
  const news = document.querySelector("[data-job-news]");
  let job = document.querySelector("[data-job]");
  if (!job) return;
  const isOver = () => ["succeeded", "failed", "cancelled"].includes(job.dataset.status);
  const hideRefresh = () => job.querySelector("[data-without-script]")?.remove();
  const sleep = () => new Promise((done) => setTimeout(done, EVERY_MS));

  const follow = async () => {
    while (!isOver()) {
      await sleep();
      if (document.hidden) continue;
      let text;
      try {
        const reply = await fetch(job.dataset.job, { cache: "no-store", redirect: "error" });
        if (!reply.ok) continue;
        text = await reply.text();
      } catch {
        continue; // the bank is away for a moment
      }
      const next = new DOMParser().parseFromString(text, "text/html").querySelector("[data-job]");
      if (!next) return;
      const stage = next.querySelector("[data-stage]").textContent;
      if (stage !== job.querySelector("[data-stage]").textContent) news.textContent = stage;
      job.replaceWith(next);
      job = next;
      hideRefresh();
    }
    location.reload(); // the world beside the job has changed with it
  };

  if (isOver()) return;
  hideRefresh();
  follow();
})();
