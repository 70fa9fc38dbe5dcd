/**
 * The table of counters, as the generators use it. A counter is added in `counters.json`; everything else is generated.
 */
import TABLE from '../../crates/core/src/diagnostics/counters/counters.json' with { type: 'json' };

/** One counter: a word of the counters page. */
export interface CounterSpec {
  /** Its field in `Counters` or `StreamCounters`. */
  readonly name: string;
  /** `counter` only grows; `gauge` is a present state. */
  readonly kind: 'counter' | 'gauge';
  readonly unit: string;
  /** Its OpenMetrics family, without the suffix `_total`; absent: it has none. Nanoseconds become seconds there. */
  readonly metric?: string;
  /** Not part of the library's `Counters`. */
  readonly internal?: boolean;
  /** A sentence, for docs and OpenMetrics. */
  readonly help: string;
}

/** The page: its first word, the version of its layout, and where each part of it begins, in words. */
export const PAGE = TABLE.page;

/** The counters of each stream, then those of the monitor, in the order of the page. */
export const COUNTERS: { readonly stream: readonly CounterSpec[]; readonly monitor: readonly CounterSpec[] } = {
  stream: TABLE.stream.map(checked),
  monitor: TABLE.monitor.map(checked),
};

function checked(spec: Omit<CounterSpec, 'kind'> & { readonly kind: string }): CounterSpec {
  const { kind } = spec;
  if (kind !== 'counter' && kind !== 'gauge') throw new Error(`the counter ${spec.name} has an unknown kind: ${kind}`);
  return { ...spec, kind };
}
