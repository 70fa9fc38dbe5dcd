/**
 * What a measure hands over.
 * @typedef {object} Measured
 * @property {string} name
 * @property {string} unit
 * @property {'less' | 'more'} better
 * @property {Record<string, number[]>} values of each monitor, by its name
 * @module
 */
/** Orders of the monitors in every table. */
export const MONITORS = /** @type {const} */ (['ours', 'c']);
