/**
 * A registry on this machine that has the given packages, the descriptions of those for other platforms, and no others: what
 * package managers do is seen as it is, with no network. https://github.com/npm/registry/blob/main/docs/responses/package-metadata.md
 */
import { createHash } from 'node:crypto';
import { once } from 'node:events';
import { readFileSync } from 'node:fs';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { basename } from 'node:path';
import type { Test } from 'tap';
import PLATFORMS from '../../ts/node/platforms.json' with { type: 'json' };
import type { Tarball } from './packed.js';

/** Yarn refuses versions that were published a moment ago. */
const PUBLISHED = '2020-01-01T00:00:00.000Z';

/** Serves until the test ends. Resolves with its address, without a slash at the end. */
export async function registry(t: Test, tarballs: readonly Tarball[]): Promise<string> {
  const others = new Map(tarballs.flatMap(({ manifest }) => Object.entries(manifest.optionalDependencies ?? {})));
  const server = createServer((request, response) => {
    const path = decodeURIComponent(request.url ?? '').slice(1);
    const file = tarballs.find((each) => path === `-/${basename(each.path)}`);
    const versions = tarballs.filter((each) => each.manifest.name === path);
    if (file !== undefined) response.end(readFileSync(file.path));
    else if (versions.length > 0) response.end(JSON.stringify(metadata(versions, address)));
    else if (others.has(path)) response.end(JSON.stringify(described(path, others.get(path) ?? '', address)));
    else response.writeHead(404, { 'content-type': 'application/json' }).end('{"error":"not_found"}');
  });
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  const address = `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
  t.teardown(() => {
    server.closeAllConnections();
    server.close();
  });
  return address;
}

/** A package for another platform, which no package manager downloads here. */
function described(name: string, version: string, address: string): unknown {
  const platform = PLATFORMS.find((each) => each.package === name);
  if (platform === undefined) throw new Error(`${name} is of no platform`);
  const { os, cpu, libc } = platform;
  const integrity = `sha512-${createHash('sha512').digest('base64')}`;
  const manifest = { name, version, os: [os], cpu: [cpu], libc: [libc] };
  const dist = { tarball: `${address}/-/${name}-${version}.tgz`, integrity };
  const time = { [version]: PUBLISHED };
  return { name, 'dist-tags': { latest: version }, time, versions: { [version]: { ...manifest, dist } } };
}

function metadata(tarballs: readonly Tarball[], address: string): unknown {
  const versions = tarballs.map(({ path, manifest }) => {
    const digest = (algorithm: string) => createHash(algorithm).update(readFileSync(path));
    const dist = {
      tarball: `${address}/-/${basename(path)}`,
      integrity: `sha512-${digest('sha512').digest('base64')}`,
      shasum: digest('sha1').digest('hex'),
    };
    return [manifest.version, { ...manifest, dist }] as const;
  });
  const [latest] = versions.map(([version]) => version);
  const time = Object.fromEntries(versions.map(([version]) => [version, PUBLISHED]));
  return { name: tarballs[0]?.manifest.name, 'dist-tags': { latest }, time, versions: Object.fromEntries(versions) };
}
