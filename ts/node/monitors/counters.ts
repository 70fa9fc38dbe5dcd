import type { Counters } from './counter-values.js';

export type { Counters, StreamCounters } from './counter-values.js';

/** A monitor's counters, or why there are none: it is another program's, it is gone, or we may not look into it. */
export type CountersAnswer =
  { readonly counters: Counters } | { readonly unavailable: 'no counters' | 'no such process' | 'permission denied' };
