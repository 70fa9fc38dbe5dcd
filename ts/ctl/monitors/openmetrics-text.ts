/**
 * Metrics as text, in OpenMetrics (https://prometheus.io/docs/specs/om/open_metrics_spec/) or in Prometheus' own text format 0.0.4
 * (https://prometheus.io/docs/instrumenting/exposition_formats/), which the textfile collector of node_exporter reads.
 *
 * They differ in more than units and the end: the family of a counter has the suffix `_total` in the text format only. A reader of
 * the other format would find neither type nor help. Only counters and gauges are used.
 */
import { visibleLines } from '../visible.js';

export type Labels = Readonly<Record<string, string>>;
export type Sample = readonly [labels: Labels, value: number];

export type ExpositionFormat = 'openmetrics' | 'prometheus';

/** Samples of one kind. */
export interface Family {
  /** Ends in the unit, if there is one. Samples of a counter have the suffix `_total`. */
  readonly name: string;
  readonly type: 'counter' | 'gauge';
  readonly unit?: 'bytes' | 'seconds';
  readonly help: string;
  readonly samples: readonly Sample[];
}

/** By the suffix of the name, as the specification requires. */
export function unitOf(name: string): Pick<Family, 'unit'> {
  const unit = (['bytes', 'seconds'] as const).find((each) => name.endsWith(`_${each}`));
  return unit === undefined ? {} : { unit };
}

/** Families without samples are left out. OpenMetrics ends in `# EOF`. */
export function exposition(families: readonly Family[], format: ExpositionFormat): string {
  const texts = families.filter(({ samples }) => samples.length > 0).map((family) => familyText(family, format));
  return `${texts.join('')}${format === 'openmetrics' ? '# EOF\n' : ''}`;
}

function familyText({ name, type, unit, help, samples }: Family, format: ExpositionFormat): string {
  const sampled = type === 'counter' ? `${name}_total` : name;
  const isOpen = format === 'openmetrics';
  const family = isOpen ? name : sampled;
  return [
    `# TYPE ${family} ${type}`,
    ...(unit === undefined || !isOpen ? [] : [`# UNIT ${family} ${unit}`]),
    `# HELP ${family} ${isOpen ? labelText(help) : helpText(help)}`,
    ...samples.map(([labels, value]) => `${sampled}{${labelsText(labels)}} ${value}`),
    '',
  ].join('\n');
}

function labelsText(labels: Labels): string {
  return Object.entries(labels)
    .map(([name, value]) => `${name}="${labelText(value)}"`)
    .join(',');
}

/** Names and ids come from other processes, and the text may be printed on a terminal. */
function labelText(text: string): string {
  return helpText(text).replaceAll('"', '\\"');
}

/** In the text format a quote in a help text stays as it is. */
function helpText(text: string): string {
  return visibleLines(text).replaceAll('\\', '\\\\').replaceAll('\n', '\\n');
}
