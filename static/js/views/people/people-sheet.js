/**
 * The people on a phone: a sheet over the page.
 *
 * @import {Chat} from "../../conversation/chat.js"
 */
import { html } from "../../../vendor/vendor.js";
import { number, t } from "../../i18n/i18n.js";
import { openDialog } from "../overlays/dialog.js";
import { PeopleList } from "./people-list.js";

/** @param {Chat} chat @param {(name: string) => void} mention   writes a person's name into the field */
export function openPeopleSheet(chat, mention) {
  const root = document.createElement("div");
  root.className = "people";
  root.setAttribute("role", "group");
  const people = new PeopleList(chat, root, (name) => {
    handle.close();
    mention(name);
  });
  const handle = openDialog({
    name: "people",
    kind: "sheet",
    title: () => t("people-title-count", { count: number(chat.state.online.count) }),
    body: () => html`${root}`,
    onClose: () => stopListening(),
  });
  people.draw(chat.state);
  const stopListening = chat.listen((state) => {
    handle.draw();
    people.draw(state);
  });
}
