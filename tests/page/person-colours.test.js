import assert from "node:assert/strict";
import { describe, test } from "node:test";

import { HUES, Hues } from "../../static/js/views/people/person-colours.js";

const people = (/** @type {string[]} */ ...names) => names.map((name) => ({ id: name, name }));

describe("the colour of a person", () => {
  test("goes with the name, whatever its case and its form", () => {
    const hues = new Hues();
    assert.equal(hues.of("Алёна"), hues.of("АЛЕНА"));
    assert.equal(hues.of("José"), hues.of("Jose\u0301"));
    assert.equal(new Hues().of("Анна"), new Hues().of("Анна"));
  });

  test("is nobody else's who is here, as long as there are hues for all", () => {
    for (let round = 0; round < 50; round += 1) {
      const hues = new Hues();
      const names = Array.from({ length: HUES }, (_, i) => `Гость ${round * 100 + i}`);
      hues.keepApart(people(...names));
      assert.equal(new Set(names.map((name) => hues.of(name))).size, HUES);
    }
  });

  test("stays when others come and go", () => {
    const hues = new Hues();
    hues.keepApart(people("Анна", "Борис"));
    const before = hues.of("Борис");
    hues.keepApart(people("Вера", "Глеб", "Борис"));
    hues.keepApart(people("Борис"));
    assert.equal(hues.of("Борис"), before);
  });

  test("stays when thousands of others have written: of those who aren't here, the last are known", () => {
    const hues = new Hues();
    const names = Array.from({ length: HUES }, (_, i) => `Гость ${i}`);
    hues.keepApart(people(...names));
    const before = names.map((name) => hues.of(name));
    const all = Array.from({ length: 3_000 }, (_, i) => `Программа ${i}`);
    const written = all.map((name) => hues.of(name)).slice(-1_900);
    assert.deepEqual(
      names.toReversed().map((name) => hues.of(name)),
      before.toReversed(),
    );
    hues.keepApart(people(...Array.from({ length: HUES }, (_, i) => `Новый ${i}`)));
    assert.deepEqual(
      all.slice(-1_900).map((name) => hues.of(name)),
      written,
    );
  });

  test("is one of those that the style sheet has", () => {
    const hues = new Hues();
    for (let i = 0; i < 5000; i += 1) {
      const hue = hues.of(`Имя ${i}`);
      assert.ok(Number.isInteger(hue) && hue >= 0 && hue < HUES);
    }
  });
});
