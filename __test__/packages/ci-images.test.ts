/** The commands and files of docs/ci-images.md work, unchanged, with the output of `npm run release`. */
import { createHash } from 'node:crypto';
import { chmodSync, copyFileSync, mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { basename, join } from 'node:path';
import t, { type Test } from 'tap';
import { parse } from 'yaml';
import { codeBlock, page } from '../docs/page.js';
import { command } from '../support/command.js';
import { enterNamespace } from '../support/namespace.js';
import { needs } from '../support/needs.js';
import { IMAGE, Podman } from '../support/podman.js';
import { ROOT } from '../support/target.js';
import { emptyDirectory, made } from './packed.js';

const { version } = JSON.parse(readFileSync(`${ROOT}package.json`, 'utf8'));
const PAGE = page('docs/ci-images.md');
const PLACE = '/usr/local/libexec/conmon-node/conmon';

const archive = made('release').find((path) => path.endsWith('-linux-amd64.tar.gz')) ?? 'none';
const sum = createHash('sha256').update(readFileSync(archive)).digest('hex');

t.test('the page names the current version', async (t) => {
  const named = [...PAGE.matchAll(/(?:VERSION[=:] ?|conmon-node-)(\d+\.\d+\.\d+)/g)].map(([, each]) => each);
  t.ok(named.length >= 4);
  for (const each of named) t.equal(each, version);
});

const PODMAN = needs('root', 'podman', 'busybox', 'unshare', 'nsenter');

t.test('the Containerfile builds an image with the monitor in it', PODMAN, async (t) => {
  const podman = await Podman.setUp();
  t.teardown(() => podman.tearDown());
  const context = join(podman.dir, 'context');
  mkdirSync(context);
  copyFileSync(archive, join(context, basename(archive)));
  writeFileSync(join(context, 'Containerfile'), codeBlock(PAGE, '## Multi-stage image', 'Dockerfile'));
  const build = (checksum: string) => {
    const values = [`TOOLS=${IMAGE}`, `BASE=${IMAGE}`, `SHA256=${checksum}`].flatMap((each) => ['--build-arg', each]);
    const quiet = ['--network', 'none', '--pull=never'];
    return podman.run(['build', ...quiet, ...values, '--tag', 'localhost/with-conmon:1', context]);
  };
  const tampered = await build('0'.repeat(64));
  t.not(tampered.code, 0);
  t.match(tampered.text + tampered.stderr, /release\.tar\.gz: FAILED/, 'another file is not taken');
  const { code, stderr, text } = await build(sum);
  t.equal(code, 0, stderr);
  t.match(text, `commit: conmon-node-${version}-`);
  const run = (...words: readonly string[]) => podman.ok('run', '--rm', 'localhost/with-conmon:1', ...words);
  t.match(await run(PLACE, '--version'), `commit: conmon-node-${version}-`);
  t.equal(
    await run('cat', '/etc/containers/containers.conf.d/50-conmon-node.conf'),
    `[engine]\nconmon_path = ["${PLACE}"]`,
  );
  t.match(await run('ls', '/usr/share/doc/conmon-node'), /^LICENSE\nTHIRD-PARTY-NOTICES$/);
});

interface Step {
  readonly run: string;
}
interface Job {
  readonly before_script: readonly string[];
  readonly script: readonly string[];
}

function gitHub(): string {
  const [step]: readonly Step[] = parse(codeBlock(PAGE, '## GitHub Actions', 'yaml'));
  return step?.run ?? '';
}

function gitLab(): string {
  const { podman }: { readonly podman: Job } = parse(codeBlock(PAGE, '## GitLab', 'yaml'));
  return [...podman.before_script, ...podman.script].join('\n');
}

/** Runs a job's script where only it sees what it changes of the system. */
async function job(t: Test, script: string, checksum: string) {
  const directory = emptyDirectory(t);
  // The script runs as root already.
  writeFileSync(join(directory, 'sudo'), '#!/bin/sh\nexec "$@"\n');
  chmodSync(join(directory, 'sudo'), 0o755);
  const covers = ['/etc/containers', '/usr/local'].map((place) => `mkdir -p ${place} && mount -t tmpfs none ${place}`);
  const namespace = await enterNamespace(...covers, 'mkdir -p /usr/local/libexec');
  t.teardown(() => namespace.leave());
  const variables = {
    PATH: `${directory}:/usr/sbin:/usr/bin:/sbin:/bin`,
    HOME: directory,
    RUNNER_TEMP: directory,
    CONMON_RELEASES: `file://${join(archive, '..')}`,
    CONMON_VERSION: version,
    CONMON_SHA256: checksum,
  };
  const words = [...namespace.prefix, directory, 'bash', '--noprofile', '--norc', '-eo', 'pipefail', '-c', script];
  return command(words, { env: variables });
}

const JOB = needs('root', 'podman', 'curl', 'unshare', 'nsenter');

for (const [name, script] of Object.entries({ 'GitHub Actions': gitHub(), GitLab: gitLab() })) {
  t.test(`after the step for ${name}, Podman uses the monitor`, JOB, async (t) => {
    const { code, text, stderr } = await job(t, script, sum);
    t.equal(code, 0, stderr);
    t.match(text, new RegExp(`\n${PLACE} conmon version \\d\\S+, commit: conmon-node-${version}-`));
  });

  t.test(`the step for ${name} fails with another file`, JOB, async (t) => {
    const { code, text, stderr } = await job(t, script, '0'.repeat(64));
    t.not(code, 0);
    t.match(text + stderr, /tar\.gz: FAILED/);
    t.notMatch(text, /conmon version/);
  });
}
