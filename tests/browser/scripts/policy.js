// Gathers what the page's policy blocked, before the page's own scripts run.
addEventListener("securitypolicyviolation", (event) => {
  globalThis.blocked ??= [];
  globalThis.blocked.push(
    `${event.violatedDirective} ${event.blockedURI} ${event.sourceFile}:${event.lineNumber}`,
  );
});
