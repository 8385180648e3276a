/**
 * Who has reacted to a message, and how.
 *
 * @import {Chat} from "../chat.js"
 * @import {MessageItem} from "../types.js"
 */
import { html } from "../../vendor/vendor.js";
import { number, t } from "../i18n.js";
import { whoReacted } from "../reacting.js";
import { openDialog } from "./dialog.js";

/** @param {Chat} chat @param {MessageItem} item */
export const openReactions = (chat, { reactions = [] }) =>
  openDialog({
    name: "reactions",
    title: () => t("reactions-title"),
    body: () =>
      html`<dl class="dialog-body who">${reactions.map(
        (reaction) => html`<div><dt>${reaction.emoji} ${number(reaction.count)}</dt>
        <dd>${whoReacted(chat.state, reaction)}</dd></div>`,
      )}</dl>`,
  });
