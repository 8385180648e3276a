/**
 * The people on a phone: a sheet over the talk.
 *
 * @import {Chat} from "../chat.js"
 */
import { html } from "../../vendor/vendor.js";
import { number, t } from "../i18n.js";
import { openDialog } from "./dialog.js";
import { peopleView } from "./people.js";

/** @param {Chat} chat */
export async function openPeopleSheet(chat) {
  const root = document.createElement("div");
  root.className = "people";
  const people = peopleView(chat, root);
  /** @type {() => void} */
  let end = () => undefined;
  const handle = await openDialog({
    name: "people",
    kind: "sheet",
    title: () => t("people-title-count", { count: number(chat.state.online.count) }),
    body: () => html`${root}`,
    onClose: () => end(),
  });
  people.draw(chat.state);
  end = chat.listen((state) => {
    handle.draw();
    people.draw(state);
  });
}
