/** The list of keys. */
import { html } from "../../vendor/vendor.js";
import { t } from "../i18n.js";
import { openDialog } from "./dialog.js";

/** @type {[string[], string][]} */
const KEYS = [
  [["Enter"], "keys-send"],
  [["Shift", "Enter"], "keys-break"],
  [["@"], "keys-mention"],
  [["↑"], "keys-up"],
  [["↑", "↓"], "keys-move"],
  [["Home", "End"], "keys-ends"],
  [["Enter"], "keys-enter"],
  [["Esc"], "keys-escape"],
  [["?"], "keys-help"],
];

export function openKeys() {
  return openDialog({
    name: "keys",
    title: () => t("keys-title"),
    body: () => html`<dl class="dialog-body keys">
      ${KEYS.map(([keys, what]) => html`<div><dt>${t(what)}</dt><dd>${keys.map((key) => html`<kbd>${key}</kbd>`)}</dd></div>`)}</dl>`,
  });
}
