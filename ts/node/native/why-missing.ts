/** Why a native file is missing, and what to do: worked out only once it is. */

/** What was seen where the file was looked for. */
export interface Seen {
  /** Name of the file. */
  readonly file: string;
  /** Where this package is installed. */
  readonly directory: string;
  /** Where the build would have put it, in a checkout. */
  readonly built: string | undefined;
  /** Operating system and processor, as Node names them. */
  readonly platform: string;
  /** The package of this platform; most platforms have none. */
  readonly package: string | undefined;
  /** That package is there, but the file is not in it. */
  readonly brought: boolean;
  /** Packages of other platforms that are there. */
  readonly others: readonly string[];
  /** Node runs with Yarn's Plug'n'Play. */
  readonly pnp: boolean;
}

/** For people. Neither ends with a full stop. */
export interface Missing {
  /** What was looked for, and where. */
  readonly what: string;
  readonly advice: string;
}

/** The first reason that fits. */
export function whyMissing(seen: Seen): Missing {
  const { file, directory } = seen;
  if (seen.built !== undefined) return { what: `${seen.built} is not built`, advice: 'make it with `npm run build`' };
  if (seen.package === undefined) {
    return {
      what: `${file} does not exist for ${seen.platform}: no package contains it`,
      advice: 'build it from the sources',
    };
  }
  const what = `${file} is missing: the package ${seen.package} was looked for from ${directory}`;
  if (seen.brought) return { what: `${what}, and has none`, advice: 'it is damaged: install it again' };
  return { what: `${what}, and is not installed`, advice: reason(seen) };
}

function reason({ others, platform, pnp }: Seen): string {
  const [other] = others;
  if (other !== undefined) {
    return `but ${other} is: node_modules was copied from another platform; remove it and install again on this machine (${platform})`;
  }
  const yarn = pnp ? "; if that is not it, do without Plug'n'Play: `nodeLinker: node-modules` in .yarnrc.yml" : '';
  return (
    'optional dependencies were left out; install again without --omit=optional or --no-optional: ' +
    `\`npm install --include=optional conmon-node\`, \`pnpm install\`, \`yarn install\`${yarn}`
  );
}
