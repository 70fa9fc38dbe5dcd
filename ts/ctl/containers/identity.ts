/** By what a container of `conmonctl run` or the library is found. */
import type { KeptContainer } from '../../node/containers/records.js';
import type { Identity } from '../monitors/matching.js';

/** Its id, and its name if it has one. */
export function identityOfKept({ record: { cid, options } }: KeptContainer): Identity {
  return { id: cid, names: options.name === undefined ? [] : [options.name] };
}
