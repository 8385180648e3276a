/** The list of keyboard shortcuts. */
import { html } from "../../../vendor/vendor.js";
import { COMMAND } from "../../dom/platform-keys.js";
import { t } from "../../i18n/i18n.js";
import { openDialog } from "../overlays/dialog.js";

/** Where keys hold, and what they do there. @type {[string, [string[], string][]][]} */
const PLACES = [
  [
    "keys-in-field",
    [
      [["Enter"], "keys-send"],
      [["Shift", "Enter"], "keys-break"],
      [["@"], "keys-mention"],
      [[COMMAND, "B"], "keys-bold"],
      [[COMMAND, "I"], "keys-italic"],
    ],
  ],
  [
    "keys-in-empty-field",
    [
      [["↑"], "keys-edit-last"],
      [["Shift", "↑"], "keys-up"],
    ],
  ],
  [
    "keys-on-message",
    [
      [["↑", "↓"], "keys-move"],
      [["Home", "End"], "keys-ends"],
      [["Enter"], "keys-enter"],
      [["Shift", "F10"], "keys-menu"],
      [["R"], "keys-reply"],
      [["+"], "keys-react"],
      [["E", "Del"], "keys-edit"],
      [[COMMAND, "C"], "keys-copy"],
    ],
  ],
  [
    "keys-anywhere",
    [
      [[COMMAND, "K"], "keys-rooms"],
      [[COMMAND, "Shift", "F"], "keys-search"],
      [["Esc"], "keys-escape"],
      [[COMMAND, "/"], "keys-help"],
    ],
  ],
];

export function openShortcuts() {
  return openDialog({
    name: "shortcuts",
    title: () => t("keys-title"),
    body: () => html`<div class="dialog-body shortcuts">
      ${PLACES.map(
        ([place, shortcuts]) => html`<section><h3 class="dialog-hint">${t(place)}</h3><dl>
        ${shortcuts.map(([keys, what]) => html`<div><dt>${t(what)}</dt><dd>${keys.map((key) => html`<kbd>${key}</kbd>`)}</dd></div>`)}</dl></section>`,
      )}</div>`,
  });
}
