/**
 * @template {object} K
 * @template T
 * @param {(of: K) => T} find
 * @returns {(of: K) => T} `find`, which looks at the same object only once: what is in the state never changes
 */
export function cached(find) {
  /** @type {WeakMap<K, T>} */
  const found = new WeakMap();
  return (of) => {
    const known = found.get(of) ?? find(of);
    found.set(of, known);
    return known;
  };
}
