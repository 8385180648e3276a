/**
 * The text of a message as nodes.
 *
 * @import {ListRow, ListToken, Token} from "../../text/markup.js"
 */
import { html, nothing } from "../../../vendor/vendor.js";
import { t } from "../../i18n/i18n.js";

/** @param {Token} token */
function tokenView(token) {
  switch (token.type) {
    case "link":
      return html`<a href=${token.href} target="_blank" rel="noopener noreferrer nofollow" tabindex="-1">${token.value}</a>`;
    case "code":
      return html`<code dir="ltr">${token.value}</code>`;
    case "fence":
      return fenceView(token.value);
    case "mention":
      return html`<span class="mention">${token.value}</span>`;
    case "me":
      return html`<mark class="mention-me">${token.value}</mark>`;
    case "bold":
      return html`<strong>${textView(token.parts)}</strong>`;
    case "italic":
      return html`<em>${textView(token.parts)}</em>`;
    case "strike":
      return html`<s>${textView(token.parts)}</s>`;
    case "quote":
      return html`<blockquote dir="auto">${textView(token.parts)}</blockquote>`;
    case "list":
      return listView(token);
    default:
      return token.value;
  }
}

/** @param {string} code   the button copies it: message-buttons.js listens to the list */
const fenceView = (code) =>
  html`<div class="fence"><pre dir="ltr"><code>${code}</code></pre><button class="fence-copy" type="button" tabindex="-1" data-copy-code aria-label=${t("copy-code")} title=${t("copy-code")}><svg viewBox="0 0 24 24" fill="none" stroke="currentColor" stroke-width="1.75" stroke-linejoin="round" aria-hidden="true"><rect x="9" y="9" width="11" height="11" rx="2"></rect><path d="M5.5 15A1.5 1.5 0 0 1 4 13.5v-8A1.5 1.5 0 0 1 5.5 4h8A1.5 1.5 0 0 1 15 5.5"></path></svg></button></div>`;

/** @param {ListToken} list @returns {unknown} */
function listView({ ordered, closing, items }) {
  const rows = items.map(itemView);
  return ordered ? html`<ol data-closing=${closing}>${rows}</ol>` : html`<ul>${rows}</ul>`;
}

/** @param {ListRow} item */
const itemView = ({ value, parts, lists }) =>
  html`<li value=${value ?? nothing} dir="auto">${textView(parts)}${lists.map(listView)}</li>`;

/** @param {Token[]} parts @returns {unknown} most texts are one piece, which needs no list of nodes */
export const textView = (parts) =>
  parts.length === 1 && parts[0].type === "text" ? parts[0].value : parts.map(tokenView);
