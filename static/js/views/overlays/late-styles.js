/** The style sheets of what is fetched when it is first opened: index.html doesn't name them. */

/** @type {Map<string, Promise<unknown>>} by name, fetched or on their way */
const fetched = new Map();

/** @param {string} name @returns {Promise<unknown>} settled when it is here, or can't be fetched */
function fetchStyles(name) {
  return new Promise((done) => {
    const link = document.createElement("link");
    link.rel = "stylesheet";
    link.href = new URL(`../../../css/${name}.css`, import.meta.url).href;
    link.addEventListener("load", done);
    link.addEventListener("error", () => {
      link.remove();
      fetched.delete(name); // the next time, they may be there
      done(undefined);
    });
    document.head.append(link);
  });
}

/**
 * @template T
 * @param {string} name   of a file in static/css
 * @param {() => T} act   when its styles are here, or can't be fetched: what is drawn works without them
 * @returns {Promise<T>} what that returns
 */
export async function withStyles(name, act) {
  const styles = fetched.get(name) ?? fetchStyles(name);
  fetched.set(name, styles);
  await styles;
  return act();
}
