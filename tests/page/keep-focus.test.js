/** Where the focus goes when a draw takes away what had it. */
import assert from "node:assert/strict";
import { readdirSync, readFileSync } from "node:fs";
import { beforeEach, describe, test } from "node:test";

import "./browser.js";

import { drawKeepingFocus } from "../../static/js/views/overlays/keep-focus.js";

/** @param {any[]} parts   elements in it @param {{hidden?: boolean}} [more] */
function element(parts = [], { hidden = false } = {}) {
  const self = {
    parts,
    hidden,
    contains: (each) => each === self || self.parts.some((part) => part.contains(each)),
    closest: () => (self.hidden ? self : null),
    focus: () => {
      document.activeElement = self;
    },
  };
  return self;
}

describe("a draw of a part that has the focus", () => {
  let button;
  let root;
  let field;
  beforeEach(() => {
    button = element();
    root = element([button]);
    field = element();
    document.body = element();
    button.focus();
  });
  const draw = (change = () => {}) =>
    drawKeepingFocus(
      root,
      () => {
        change();
        // As the browser does when what has the focus goes.
        if (![root, field, document.body].some((each) => each.contains(document.activeElement)))
          document.activeElement = document.body;
      },
      () => field,
    );

  test("leaves it where it is, if that is still there", () => {
    draw();
    assert.equal(document.activeElement, button);
  });

  test("passes it on, if what had it has gone", () => {
    draw(() => root.parts.pop());
    assert.equal(document.activeElement, field);
  });

  test("passes it on, if what has it is hidden: the browser takes it away with the next frame only", () => {
    draw(() => {
      button.hidden = true;
    });
    assert.equal(document.activeElement, field);
  });

  test("takes it from nobody else", () => {
    document.body.focus();
    draw(() => root.parts.pop());
    assert.equal(document.activeElement, document.body);
  });

  test("is the same draw in every part where something may go that has the focus", () => {
    const folder = new URL("../../static/js/", import.meta.url);
    const drawn = readdirSync(folder, { recursive: true }).filter(
      (path) =>
        path.endsWith(".js") && /^ +drawKeepingFocus\($/m.test(readFileSync(new URL(path, folder), "utf8")),
    );
    assert.deepEqual(drawn.sort(), [
      "views/composer/attach.js",
      "views/composer/offer-notices.js",
      "views/composer/picture-strip.js",
      "views/composer/reply-or-edit.js",
      "views/header/header-topic.js",
      "views/header/status-bar.js",
      "views/list/list-jump.js",
      "views/list/list.js",
      "views/moderation/moderation-panel.js",
      "views/people/people-list.js",
    ]);
  });
});
