/**
 * The people who were online when the connection was lost, and aren't listed after it. As a rule they lost theirs at
 * the same moment, and come back in the same seconds: nobody saw them go, so that isn't told either.
 *
 * @import {State} from "../types.js"
 */

/** After a restart of the server a page is back within this time (ms): its longest delay. */
const RETURN_WITHIN = 30_000;

/** @type {Pick<State, "online" | "returning">} */
export const NOBODY_ONLINE = { online: { count: 0, people: [] }, returning: { ids: [], until: -Infinity } };

/**
 * @param {State} before
 * @param {{online: State["online"], at: number}} event   a `welcome`
 * @returns {Pick<State, "online" | "returning">}
 */
export function onlineAfter(before, { online, at }) {
  const earlier = at < before.returning.until ? before.returning.ids : [];
  const ids = [...before.online.people.map(({ id }) => id), ...earlier];
  const here = new Set(online.people.map(({ id }) => id));
  return { online, returning: { ids: ids.filter((id) => !here.has(id)), until: at + RETURN_WITHIN } };
}

/** @param {State} state @param {{id: string}} person   who has joined @param {number} at */
export const isReturning = ({ returning: { ids, until } }, { id }, at) => at < until && ids.includes(id);
