/**
 * The files that a monitor creates in a bundle. Managers look for them by these names. Constants, because functions would be
 * instructions of every start.
 */

/** The attach socket. */
export const ATTACH_SOCKET = 'attach';
/** The FIFO for all requests. */
export const CTL_FIFO = 'ctl';
/** The FIFO for resizes. */
export const WINSZ_FIFO = 'winsz';
/** The private socket of the monitor. */
export const MONITOR_SOCKET = 'conmon.sock';
/** What is added to the name of the pidfile for the file from which a monitor that was killed can be replaced. */
export const RESCUE_SUFFIX = '.rescue';
/** The empty file that reports an OOM kill. */
export const OOM_FILE = 'oom';
/** The notify socket of the container. Podman bind-mounts its directory into the container. */
export const NOTIFY_SOCKET = 'notify/notify.sock';
