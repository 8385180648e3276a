import "./browser.js";
import assert from "node:assert/strict";
import { describe, test } from "node:test";
import { initials, isLong, mentions, tokens } from "../../static/js/markup.js";

const types = (text, me = "Анна") => tokens(text, me).map(({ type }) => type);
const whole = (text) =>
  tokens(text, "Анна")
    .map(({ value }) => value)
    .join("");

describe("links", () => {
  test("to the web and to mail are links, the rest is text", () => {
    assert.deepEqual(tokens("см. example.com/a?b=1.", ""), [
      { type: "text", value: "см. " },
      { type: "link", value: "example.com/a?b=1", href: "https://example.com/a?b=1" },
      { type: "text", value: "." },
    ]);
    assert.equal(tokens("anna@example.com", "")[0].href, "mailto:anna@example.com");
  });

  test("that could run something aren't links", () => {
    for (const text of [
      "javascript:alert(1)",
      "data:text/html,x",
      "vbscript:x",
      "file:///etc/passwd",
      "ftp://example.com",
    ]) {
      assert.ok(
        tokens(text, "").every(({ type, href }) => type !== "link" || /^(https?|mailto):/.test(href)),
        text,
      );
    }
  });
});

describe("code", () => {
  test("in backticks keeps what is in it as it is", () => {
    assert.deepEqual(tokens("так: `a @Анна http://x.ru` вот", "Анна")[1], {
      type: "code",
      value: "a @Анна http://x.ru",
    });
  });

  test("in fences keeps its spaces and drops the language", () => {
    assert.deepEqual(tokens("```py\n  x = 1\n```", ""), [{ type: "fence", value: "  x = 1" }]);
  });

  test("that isn't closed is text", () => {
    assert.deepEqual(types("```\nне закрыто"), ["text"]);
    assert.deepEqual(types("`тоже"), ["text"]);
  });
});

describe("mentions", () => {
  test("of the one who reads stand out, in any case and with spaces in the name", () => {
    assert.deepEqual(types("@анна, смотри"), ["me", "text"]);
    assert.deepEqual(tokens("эй @Анна Петровна!", "Анна Петровна")[1], {
      type: "me",
      value: "@Анна Петровна",
    });
    assert.equal(mentions("@Анна", "Анна"), true);
  });

  test("of others are mentions, and of longer names aren't mine", () => {
    assert.deepEqual(types("@Борис"), ["mention"]);
    assert.deepEqual(types("@Аннабель"), ["mention"]);
  });

  test("aren't found inside addresses and words", () => {
    assert.deepEqual(types("anna@Анна"), ["text"]);
  });

  test("work with names that look like patterns", () => {
    assert.deepEqual(tokens("@a.*(b)[c]", "a.*(b)[c]"), [{ type: "me", value: "@a.*(b)[c]" }]);
  });
});

test("nothing but the marks of code is lost from a text", () => {
  for (const text of [
    "просто",
    "@a @b https://x.ru ©",
    "<script>alert(1)</script>",
    "\u202egnp.exe",
    "a\nb\n\n c",
  ])
    assert.equal(whole(text), text);
});

test("a text is long by its characters or by its lines", () => {
  assert.equal(isLong("а".repeat(1200)), false);
  assert.equal(isLong("а".repeat(1201)), true);
  assert.equal(isLong("\n".repeat(15)), false);
  assert.equal(isLong("\n".repeat(16)), true);
});

describe("an avatar", () => {
  test("has one or two letters, as people count letters", () => {
    assert.equal(initials("Анна"), "А");
    assert.equal(initials("борис иванович петров"), "БИ");
    assert.equal(initials("👩‍🚀"), "👩‍🚀");
    assert.equal(initials("..."), ".");
    assert.equal(initials("е\u0301\u0302\u0303\u0304"), "Е");
  });
});
