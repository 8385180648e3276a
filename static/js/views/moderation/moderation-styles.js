/** The styles of what only moderators see. */

/** @type {Promise<unknown> | undefined} */
let loaded;

/** @param {() => void} act   when they are here, or can't be fetched: what is drawn works without them */
export async function withModerationStyles(act) {
  loaded ??= new Promise((done) => {
    const link = document.createElement("link");
    link.rel = "stylesheet";
    link.href = new URL("../../../css/moderation.css", import.meta.url).href;
    for (const end of ["load", "error"]) link.addEventListener(end, done);
    document.head.append(link);
  });
  await loaded;
  act();
}
