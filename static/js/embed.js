/**
 * `<wschat-room room="kitchen">`: shows a room of this chat in a page of another site, in a frame. The only script of
 * the chat that such a page loads; it is served as `/embed.js` (docs/decisions/0033-embedding.md).
 */

const BASE = new URL(".", import.meta.url).href;
const ALLOWED = `autoplay; clipboard-write${"share" in navigator ? "; web-share" : ""}`;
const GRACE = 3000; // ms that a loaded frame has to say that the chat's page is in it

const TEXTS = {
  ru: { title: "Чат", failed: "Чат здесь не открылся.", open: "Открыть в новой вкладке" },
  en: { title: "Chat", failed: "The chat couldn’t be shown here.", open: "Open in a new tab" },
};

const styles = new CSSStyleSheet(); // needs no permission of the site's content security policy
styles.replaceSync(`
  :host { display: block; block-size: 32rem; max-block-size: 100vh; }
  :host([hidden]) { display: none; }
  iframe { display: block; inline-size: 100%; block-size: 100%; border: 0; }
  p { display: grid; place-content: center; box-sizing: border-box; block-size: 100%; margin: 0; padding: 1rem; border: 1px solid #8888; border-radius: 0.5rem; text-align: center; }
`);

class WschatRoom extends HTMLElement {
  static observedAttributes = ["jwt", "lang", "room", "theme"];
  #root = this.attachShadow({ mode: "open" });
  #frame = document.createElement("iframe");
  #isPlaced = false;
  #isThere = false;

  constructor() {
    super();
    this.#root.adoptedStyleSheets = [styles];
    this.#frame.allow = ALLOWED;
    this.#frame.loading = "lazy";
    // A frame that may not be shown is loaded, too, and nobody may look into it.
    this.#frame.addEventListener("load", () => setTimeout(() => this.#check(), GRACE));
  }

  connectedCallback() {
    this.#isPlaced = true;
    addEventListener("message", this.#hear);
    this.#show();
  }

  disconnectedCallback() {
    this.#isPlaced = this.#isThere = false;
    removeEventListener("message", this.#hear);
  }

  attributeChangedCallback() {
    if (this.#isPlaced) this.#show();
  }

  get #texts() {
    const lang = this.lang || document.documentElement.lang || navigator.language;
    return /^ru\b/i.test(lang) ? TEXTS.ru : TEXTS.en;
  }

  /** The room's address, without the token. Raises an error that says what is missing. */
  get #address() {
    const room = this.getAttribute("room");
    if (!room)
      throw new Error(
        '<wschat-room> needs the name of a room: room="kitchen", or room="chat" for the main one',
      );
    const address = new URL(`r/${encodeURIComponent(room)}`, BASE);
    for (const name of ["lang", "theme"]) {
      const wish = this.getAttribute(name);
      if (wish) address.searchParams.set(name, wish);
    }
    return address;
  }

  #show() {
    const address = this.#address;
    const token = this.getAttribute("jwt");
    if (token) address.hash = `jwt=${token}`; // never in the query, which servers log
    this.#frame.title = this.title || this.#texts.title;
    // A frame that is there goes to a newer token without a reload, and without an entry in the history.
    if (this.#isThere) return this.#frame.contentWindow?.location.replace(address.href);
    this.#frame.src = address.href;
    this.#root.replaceChildren(this.#frame);
  }

  /** @param {MessageEvent} message   the chat's page says that it is there (boot.js) */
  #hear = ({ source, data }) => {
    if (source && source === this.#frame.contentWindow && data === "wschat") this.#isThere = true;
  };

  #check() {
    if (this.#isThere || !this.#frame.isConnected) return;
    const { failed, open } = this.#texts;
    const link = Object.assign(document.createElement("a"), { href: this.#address.href, textContent: open });
    link.target = "_blank";
    const place = document.createElement("p");
    place.append(failed, " ", link);
    this.#root.replaceChildren(place);
    const setting = `--frame-ancestors "'self' ${location.origin}"`;
    console.error(
      `<wschat-room>: ${BASE} doesn't answer, or may not be framed here: its server needs ${setting}`,
    );
  }
}

if (!customElements.get("wschat-room")) customElements.define("wschat-room", WschatRoom);
