/** Texts of the page in a language, read from its file instead of the server. */
import { readFile } from "node:fs/promises";
import { loadLanguage } from "../../static/js/i18n/i18n.js";

/** @param {"ru" | "en"} lang */
export async function speak(lang) {
  const fetched = globalThis.fetch;
  globalThis.fetch = async (address) => new Response(await readFile(address));
  try {
    await loadLanguage(lang);
  } finally {
    globalThis.fetch = fetched;
  }
}
