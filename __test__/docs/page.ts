/** Reads the pages of this project. */
import { readFileSync, readdirSync } from 'node:fs';
import { fileURLToPath } from 'node:url';

/** Root directory of the checkout. */
export const ROOT = fileURLToPath(new URL('../..', import.meta.url));

/** Every page, relative to the root. */
export const PAGES = [
  ...readdirSync(ROOT).filter((name) => name.endsWith('.md')),
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
  let isCode = false;
  const length = lines.slice(start + 1).findIndex((line) => {
    if (line.startsWith('```')) isCode = !isCode;
    return !isCode && /^#+ /.test(line) && line.indexOf(' ') <= level;
  });
  return lines.slice(start + 1, length < 0 ? undefined : start + 1 + length).join('\n');
}

/** The first block of code in that language below a heading. */
export function codeBlock(text: string, heading: string, language: string): string {
  const found = new RegExp(`^\`\`\`${language}\n([^]*?)^\`\`\``, 'm').exec(section(text, heading))?.[1];
  if (found === undefined) throw new Error(`no ${language} below ${heading}`);
  return found;
}

/** Targets of all links and pictures. */
export function linksOf(text: string): readonly string[] {
  return [...text.matchAll(/\]\(([^)\s]+)\)/g)].map(([, target = '']) => target);
}

/** Names that links can have after `#`: of headings, as GitHub forms them, and of explicit anchors. */
export function anchors(text: string): Set<string> {
  const seen = new Map<string, number>();
  const given = [...text.matchAll(/<a id="([^"]+)">/g)].map(([, id = '']) => id);
  const headings = text.replaceAll(/^```[\s\S]*?^```/gm, '').match(/^#+ .*$/gm) ?? [];
  const names = headings.map((heading) =>
    heading
      .replace(/^#+ /, '')
      .toLowerCase()
      .replaceAll(/[^\p{L}\p{N} _-]/gu, '')
      .replaceAll(' ', '-'),
  );
  const numbered = names.map((name) => {
    const times = seen.get(name) ?? 0;
    seen.set(name, times + 1);
    return times === 0 ? name : `${name}-${times}`;
  });
  return new Set([...given, ...numbered]);
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
