/**
 * What the header has in some rooms only: the topic, or without one a rule that is in force; and for moderators the
 * way to their panel.
 *
 * @import {Chat} from "../../conversation/chat.js"
 * @import {Rules, State} from "../../types.js"
 */
import { html, nothing, render } from "../../../vendor/vendor.js";
import { t } from "../../i18n/i18n.js";
import { ruleText } from "../../i18n/rule-texts.js";
import { moderatorExtras, useOrTell } from "../../lazy-modules.js";
import { isModerator, rulesInForce } from "../../state/rules.js";
import { openTopic } from "../dialogs/topic-dialog.js";
import { icon } from "../icon.js";
import { drawKeepingFocus } from "../overlays/keep-focus.js";

const SHIELD = "M12 3.5 5 6v5.5c0 4 2.8 7.2 7 9 4.2-1.8 7-5 7-9V6Zm-3 8.25 2.25 2.25L15.25 10";

export class HeaderTopic {
  #chat;

  /** @param {Chat} chat */
  constructor(chat) {
    this.#chat = chat;
  }

  /** @param {State} state */
  draw(state) {
    // Both places are in what the header draws, which leaves them alone.
    const [bar, topic, tool] = ["bar", "topic", "moderation"].map((id) => document.getElementById(id));
    drawKeepingFocus(
      bar,
      () => {
        if (topic) render(this.#topicView(state.rules), topic);
        if (tool) render(isModerator(state) ? this.#toolView() : nothing, tool);
      },
      () => document.querySelector(".bar-rooms"), // beside them in every room
    );
  }

  /** @param {Rules} rules */
  #topicView(rules) {
    const [first] = rulesInForce(rules); // the dialog lists the others
    const text = rules.topic || (first ? ruleText(first, rules) : "");
    return text
      ? html`<button class="bar-topic" type="button" dir="auto" ?data-rule=${!rules.topic} aria-haspopup="dialog" title=${text} @click=${() => openTopic(this.#chat)}>${text}</button>`
      : nothing;
  }

  #toolView() {
    const open = () =>
      useOrTell(moderatorExtras.moderationPanel, ({ openModeration }) => openModeration(this.#chat));
    return html`<button class="button-icon" type="button" data-tool="moderation" aria-label=${t("moderation")} title=${t("moderation")} @click=${open}>${icon(SHIELD)}</button>`;
  }
}
