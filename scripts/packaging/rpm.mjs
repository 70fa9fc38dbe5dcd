/**
 * Writes an RPM package with rpmbuild. The spec file only copies what is built already.
 * @module
 */
import { rename, writeFile } from 'node:fs/promises';
import { at, must } from '../project.mjs';
import { below, filesOf, layOut } from './layout.mjs';

/** @import { Content } from './packages.mjs' */

/** What would differ between two builds: https://reproducible-builds.org/docs/source-date-epoch/. */
const SAME = {
  _buildhost: 'localhost',
  use_source_date_epoch_as_buildtime: '1',
  clamp_mtime_to_source_date_epoch: '1',
  _binary_payload: 'w9.gzdio',
};
/** The executable must be what the other packages contain: neither stripped nor linked to by its build ID. */
const UNCHANGED = { __os_install_post: '%{nil}', debug_package: '%{nil}', _build_id_links: 'none' };

/**
 * @param {string} output the directory of the package
 * @param {string} work an absent directory
 * @param {Content} content
 */
export async function writeRpm(output, work, content) {
  const { name, version, platform, files, notices } = content;
  const legal = { ...(await filesOf(at(), ['LICENSE'])), ...notices };
  await layOut(`${work}/tree`, { ...files, ...below('usr/share/licenses/conmon-node', legal) });
  await writeFile(`${work}/conmon-node.spec`, spec(content, `${work}/tree`));
  const file = `${name}-${version}-1.${platform.machine}.rpm`;
  const macros = { _topdir: work, _rpmfilename: file, ...SAME, ...UNCHANGED };
  const defines = Object.entries(macros).flatMap(([macro, value]) => ['--define', `${macro} ${value}`]);
  await must('rpmbuild', ['--quiet', '--target', `${platform.machine}-linux`, ...defines, '-bb', 'conmon-node.spec'], {
    cwd: work,
  });
  await rename(`${work}/RPMS/${file}`, `${output}/${file}`);
}

/**
 * https://rpm-software-management.github.io/rpm/manual/spec.html
 * @param {Content} content
 * @param {string} tree what to install
 */
function spec({ name, version, license, homepage, summary, description }, tree) {
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
/usr/libexec/conmon-node
/usr/share/conmon-node
%doc /usr/share/doc/conmon-node
%doc /usr/share/man/man8/conmon-node.8.gz
%license /usr/share/licenses/conmon-node
`;
}
