/** @param {number} ms @returns {Promise<void>} resolves then */
export const sleep = (ms) => new Promise((done) => setTimeout(done, ms));
