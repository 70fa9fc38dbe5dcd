/**
 * The command line that Podman writes for `podman run`, which the planner has to take apart.
 * @module
 */
const CID = 'c0ffee'.repeat(11).slice(0, 64);
const STORAGE = '/var/lib/containers/storage';
const RUN = `/run/containers/storage/overlay-containers/${CID}/userdata`;

/** What comes before `container cleanup` in Podman's exit command. */
const GLOBALS = [
  ...['--root', STORAGE, '--runroot', '/run/containers/storage', '--log-level', 'warning'],
  ...['--cgroup-manager', 'systemd', '--tmpdir', '/run/libpod', '--network-config-dir', ''],
  ...['--network-backend', 'netavark', '--volumepath', `${STORAGE}/volumes`, '--runtime', 'crun'],
  ...['--storage-driver', 'overlay', '--events-backend', 'journald', 'container', 'cleanup', '--rm', CID],
];

/**
 * Complete and right but for the log, whose path is missing: every option is read and every check made, the last one
 * fails, and nothing is started.
 */
export const REFUSED = [
  ...['--api-version', '1', '-c', CID, '-u', CID, '-r', '/bin/true'],
  ...['-b', `${STORAGE}/overlay-containers/${CID}/userdata`, '-p', `${RUN}/pidfile`, '-n', 'bench'],
  ...['--exit-dir', '/run/libpod/exits', '--full-attach', '-s', '-l', 'k8s-file:', '--log-level', 'warning'],
  ...['--runtime-arg', '--log-format=json', '--runtime-arg', '--log', `--runtime-arg=${RUN}/oci-log`],
  ...['--conmon-pidfile', `${RUN}/conmon.pid`, '--exit-command', '/usr/bin/podman'],
  ...GLOBALS.flatMap((word) => ['--exit-command-arg', word]),
];
