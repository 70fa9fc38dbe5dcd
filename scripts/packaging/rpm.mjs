/**
 * Writes an RPM package with rpmbuild. The spec file only copies what is built already.
 * @module
 */
import { rename, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { at, must } from '../project.mjs';
import { layOut } from './layout.mjs';
import { DOC, installedFiles, legalFiles } from './tree.mjs';

/** @import { Content } from './packages.mjs' */

const LICENSES = 'usr/share/licenses/conmon-node';
/** Directories that this package owns. */
const OWN = ['/usr/libexec/conmon-node', '/usr/share/conmon-node', `/${DOC}`, `/${LICENSES}`];

/**
 * @param {string} output the directory of the package
 * @param {string} work an absent directory
 * @param {Content} content
 */
export async function writeRpm(output, work, content) {
  const { name, version, platform, seconds } = content;
  const files = {
    ...(await installedFiles(content)),
    ...(await legalFiles(content, LICENSES)),
    [`${LICENSES}/LICENSE`]: { from: at('LICENSE') },
  };
  const tree = join(work, 'tree');
  await layOut(tree, files);
  const file = `${name}-${version}-1.${platform.machine}.rpm`;
  await writeFile(join(work, 'conmon-node.spec'), spec(content, tree, Object.keys(files)));
  const macros = {
    _topdir: work,
    _rpmfilename: file,
    // What would differ between two builds: https://reproducible-builds.org/docs/source-date-epoch/.
    _buildhost: 'localhost',
    use_source_date_epoch_as_buildtime: '1',
    clamp_mtime_to_source_date_epoch: '1',
    _binary_payload: 'w9.gzdio',
    // The executable must be what the other packages contain: neither stripped nor linked to by its build ID.
    __os_install_post: '%{nil}',
    debug_package: '%{nil}',
    _build_id_links: 'none',
  };
  const defines = Object.entries(macros).flatMap(([macro, value]) => ['--define', `${macro} ${value}`]);
  await must('rpmbuild', ['--quiet', '--target', `${platform.machine}-linux`, ...defines, '-bb', 'conmon-node.spec'], {
    cwd: work,
    env: { ...process.env, SOURCE_DATE_EPOCH: String(seconds) },
  });
  await rename(join(work, 'RPMS', file), join(output, file));
}

/**
 * https://rpm-software-management.github.io/rpm/manual/spec.html
 * @param {Content} content
 * @param {string} tree what to install
 * @param {readonly string[]} paths in it
 */
function spec({ name, version, license, homepage, summary, description }, tree, paths) {
  const isLegal = (/** @type {string} */ path) => path.startsWith(LICENSES);
  const markOf = (/** @type {string} */ path) =>
    isLegal(path) ? '%license ' : /\/(?:doc|man)\//.test(path) ? '%doc ' : '';
  return `Name: ${name}
Version: ${version}
Release: 1
Summary: ${summary.replace(/^./, (first) => first.toUpperCase())}
License: ${license}
URL: ${homepage}
AutoReqProv: no

%description
${description}

%install
cp -a ${tree}/. %{buildroot}

%files
%defattr(-,root,root,-)
${OWN.map((directory) => `%dir ${directory}`).join('\n')}
${paths.map((path) => `${markOf(path)}/${path}`).join('\n')}
`;
}
