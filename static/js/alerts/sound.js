/** The sound of a new message. */
import { sleep } from "../sleep.js";

/** By then a tab that the person reads in has said how far: it waits half a second (ms). */
export const READ_BY = 700;
/** After so much more, a tab that may play sounds has taken that of a message (ms). */
const PLAYED_BY = 2_000;

/** @type {AudioContext | undefined} */
let audio;

let isBlocked = false;

/**
 * @returns {boolean} whether the browser plays sounds here by now: where the person has pressed something in the page,
 *   or allows it to the site. Of the latter it says so a moment after this first looks. Firefox before 120 says nothing
 *   before the first sound.
 */
export function isAllowed() {
  if (navigator.userActivation?.hasBeenActive ?? !audio) return true;
  audio ??= new AudioContext();
  return audio.state === "running";
}

/** @returns {Promise<boolean>} whether this tab may play a sound; if not, that is known when one that may has played */
export async function mayPlay() {
  if (isAllowed()) return true;
  await sleep(PLAYED_BY);
  return isAllowed();
}

/** A sound that the browser doesn't allow by then (ms) would be of something else than what it tells of. */
const PLAYED_WITHIN = READ_BY + PLAYED_BY;
/** What came within so long (ms) is told by one sound. */
const TOGETHER = 500;
/** When it came, and when the last message that was told did (as `Date.now()`). */
let wantedAt = 0;
let toldAt = 0;

/**
 * Plays two short tones. While the browser doesn't allow it, only the last call counts.
 *
 * @param {number} [at]   when the message came that it tells of (as `Date.now()`); none: the person tries it out
 */
export function beep(at) {
  if (at !== undefined && Math.abs(at - toldAt) < TOGETHER) return;
  toldAt = at ?? toldAt;
  wantedAt = at ?? Date.now();
  audio ??= new AudioContext();
  if (audio.state === "running") play(audio);
  else if (!isBlocked) void playWhenAllowed(audio);
}

/** @param {AudioContext} audio */
async function playWhenAllowed(audio) {
  isBlocked = true;
  const wake = () => void audio.resume().catch(() => undefined);
  const events = ["pointerdown", "pointerup", "keydown"];
  for (const type of events) addEventListener(type, wake, { capture: true });
  await audio.resume().catch(() => undefined);
  for (const type of events) removeEventListener(type, wake, { capture: true });
  isBlocked = false;
  if (Date.now() - wantedAt < PLAYED_WITHIN) play(audio);
}

/** @param {AudioContext} audio */
function play(audio) {
  const start = audio.currentTime;
  for (const [i, frequency] of [660, 880].entries()) {
    const [tone, volume] = [audio.createOscillator(), audio.createGain()];
    const at = start + i * 0.09;
    tone.frequency.value = frequency;
    volume.gain.setValueAtTime(0.0001, at);
    volume.gain.exponentialRampToValueAtTime(0.12, at + 0.015);
    volume.gain.exponentialRampToValueAtTime(0.0001, at + 0.14);
    tone.connect(volume).connect(audio.destination);
    tone.start(at);
    tone.stop(at + 0.15);
  }
}
