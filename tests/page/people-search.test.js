/** The search for people on the server, and its pages. */
import "./browser.js";
import assert from "node:assert/strict";
import { test } from "node:test";
import { PeopleSearch } from "../../static/js/views/people/people-search.js";

const people = (/** @type {number} */ first, /** @type {number} */ last) =>
  Array.from({ length: last - first + 1 }, (_, n) => ({
    id: `p${first + n}`,
    name: `Участник ${first + n}`,
  }));

test("a person whom a newcomer pushes onto the next page is in the list once", async () => {
  const pages = [people(1, 200), people(200, 399)];
  const findPeople = async (/** @type {string} */ _query, /** @type {number} */ offset) => ({
    people: pages[offset / 200],
    count: 400,
    next: offset ? null : 200,
  });
  const state = { online: { people: [], count: 400 } };
  const search = await new Promise((done) => {
    const made = new PeopleSearch(/** @type {any} */ ({ state, findPeople }), () => done(made));
    made.more();
  });
  assert.deepEqual(search.found, { people: people(1, 399), next: null });
});
