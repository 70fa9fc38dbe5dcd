/**
 * A report of `setup` in words.
 */
import type { Paint } from '../paint.js';
import { visible } from '../visible.js';
import type { Check, SetupReport } from './setup.js';

export function setupText(report: SetupReport, paint: Paint): string {
  const lines = [...doneLines(report, paint), ...checkLines(report, paint)];
  if (report.next !== undefined) lines.push(`${paint.warm('→')} now run: ${paint.strong(report.next)}`);
  return lines.map((line) => `${line}\n`).join('');
}

function doneLines({ action, dryRun, path, text }: SetupReport, paint: Paint): readonly string[] {
  if (action === 'nothing to do') {
    return [`nothing to do: ${visible(path)} ${text === undefined ? 'does not exist' : 'is up to date'}`];
  }
  if (action === 'put back') {
    return [text === undefined ? `removed ${visible(path)} again` : `restored ${visible(path)}`];
  }
  if (action === 'removed') return [`${dryRun ? 'would remove' : 'removed'} ${paint.strong(visible(path))}`];
  const content = (text ?? '').trimEnd().split('\n');
  return [
    `${dryRun ? 'would write' : 'wrote'} ${paint.strong(visible(path))}:`,
    ...content.map((line) => (line === '' ? '' : `    ${paint.faint(visible(line))}`)),
  ];
}

function checkLines({ manager, check, conmon, dryRun }: SetupReport, paint: Paint): readonly string[] {
  switch (check.result) {
    case 'not checked':
      return dryRun
        ? []
        : [
            `${paint.warm('!')} ${manager} was not asked which monitor it uses: ${visible(check.reason)}`,
            ...winnerLines(check.rivals, paint),
          ];
    case 'failed':
      return [`${paint.bad('✗')} ${manager} does not answer: ${visible(check.reason)}`];
    case 'as wanted':
      return used(check).map((what) => `${paint.good('✓')} ${manager} reports that it uses ${what}`);
    case 'otherwise':
      return [
        ...used(check).map((what) => `${paint.bad('✗')} ${manager} reports that it uses ${what}`),
        ...rivalLines(check.rivals, conmon),
      ];
  }
}

function used({ uses }: Extract<Check, { uses: unknown }>): readonly string[] {
  const texts = uses.map(({ conmon, version }) => visible(`${conmon}${version === undefined ? '' : ` (${version})`}`));
  return [...new Set(texts)];
}

/** Without an answer of the manager: what its files say. */
function winnerLines(rivals: readonly string[], paint: Paint): readonly string[] {
  return rivals.map(
    (path) => `${paint.warm('!')} ${visible(path)} is read later and sets another monitor: remove the setting there`,
  );
}

function rivalLines(rivals: readonly string[], conmon: string): readonly string[] {
  if (rivals.length === 0) return [`  No other file sets it; is CONTAINERS_CONF set, or --conmon given in an alias?`];
  return [visible(`  Set in ${rivals.join(', ')}: remove it there, or set it to ${conmon}.`)];
}
