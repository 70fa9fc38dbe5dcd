import type { Counters } from './counter-values.js';

export type { Counters, StreamCounters } from './counter-values.js';

/** A monitor's counters, or why there are none: it is another program, it is gone, or we may not inspect it. */
export type CountersResult =
  { readonly counters: Counters } | { readonly unavailable: 'no counters' | 'no such process' | 'permission denied' };
