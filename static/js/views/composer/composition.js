/** What an input method composes in a field. */
export class Composition {
  #field;
  #isGoingOn = false;
  /** @type {(() => void)[]} */
  #waiting = [];

  /** @param {HTMLTextAreaElement} field */
  constructor(field) {
    this.#field = field;
    const end = (/** @type {any} */ event) => this.#onEnd(event.isComposing);
    field.addEventListener("compositionstart", () => {
      this.#isGoingOn = true;
    });
    // Not every end has an event of its own: a script may write over the word, or the field be closed.
    for (const type of ["compositionend", "input", "blur"]) field.addEventListener(type, end);
    new MutationObserver(end).observe(field, { attributeFilter: ["readonly"] });
    addEventListener("pagehide", () => this.#actAll()); // what waits would be lost
  }

  /**
   * Acts at once, or after the composition, in the order of the calls. A text that is set while a word is composed
   * tears it: its letters stay, and what is committed comes after them.
   *
   * @param {() => void} act
   */
  after(act) {
    this.#waiting.push(act);
    if (!this.#isGoingOn) this.#actAll();
  }

  /** Has the word be whole now, and leaves the focus where it is. */
  finish() {
    if (!this.#isGoingOn) return;
    this.#field.blur();
    this.#field.focus();
  }

  /** @param {boolean} [goesOn] */
  #onEnd(goesOn) {
    if (!this.#isGoingOn || goesOn) return;
    this.#isGoingOn = false;
    // Not yet: after the event the browser moves the caret.
    setTimeout(() => this.#isGoingOn || this.#actAll());
  }

  #actAll() {
    for (const act of this.#waiting.splice(0)) act();
  }
}
