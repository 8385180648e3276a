/** When views are drawn. */
import assert from "node:assert/strict";
import { afterEach, beforeEach, describe, mock, test } from "node:test";
import { DrawScheduler } from "../../static/js/draw-scheduler.js";
import { happens } from "./browser.js";

describe("a draw", () => {
  /** @type {(() => void)[]} */
  let frames;
  let drawn;
  let draws;
  const view = {
    draw() {
      drawn += 1;
    },
  };
  beforeEach(() => {
    mock.timers.enable({ apis: ["setTimeout"] });
    frames = [];
    drawn = 0;
    globalThis.requestAnimationFrame = (act) => frames.push(act);
    document.hidden = false;
    draws = new DrawScheduler(
      () =>
        /** @type {any} */ ({
          connection: { phase: "online" },
          hold: { until: 0 },
          idleAt: 0,
          pause: { until: 0 },
          typing: { people: [] },
        }),
    );
    draws.add(view);
  });
  afterEach(() => mock.timers.reset());
  /** @param {boolean} hidden */
  const hide = (hidden) => {
    document.hidden = hidden;
    happens("visibilitychange");
  };

  test("of several requests comes with the next frame, once", () => {
    draws.request(view);
    draws.request(view);
    for (const frame of frames) frame();
    assert.equal(drawn, 1);
  });

  test("that waits for a frame when the page is hidden comes all the same, and those after it", () => {
    draws.request(view);
    hide(true);
    mock.timers.tick(300);
    assert.equal(drawn, 1);
    draws.request(view);
    mock.timers.tick(300);
    assert.equal(drawn, 2);
    hide(false);
    for (const frame of frames) frame();
    assert.equal(drawn, 2);
  });
});
