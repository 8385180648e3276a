// Stands in for vendor.js: the same libraries, and `draws` counts how often each part of the page is rendered.
import * as libraries from "./vendor.js?real";

export * from "./vendor.js?real";

globalThis.draws = {};
const count = (name) => {
  draws[name] = (draws[name] ?? 0) + 1;
};

export const render = (view, root, options) => {
  count(root.id || root.className);
  return libraries.render(view, root, options);
};

// The composer is drawn without a library; each time it sets whether its button is off.
const { get, set } = Object.getOwnPropertyDescriptor(HTMLButtonElement.prototype, "disabled");
Object.defineProperty(HTMLButtonElement.prototype, "disabled", {
  get,
  set(value) {
    if (this.id === "send") count("composer");
    set.call(this, value);
  },
});
