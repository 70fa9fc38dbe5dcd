/** A namespace in which changes to directories of the system are kept in memory and vanish with it. */
import { mkdtempSync, realpathSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import type { Test } from 'tap';
import { enterNamespace, type Namespace } from './namespace.js';

/** Covers the directories with overlays; needs root, `unshare` and `nsenter`. The test leaves the namespace at its end. */
export async function disposableSystem(t: Test, ...directories: readonly string[]): Promise<Namespace> {
  const store = realpathSync(mkdtempSync(`${tmpdir()}/conmon-disposable-`));
  const covers = directories.flatMap((place, index) => {
    const [upper, work] = [`${store}/${index}/upper`, `${store}/${index}/work`];
    const options = `lowerdir=${place},upperdir=${upper},workdir=${work}`;
    return [`mkdir -p ${upper} ${work}`, `mount -t overlay -o ${options} none ${place}`];
  });
  const namespace = await enterNamespace(`mount -t tmpfs none ${store}`, ...covers);
  t.teardown(() => {
    namespace.leave();
    rmSync(store, { recursive: true, force: true });
  });
  return namespace;
}
