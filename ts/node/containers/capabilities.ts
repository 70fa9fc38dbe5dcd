/**
 * Capabilities of a container: Podman's default ones, as far as the caller has them. A runtime refuses to give what its caller
 * lacks.
 */

/** Number of the bit in the masks of `/proc/PID/status`, from linux/capability.h. */
const NUMBERS = {
  CAP_CHOWN: 0,
  CAP_DAC_OVERRIDE: 1,
  CAP_FOWNER: 3,
  CAP_FSETID: 4,
  CAP_KILL: 5,
  CAP_SETGID: 6,
  CAP_SETUID: 7,
  CAP_SETPCAP: 8,
  CAP_NET_BIND_SERVICE: 10,
  CAP_SYS_CHROOT: 18,
  CAP_SETFCAP: 31,
} as const;

/** `status` is the text of `/proc/self/status`. */
export function grantableCapabilities(status: string): readonly string[] {
  const mask = BigInt(`0x${/^CapEff:\s*([0-9a-f]+)$/m.exec(status)?.[1] ?? '0'}`);
  return Object.entries(NUMBERS)
    .filter(([, number]) => ((mask >> BigInt(number)) & 1n) === 1n)
    .map(([name]) => name);
}
