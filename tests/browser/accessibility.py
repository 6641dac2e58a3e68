"""What axe-core finds on a page, and whether a page is wider than its window."""

from axe_playwright_python.sync_playwright import Axe
from playwright.sync_api import Page

_SCRIPT = Axe().axe_script
_RUN = """async ([only, whatIsNew]) => {
  const isShown = (one) => one.checkVisibility({ opacityProperty: true, visibilityProperty: true });
  const shown = [...document.querySelectorAll("body *")].filter(isShown);
  const fresh = shown.filter((one) => !one.hasAttribute("data-seen"));
  const where = whatIsNew ? fresh.filter((one) => !fresh.includes(one.parentElement)) : document;
  shown.forEach((one) => one.setAttribute("data-seen", ""));
  if (whatIsNew && !where.length) return [];
  const rules = { "nested-interactive": { enabled: document.querySelector("#swagger") === null } };
  const which = only ? { runOnly: only } : { rules };
  const found = await axe.run(where, { resultTypes: ["violations"], preload: false, ...which });
  return found.violations;
}"""
"""Swagger UI puts a button into a button, which nobody can change from here; everything else is ours to get right.
Style sheets are the page's own, none is fetched again."""
COLOURS = ["color-contrast", "link-in-text-block"]
"""The rules that look at colours: what the others say does not change in the dark."""
OF_THE_WIDTH = ["scrollable-region-focusable", "bypass", "landmark-one-main", "page-has-heading-one"]
"""The rules whose answer for elements that axe has seen may be another at another width."""


def violations(page: Page, only: list[str] | None = None, *, of_what_is_new: bool = False) -> list[str]:
    """What axe finds, by all its rules or `only` these; a line each with the elements.

    `of_what_is_new`: only in elements that were not shown when axe last looked at this page.
    """
    if not page.evaluate("'axe' in window"):
        page.evaluate(_SCRIPT)
    width = page.evaluate("innerWidth")
    return [
        f"{page.url} at {width}: {rule['id']}: {rule['help']}: "
        + " | ".join(f"{node['html'][:160]} ({node['failureSummary'][:240]})" for node in rule["nodes"][:3])
        for rule in page.evaluate(_RUN, [only, of_what_is_new])
    ]


def shorten_lists(page: Page) -> None:
    """Leave three of what repeats: of the same classes, inside too, so that a row with another badge stays.

    Axe takes most of its time for the contrast of rows that are all alike.
    """
    page.evaluate(
        """() => {
          for (const parent of document.querySelectorAll("main *")) {
            const seen = new Map();
            for (const child of [...parent.children]) {
              const inside = new Set([...child.querySelectorAll("*")].map((one) => one.tagName + one.classList));
              const kind = [child.tagName + child.classList, ...[...inside].sort()].join();
              seen.set(kind, (seen.get(kind) ?? 0) + 1);
              if (seen.get(kind) > 3) child.remove();
            }
          }
        }"""
    )


def too_wide(page: Page) -> list[str]:
    """The elements that stand out of the window to the right, when the page as a whole scrolls sideways."""
    return list(
        page.evaluate(
            """() => {
              const width = document.documentElement.clientWidth;
              if (document.documentElement.scrollWidth <= width) return [];
              return [...document.querySelectorAll("main *, header *, footer *")]
                .filter((one) => one.getBoundingClientRect().right > width + 1)
                .slice(0, 3).map((one) => `${location.pathname}: too wide: ${one.outerHTML.slice(0, 120)}`);
            }"""
        )
    )
