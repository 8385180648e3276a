/**
 * Who is muted or removed, and what was done last: two lists of the room's panel.
 *
 * @import {Act, Bar, ModerationRecord} from "../../conversation/moderator-acts.js"
 * @import {Person} from "../../types.js"
 */
import { html, nothing, repeat } from "../../../vendor/vendor.js";
import { interval, momentOf } from "../../i18n/durations.js";
import { isolate, t } from "../../i18n/i18n.js";
import { barredText } from "../../i18n/moderation-texts.js";

/**
 * @param {ModerationRecord | null | undefined} record
 * @returns {string} why there is nothing to show, or ""
 */
const obstacle = (record) => (record ? "" : t(record === null ? "moderation-failed" : "history-loading"));

/** @param {string} text */
const noteView = (text) => html`<p class="dialog-hint">${text}</p>`;

/**
 * @param {Bar} bar
 * @param {number} at   when the server said so (ms since the page was opened)
 * @returns {string} «вход закрыт до 14:05»
 */
function barText({ act, seconds }, at) {
  if (!seconds) return t(`barred-${act}-good`);
  const end = new Date(Date.now() + seconds * 1000 - (performance.now() - at));
  return t(`barred-${act}`, { when: momentOf(end) });
}

/** @param {{reason?: string}} record   the operator may give one */
const reasonView = ({ reason }) => (reason ? html` · <bdi>${reason}</bdi>` : nothing);

/** @param {ModerationRecord | null | undefined} record @param {(person: Person) => unknown} letIn */
export function barredView(record, letIn) {
  if (!record) return noteView(obstacle(record));
  if (!record.barred.length) return noteView(t("moderation-barred-none"));
  /** @type {Map<string, Bar[]>} */
  const byPerson = new Map();
  for (const bar of record.barred) byPerson.set(bar.person.id, [...(byPerson.get(bar.person.id) ?? []), bar]);
  // Each has a button of their own: a second press never reaches the next person.
  const rows = repeat(
    byPerson,
    ([id]) => id,
    ([, bars]) => rowView(bars, record.at, letIn),
  );
  return html`<ul class="moderation-list">${rows}</ul>`;
}

/** @param {Bar[]} bars   of one person @param {number} at @param {(person: Person) => unknown} letIn */
function rowView(bars, at, letIn) {
  const [{ person }] = bars;
  return html`
    <li class="moderation-row">
      <div class="moderation-what"><bdi class="moderation-name">${person.name}</bdi>${bars.map((bar) => html`<span class="moderation-note">${barText(bar, at)}${reasonView(bar)}</span>`)}</div>
      <button class="button button-plain" type="button" aria-label=${t("moderation-let-in-name", { name: isolate(person.name) })} @click=${() => letIn(person)}>${t("moderation-let-in")}</button>
    </li>`;
}

/** @param {Act} act @returns {string} what was done, without who did it */
export function actText({ act, person, seconds = 0, on }) {
  if (act === "mute" || act === "remove" || act === "erase")
    return barredText(act, person?.name ?? "", seconds);
  const name = person ? isolate(person.name) : "";
  const isOn = String(on ?? (act === "slow" ? seconds > 0 : true));
  return t(`act-${act}`, { name, on: isOn, time: interval(seconds) });
}

/** @param {ModerationRecord | null | undefined} record */
export function actsView(record) {
  if (!record) return noteView(obstacle(record));
  if (!record.acts.length) return noteView(t("moderation-acts-none"));
  return html`<ol class="moderation-list">${record.acts.map(
    (act) => html`
      <li class="moderation-row"><div class="moderation-what"><span>${actText(act)}</span>
        <span class="moderation-note"><bdi>${act.by?.name ?? nothing}</bdi> · <time datetime=${act.time}>${momentOf(new Date(act.time))}</time>${reasonView(act)}</span></div></li>`,
  )}</ol>`;
}
