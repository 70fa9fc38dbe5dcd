/** The messages in docs/operating.md are those of the sources, and none that warns is missing there. */
import { readdirSync, readFileSync } from 'node:fs';
import t from 'tap';
import { page, ROOT, section } from './page.js';

/** Fewer letters of its own say nothing about what a message is. */
const LEAST_LETTERS = 7;

/** What a Rust literal, and one of TypeScript or a shell, leaves open. */
const OPEN = /\{[^}]*\}|\$\{[^}]*\}|\$[A-Za-z_]+/;

/** Paths below the root that end in one of these. */
function files(directory: string, end: string): readonly string[] {
  return readdirSync(`${ROOT}${directory}`, { recursive: true, encoding: 'utf8' })
    .filter((name) => name.endsWith(end) && !/(^|\/)tests/.test(name))
    .map((name) => `${directory}/${name}`);
}

/** The file without its tests, without comments, line breaks in literals, and quotes as characters. */
function source(path: string): string {
  return (readFileSync(ROOT + path, 'utf8').split(/#\[cfg\(test\)\]\n(?:#\[.*\]\n)*mod tests/)[0] ?? '').replaceAll(
    /\\\n\s*|'\\?"'|^\s*\/\/.*$/gm,
    '',
  );
}

const RUST = ['core', 'conmon', 'napi', 'sys'].flatMap((name) => files(`crates/${name}/src`, '.rs')).map(source);
const OTHERS = [...files('ts/planner', '.ts'), ...files('ts/node', '.ts'), 'bin/conmon'].map(source);

function captured(texts: readonly string[], pattern: RegExp): readonly string[] {
  return texts.flatMap((text) => [...text.matchAll(pattern)].map(([, literal = '']) => literal));
}

/** Literals that are whole messages. */
const LITERALS = [
  ...captured(RUST, /"((?:[^"\\]|\\.)*)"/g),
  ...captured(OTHERS, /[`'"]((?:[^`'"\\\n]|(?<=[a-z])['"](?=[a-z])|\\.)*)[`'"]/g),
];

/** What our warnings and errors say: not what is only for developers, or for other errors. */
const WARNINGS = captured(
  RUST,
  /(?<!(?:\.info|\.debug|custom)\(\s*)(?:format_args!|\.warn|\.error)\(\s*"((?:[^"\\]|\\.)*)"/g,
).filter(isTelling);

/** How errors begin that name their step: `cannot STEP PATH: REASON`, or `Failed to` in the words of C conmon. */
const STEPS = captured(RUST, /(?:\.step(?:_at)?\(|: &str = )"([^"]+)"/g).flatMap((step) => [
  `cannot ${step}`,
  `Failed to ${step}`,
]);

const DOCUMENTED = [...section(page('docs/operating.md'), '## Messages').matchAll(/^- `([^`]+)`/gm)].map(
  ([, message = '']) => message.replace(/^conmon: /, ''),
);

function isTelling(literal: string): boolean {
  return literal.replaceAll(new RegExp(OPEN, 'g'), '').replaceAll(/[^A-Za-z]/g, '').length >= LEAST_LETTERS;
}

/** Whether a message is what becomes of a literal. */
function isFrom(message: string, literal: string): boolean {
  const parts = literal.split(OPEN).map((part) => part.replaceAll(/[.*+?^${}()|[\]\\]/g, String.raw`\$&`));
  return new RegExp(`^${parts.join('.+')}$`).test(message);
}

void t.test('every message on the page is one of the sources', async (t) => {
  t.ok(DOCUMENTED.length > 30);
  const literals = LITERALS.filter(isTelling);
  for (const message of DOCUMENTED) {
    const step = STEPS.some((each) => message === `${each}: …` || message.startsWith(`${each} P: `));
    t.ok(step || literals.some((literal) => isFrom(message, literal)), message);
  }
});

void t.test('every warning and error of the core is on the page', async (t) => {
  t.ok(WARNINGS.length > 20);
  for (const literal of WARNINGS) {
    t.ok(
      DOCUMENTED.some((message) => isFrom(message, literal)),
      literal,
    );
  }
});
