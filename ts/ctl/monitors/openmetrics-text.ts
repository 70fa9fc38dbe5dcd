/**
 * OpenMetrics text, https://prometheus.io/docs/specs/om/open_metrics_spec/. Only what the older text format of Prometheus
 * takes, too: that is what the textfile collector of node_exporter reads. So there are no types but counter and gauge.
 */
import { visibleLines } from '../visible.js';

export type Labels = Readonly<Record<string, string>>;
export type Sample = readonly [labels: Labels, value: number];

/** Samples of one kind. */
export interface Family {
  /** Ends in the unit, if there is one. Samples of a counter have the suffix `_total`. */
  readonly name: string;
  readonly type: 'counter' | 'gauge';
  readonly unit?: 'bytes' | 'seconds';
  readonly help: string;
  readonly samples: readonly Sample[];
}

/** By the name's end, as the specification has it. */
export function unitOf(name: string): Pick<Family, 'unit'> {
  const unit = (['bytes', 'seconds'] as const).find((each) => name.endsWith(`_${each}`));
  return unit === undefined ? {} : { unit };
}

/** Ends in `# EOF` and a newline. Families without samples are left out. */
export function exposition(families: readonly Family[]): string {
  return `${families
    .filter(({ samples }) => samples.length > 0)
    .map(familyText)
    .join('')}# EOF\n`;
}

function familyText({ name, type, unit, help, samples }: Family): string {
  const sampled = type === 'counter' ? `${name}_total` : name;
  return [
    `# TYPE ${name} ${type}`,
    ...(unit === undefined ? [] : [`# UNIT ${name} ${unit}`]),
    `# HELP ${name} ${escape(help)}`,
    ...samples.map(([labels, value]) => `${sampled}{${labelsText(labels)}} ${value}`),
    '',
  ].join('\n');
}

function labelsText(labels: Labels): string {
  return Object.entries(labels)
    .map(([name, value]) => `${name}="${escape(value)}"`)
    .join(',');
}

/** Names and ids come from others, and the text may be printed on a terminal. */
function escape(text: string): string {
  return visibleLines(text).replaceAll('\\', '\\\\').replaceAll('"', '\\"').replaceAll('\n', '\\n');
}
