/** Offers desktop notices once, when somebody has written for the first time: then they wait for answers. */
import { html, render } from "../../../vendor/vendor.js";
import { announceText } from "../../alerts/announcer.js";
import { allowNotices, noticesHere } from "../../alerts/notifications.js";
import { onLanguage, t } from "../../i18n/i18n.js";
import { choose, prefs } from "../../storage/prefs.js";
import { load, save } from "../../storage/web-storage.js";
import { drawKeepingFocus } from "../overlays/keep-focus.js";
import { showToast } from "../overlays/toast.js";

const KEY = "wschat.offered";
let isOffered = false;

export function offerNotices() {
  const here = noticesHere();
  if (isOffered || load(KEY) || prefs().desktop || (here !== "ask" && here !== "ready")) return;
  isOffered = true;
  save(KEY, "notices");
  const place = document.createElement("div");
  place.className = "offer";
  place.translate = false;
  document.getElementById("composer")?.before(place);
  const stop = onLanguage(draw);

  function end() {
    stop();
    drawKeepingFocus(
      place,
      () => place.remove(),
      () => document.getElementById("field"),
    );
  }

  async function accept() {
    const allowed = await allowNotices();
    choose({ desktop: allowed });
    end();
    const isDismissed = noticesHere() === "ask"; // the browser's question was closed, and so the next visit may bring it again
    if (isDismissed) save(KEY, "");
    showToast(t(allowed ? "offer-done" : isDismissed ? "offer-dismissed" : "set-desktop-denied"));
  }

  function draw() {
    render(
      html`<p>${t("offer-notices")}</p>
        <button class="button-text" type="button" @click=${accept}>${t("offer-yes")}</button>
        <button class="button-text offer-no" type="button" @click=${end}>${t("offer-no")}</button>`,
      place,
    );
  }
  draw();
  announceText(t("offer-notices"));
}
