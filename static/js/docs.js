// Swagger UI over the bank's own description; nothing is fetched from elsewhere.
(() => {
  const root = document.documentElement;
  const followTheme = () => root.classList.toggle("dark-mode", root.dataset.bsTheme === "dark");
  followTheme();
  new MutationObserver(followTheme).observe(root, { attributeFilter: ["data-bs-theme"] });

  // The filter looks at what people know of a call, its path and what it does, where Swagger's own looks at tags alone.
  const findCalls = (tags, typed) => {
    const wanted = typed.trim().toLowerCase();
    const has = (text) => (text ?? "").toLowerCase().includes(wanted);
    const fits = (call) =>
      has(call.get("path")) || has(call.getIn(["operation", "summary"])) || has(call.getIn(["operation", "operationId"]));
    return tags
      .map((tag, name) => (has(name) ? tag : tag.set("operations", tag.get("operations").filter(fits))))
      .filter((tag) => tag.get("operations").size);
  };

  const target = document.querySelector("#swagger");
  SwaggerUIBundle({
    domNode: target,
    url: target.dataset.description,
    deepLinking: true,
    docExpansion: "list",
    filter: true,
    persistAuthorization: false,
    tryItOutEnabled: true,
    validatorUrl: null,
    defaultModelsExpandDepth: 0,
    plugins: [() => ({ fn: { opsFilter: findCalls } })],
  });

  // Swagger UI leaves some fields without a name for whoever cannot see what stands beside them.
  const names = [
    ["#servers", "Server"],
    [".examples-select-element", "Example"],
    [".content-type", "Content type"],
    [".body-param__text", "Request body"],
    [".operation-filter-input", "Find a call"],
    ["td select, td textarea", "Value"],
  ];
  const nameFields = () => {
    for (const [selector, name] of names)
      for (const field of target.querySelectorAll(selector)) if (!field.hasAttribute("aria-label")) field.setAttribute("aria-label", name);
    target.querySelector(".info h1")?.setAttribute("aria-level", "2"); // the page has its own heading
    const filter = target.querySelector(".operation-filter-input");
    if (filter && filter.placeholder !== "Find a call: transfer, /accounts ...") filter.placeholder = "Find a call: transfer, /accounts ...";
  };
  new MutationObserver(nameFields).observe(target, { childList: true, subtree: true });
})();
