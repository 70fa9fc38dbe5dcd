/** Links within this project lead somewhere. */
import { existsSync } from 'node:fs';
import { dirname, join, relative } from 'node:path';
import t from 'tap';
import { page, PAGES, ROOT } from './page.js';

const LINK = /\]\(([^)\s]+)\)/g;

/** The names that headings have as targets of links, as GitHub makes them, and those that are given. */
function anchors(text: string): Set<string> {
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

for (const name of PAGES) {
  void t.test(`every link of ${name} that stays in the project leads to a file and a heading`, async (t) => {
    for (const [, target = ''] of page(name).matchAll(LINK)) {
      if (/^[a-z]+:/.test(target)) continue;
      const [file = '', anchor] = target.split('#');
      const path = file === '' ? name : relative(ROOT, join(ROOT, dirname(name), file));
      if (!t.ok(existsSync(ROOT + path), target) || anchor === undefined) continue;
      t.ok(anchors(page(path)).has(anchor), target);
    }
  });
}
