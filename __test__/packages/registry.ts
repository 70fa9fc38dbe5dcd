/**
 * A registry on this machine that has the given packages and no others: what package managers do is seen as it is, with
 * no network. https://github.com/npm/registry/blob/main/docs/responses/package-metadata.md
 */
import { createHash } from 'node:crypto';
import { once } from 'node:events';
import { readFileSync } from 'node:fs';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { basename } from 'node:path';
import type { Test } from 'tap';
import type { Tarball } from './packed.js';

/** Serves until the test ends. Resolves with its address, without a slash at the end. */
export async function registry(t: Test, tarballs: readonly Tarball[]): Promise<string> {
  const server = createServer((request, response) => {
    const path = decodeURIComponent(request.url ?? '').slice(1);
    const file = tarballs.find((each) => path === `-/${basename(each.path)}`);
    const versions = tarballs.filter((each) => each.manifest.name === path);
    if (file !== undefined) response.end(readFileSync(file.path));
    else if (versions.length > 0) response.end(JSON.stringify(metadata(versions, address)));
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
  // Yarn takes nothing that was published a moment ago.
  const time = Object.fromEntries(versions.map(([version]) => [version, '2020-01-01T00:00:00.000Z']));
  return { name: tarballs[0]?.manifest.name, 'dist-tags': { latest }, time, versions: Object.fromEntries(versions) };
}
