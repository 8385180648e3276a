/* Types of vendor.js. */
export { FluentBundle, FluentResource } from "@fluent/bundle";
export { createStore, del, entries, set } from "idb-keyval";
export { html, nothing, render } from "lit/html.js";
export { guard } from "lit/directives/guard.js";
export { repeat } from "lit/directives/repeat.js";
export { default as ReconnectingSocket } from "partysocket/ws";
