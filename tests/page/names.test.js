import "./browser.js";
import assert from "node:assert/strict";
import { describe, test } from "node:test";
import { mentions, tokens as parse } from "../../static/js/text/markup.js";
import { Names } from "../../static/js/text/names.js";
import { after, BORIS, message, welcome } from "./events.js";

const namesOf = (me, ...others) => {
  const names = new Names();
  names.me = me;
  names.add([me, ...others].map((name) => ({ name })));
  return names;
};
const tokens = (text, ...names) => parse(text, namesOf(...names));

describe("mentions", () => {
  const found = (text, ...names) =>
    tokens(text, ...names)
      .filter(({ type }) => type === "me" || type === "mention")
      .map(({ type, value }) => `${type} ${value}`);

  test("are people only, and of two names the longer is meant", () => {
    const people = ["Анна", "Анна Петрова", "Борис"];
    assert.deepEqual(found("@Анна, @Борис и @слово", ...people), ["me @Анна", "mention @Борис"]);
    assert.deepEqual(found("@Анна Петрова, привет", ...people), ["mention @Анна Петрова"]);
    assert.deepEqual(found("@Анна Петрова", "Анна Петрова", "Анна"), ["me @Анна Петрова"]);
    assert.deepEqual(found("@Аннабель @anna-maria anna@Анна @@Анна", ...people, "anna"), []);
  });

  test("of the reader need no sign, unless the name is short or a part of another", () => {
    assert.deepEqual(found("анна, смотри", "Анна", "Анна Петрова"), ["me анна"]);
    assert.deepEqual(found("Анна Петрова пришла, Аннабель ушла", "Анна", "Анна Петрова"), []);
    assert.deepEqual(found("Мария Анна, привет", "Анна", "Мария Анна"), []);
    assert.deepEqual(found("Ян пришёл к @Ян", "Ян"), ["me @Ян"]);
    assert.deepEqual(found("привет, Борис", "Анна", "Борис"), []);
  });

  test("in the reader's own text are others only: who writes their own name calls nobody", () => {
    const own = (text, ...names) => parse(text, namesOf(...names).ofReader);
    assert.deepEqual(own("Я Анна, с @Борис", "Анна", "Борис"), [
      { type: "text", value: "Я Анна, с " },
      { type: "mention", value: "@Борис" },
    ]);
    assert.deepEqual(own("@Анна и ＠Анна", "Анна"), [
      { type: "mention", value: "@Анна" },
      { type: "text", value: " и " },
      { type: "mention", value: "＠Анна" },
    ]);
  });

  test("are compared as people read them", () => {
    for (const [text, name] of [
      ["@Йод".normalize("NFD"), "Йод"],
      ["@Йод", "Йод".normalize("NFD")],
      ["@JOSÉ", "José".normalize("NFD")],
      ["@петр", "Пётр"],
      ["@ilkan", "İlkan"],
      ["@İLKAN", "ilkan"],
      ["@IŞIK", "ışık"],
      ["@O'Brien", "O’Brien"],
      ["@STRASSE", "Straße"],
      ["@ΣΑΣ", "Σας"],
      ["＠Анна", "Анна"],
    ])
      assert.deepEqual(found(text, "я", name), [`mention ${text}`], text);
    assert.deepEqual(found("@김철수님 你好@Anna @Anna's", "я", "김철수", "Anna"), [
      "mention @김철수",
      "mention @Anna",
      "mention @Anna",
    ]);
    assert.deepEqual(found("@김철수".normalize("NFD"), "я", "김철수"), [
      `mention ${"@김철수".normalize("NFD")}`,
    ]);
    assert.deepEqual(found("@Анна. @Анна, (@Анна) «@Анна»", "Анна").length, 4);
  });

  test("may be in a quote, a list and emphasized, and work with names that look like markup or patterns", () => {
    for (const text of ["> @Анна", "- a\n- **@Анна**"]) assert.equal(mentions(text, namesOf("Анна")), true);
    assert.deepEqual(
      ["_@Анна_", "_Анна, привет_", "snake_Анна", "@Анна_1"].map((text) => mentions(text, namesOf("Анна"))),
      [true, true, false, false],
    );
    assert.equal(mentions("`@Анна` https://a.ru/@Анна", namesOf("Анна")), false);
    assert.deepEqual(found("@a.*(b)[c] @snake_case_ @👩‍🚀!", "a.*(b)[c]", "snake_case_", "👩‍🚀"), [
      "me @a.*(b)[c]",
      "mention @snake_case_",
      "mention @👩‍🚀",
    ]);
  });
});

test("names are forgotten when there are too many, but not of people who are here or have written", () => {
  const names = new Names();
  names.me = "Вера";
  const state = after(welcome(), message(1, { id: "g", name: "Глеб" }));
  const crowd = Array.from({ length: 4000 }, (_, n) => ({ name: `Участник ${n}` }));
  names.learn(state);
  names.add(crowd);
  names.learn(state);
  const isKnown = (name) => names.find(`@${name}`).length > 0;
  assert.deepEqual([BORIS.name, "Глеб", crowd[0].name].map(isKnown), [true, true, false]);
  const { revision } = names;
  names.learn(state);
  assert.equal(names.revision, revision);
});
