/**
 * The topic of the room in full, and the rules that are in force: for everyone.
 *
 * @import {Chat} from "../../conversation/chat.js"
 */
import { html, nothing } from "../../../vendor/vendor.js";
import { t } from "../../i18n/i18n.js";
import { ruleText } from "../../i18n/rule-texts.js";
import { moderatorExtras, useOrTell } from "../../lazy-modules.js";
import { isModerator, rulesInForce } from "../../state/rules.js";
import { linksIn, readable } from "../../text/links.js";
import { openDialog } from "../overlays/dialog.js";

/** @param {string} text @returns {unknown[]} with its links */
function linkedView(text) {
  /** @type {unknown[]} */
  const parts = [];
  let end = 0;
  for (const link of linksIn(text)) {
    const shown = readable(text.slice(link.start, link.end));
    parts.push(
      text.slice(end, link.start),
      html`<a href=${link.href} target="_blank" rel="noopener noreferrer nofollow">${shown}</a>`,
    );
    end = link.end;
  }
  return [...parts, text.slice(end)];
}

/** @param {Chat} chat */
export function openTopic(chat) {
  const change = () => {
    handle.close();
    useOrTell(moderatorExtras.moderationPanel, ({ openModeration }) => openModeration(chat));
  };
  const handle = openDialog({
    name: "topic",
    title: () => t(chat.state.rules.topic ? "topic-title" : "topic-rules"),
    body: () => {
      const { rules } = chat.state;
      const present = rulesInForce(rules);
      return html`
        <div class="dialog-body">
          ${rules.topic ? html`<p class="topic-text" dir="auto">${linkedView(rules.topic)}</p>` : nothing}
          ${present.length ? html`<ul class="topic-rules">${present.map((name) => html`<li>${ruleText(name, rules)}</li>`)}</ul>` : nothing}
          ${isModerator(chat.state) ? html`<p><button class="button-text" type="button" @click=${change}>${t("topic-change")}</button></p>` : nothing}
        </div>`;
    },
    onClose: () => stopListening(),
  });
  const stopListening = chat.listen((state, before) => {
    if (!state.rules.topic && !rulesInForce(state.rules).length) handle.close();
    else if (state.rules !== before.rules || state.role !== before.role) handle.draw();
  });
}
