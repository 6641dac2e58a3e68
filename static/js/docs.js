// Swagger UI over the bank's own description; nothing is fetched from elsewhere.
(() => {
  const root = document.documentElement;
  const followTheme = () => root.classList.toggle("dark-mode", root.dataset.bsTheme === "dark");
  followTheme();
  new MutationObserver(followTheme).observe(root, { attributeFilter: ["data-bs-theme"] });

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
  });
})();
