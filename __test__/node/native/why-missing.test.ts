import t from 'tap';
import { type Seen, whyMissing } from '../../../ts/node/native/why-missing.js';

const SEEN: Seen = {
  file: 'conmon.node',
  directory: '/srv/node_modules/conmon-node',
  built: undefined,
  platform: 'linux-x64',
  package: 'conmon-node-linux-x64-gnu',
  brought: false,
  others: [],
  pnp: false,
};

const CASES: Readonly<Record<string, { seen: Partial<Seen>; what: RegExp; advice: RegExp }>> = {
  'a checkout is built': {
    seen: { built: '/src/dist/native/conmon.node', package: undefined },
    what: /\/src\/dist\/native\/conmon\.node is not built$/,
    advice: /npm run build/,
  },
  'a platform without a package builds its own': {
    seen: { platform: 'linux-riscv64', package: undefined },
    what: /conmon\.node does not exist for linux-riscv64/,
    advice: /from the sources/,
  },
  'optional dependencies are to be installed': {
    seen: {},
    what: /conmon-node-linux-x64-gnu was looked for from \/srv\/node_modules\/conmon-node, and is not installed/,
    advice: /--omit=optional or --no-optional: `npm install --include=optional conmon-node`/,
  },
  'a copied node_modules is named': {
    seen: { others: ['conmon-node-linux-arm64-gnu'], pnp: true },
    what: /not installed/,
    advice: /conmon-node-linux-arm64-gnu is: node_modules was copied.*this machine \(linux-x64\)/,
  },
  "Plug'n'Play has a way out": {
    seen: { pnp: true },
    what: /not installed/,
    advice: /--no-optional.*`nodeLinker: node-modules`/,
  },
  'a package without its file is damaged': {
    seen: { brought: true },
    what: /looked for from .*, and has none/,
    advice: /damaged/,
  },
};

for (const [title, { seen, what, advice }] of Object.entries(CASES)) {
  t.test(`what is missing is named, with what to do: ${title}`, async (t) => {
    const missing = whyMissing({ ...SEEN, ...seen });
    t.match(missing.what, what);
    t.match(missing.advice, advice);
  });
}
