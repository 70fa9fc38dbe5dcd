/**
 * Numbers and names that the planner, the core, their hosts and `conmonctl` must agree on.
 *
 * Generated from `crates/core/src/plan/constants.rs` by `npm run plan-types`.
 */

/** Version of the document. Raised whenever a field changes its meaning; the core refuses a plan of another version. */
export const PLAN_VERSION = 3;

/** Environment variable that names the memfd with the plan when another host of the planner starts the executable. */
export const PLAN_FD_VARIABLE = '_CONMON_PLAN_FD';

/** Marks the place of a decimal number in a `Template`. */
export const NUMBER_SLOT = '\u0001';

/** Marks the place of a JSON-escaped text in a `Template`. */
export const MESSAGE_SLOT = '\u0002';

/**
 * Most bytes of a message on the sync pipe. Podman reads its end, a packet socket, into a buffer of this size and loses the
 * rest of a longer packet.
 */
export const MAX_MESSAGE = 4096;

/** Replaces the middle of a text that was too long. */
export const ELLIPSIS = ' … ';

/** Most rows or columns that a terminal can be given through the control FIFOs, as in C conmon. */
export const MAX_WINDOW_SIZE = 1000;

/**
 * The line for every pipe of a manager when the planner itself has failed, with a `MESSAGE_SLOT`. The planner owns the protocol,
 * so this has every key that any version of it reads; managers ignore those they do not know.
 */
export const LAST_RESORT = '{"data": -1, "pid": -1, "exit_code": -1, "message": "\u0002"}\n';

/** Begins the message of a failure of the monitor itself on the sync and attach pipes. Other messages are the runtime's. */
export const MONITOR_FAILED = 'conmon: ';

/** Name (`PR_SET_NAME`) of a process above a monitor that starts another one if the monitor is killed. */
export const GUARDIAN_NAME = 'conmon-guard';

/**
 * Environment variable that names the descriptor of the record when the executable is to monitor a container whose monitor was
 * killed.
 */
export const RESCUE_VARIABLE = '_CONMON_RESCUE';

/** What that executable prints to stderr when it monitors the container. No other program prints it. */
export const RESCUE_READY = 'conmon-node: monitors this container';
