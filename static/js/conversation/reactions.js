/**
 * Reactions: whose they are, and one's own.
 *
 * @import {Chat} from "./chat.js"
 * @import {MessageItem, Reaction, State} from "../types.js"
 */
import { isolate, list, number, t } from "../i18n/i18n.js";
import { itemsOf } from "../state/timeline.js";

/** @typedef {{message: MessageItem, epoch: string | undefined, chat: Chat}} ReactedTo   see `Target` */

/** Reactions that the menu offers at once. */
export const QUICK = ["👍", "❤️", "😂", "🎉", "😮", "😢"];

/** @param {State} state @returns {Map<string | undefined, string>} names of the people that the page knows */
function namesIn({ timeline, online, me }) {
  const authors = itemsOf(timeline).flatMap((item) => (item.kind === "message" ? [item.from] : []));
  return new Map(
    [...authors, ...online.people, { id: me?.id, name: t("people-you") }].map((each) => [each.id, each.name]),
  );
}

/** @param {State} state @param {Reaction} reaction @returns {string} «вы, Анна и ещё 3» */
export function whoReacted(state, { people, count }) {
  const names = namesIn(state);
  const known = people.flatMap((id) => names.get(id) ?? []);
  const rest = count - known.length;
  if (!rest) return list(known);
  if (!known.length) return t("people-count", { n: count, count: number(count) });
  return t("and-more", { names: known.map(isolate).join(", "), count: number(rest) });
}

/** @param {ReactedTo} target @param {string} emoji   of the person's own, which is added or taken back */
export function toggleReaction({ message: { seq = 0, reactions = [] }, epoch, chat }, emoji) {
  const isOn = hasReacted(chat.state, reactions, emoji);
  chat.change({ kind: "react", seq, epoch, emoji, on: !isOn });
}

/**
 * @param {State} state
 * @param {Reaction[]} reactions
 * @param {string} emoji
 * @returns {boolean} whether the person has reacted so
 */
export const hasReacted = ({ me }, reactions, emoji) =>
  reactions.some((each) => each.emoji === emoji && each.people.includes(me?.id ?? ""));
