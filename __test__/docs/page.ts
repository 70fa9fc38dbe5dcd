/** Reads the pages of this project. */
import { readFileSync, readdirSync } from 'node:fs';
import { fileURLToPath } from 'node:url';

/** Root folder of the checkout. */
export const ROOT = fileURLToPath(new URL('../..', import.meta.url));

/** Every page, relative to the root. */
export const PAGES = [
  'README.md',
  'CONTRIBUTING.md',
  'SECURITY.md',
  ...readdirSync(`${ROOT}docs`)
    .filter((name) => name.endsWith('.md'))
    .map((name) => `docs/${name}`),
];

export function page(path: string): string {
  return readFileSync(ROOT + path, 'utf8');
}

/** The part below a heading, up to the next heading of the same or a higher level. */
export function section(text: string, heading: string): string {
  const lines = text.split('\n');
  const start = lines.indexOf(heading);
  if (start < 0) throw new Error(`there is no heading ${heading}`);
  const level = heading.indexOf(' ');
  const length = lines.slice(start + 1).findIndex((line) => /^#+ /.test(line) && line.indexOf(' ') <= level);
  return lines.slice(start + 1, length < 0 ? undefined : start + 1 + length).join('\n');
}

/** What is in bold type, without line breaks. */
export function boldIn(text: string): Set<string> {
  return new Set([...text.matchAll(/\*\*([^*]+)\*\*/g)].map(([, bold = '']) => bold.replaceAll(/\s+/g, ' ')));
}

/** The rows of all tables in a text, as cells without their padding; heads and rulers left out. */
export function rows(text: string): string[][] {
  const lines = text.split('\n').filter((line) => line.startsWith('|'));
  const isRuler = (line: string | undefined): boolean => line !== undefined && /^\|[\s|:-]+\|$/.test(line);
  const bodies = lines.filter((line, at) => !isRuler(line) && !isRuler(lines[at + 1]));
  return bodies.map((line) =>
    line
      .slice(1, -1)
      .split(/(?<!\\)\|/)
      .map((cell) => cell.trim()),
  );
}
