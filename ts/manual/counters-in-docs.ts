/**
 * The counter table for docs/architecture.md.
 */
import { COUNTERS, type CounterSpec, PAGE } from './counter-table.js';

const FIRST = PAGE.words.values;

/** A row for each counter: its words, its name, its metric, what it means. */
export function countersInDocs(): string {
  const { stream, monitor } = COUNTERS;
  const rest = FIRST + 2 * stream.length;
  return [
    '| word | counter | metric | meaning |',
    '| --- | --- | --- | --- |',
    ...stream.map((spec, at) => row(`${FIRST + at}, ${FIRST + stream.length + at}`, spec)),
    ...monitor.map((spec, at) => row(String(rest + at), spec)),
  ].join('\n');
}

function row(words: string, { name, kind, metric, help }: CounterSpec): string {
  const family = metric === undefined ? '' : `\`${metric}${kind === 'counter' ? '_total' : ''}\``;
  return `| ${words} | \`${name}\` | ${family} | ${help} |`;
}
