/** From options to a plan: runs the checks in C conmon's order and puts the parts together. */
import { planAttach } from './attach.js';
import { CTL_FIFO, MONITOR_SOCKET, NOTIFY_SOCKET, RESCUE_SUFFIX, WINSZ_FIFO } from './bundle-files.js';
import { planConfinement } from './confinement.js';
import { check, isLegacyExec } from './check.js';
import { oomFiles, planExit } from './exit.js';
import type { Given } from './given.js';
import type { Environment, Host } from './host.js';
import { readKnobs } from './knobs.js';
import type { LogTarget } from './log-path.js';
import { isPassthrough, labelRemarks, logTargets, planLogs } from './logs.js';
import { below } from './path.js';
import { readPipes } from './pipes.js';
import { PLAN_VERSION } from './constants.js';
import type { NotifyPlan, Plan, StdioPlan } from './plan.js';
import { runtimeCall } from './runtime-call.js';
import { attachPipe, syncPipe } from './sync-pipe.js';

/**
 * The complete plan for these options.
 *
 * @throws {Refused} when they cannot be carried out.
 */
export function decide(given: Given, env: Environment, host: Host): Plan {
  const { flags, strings } = given;
  const invocation = check(given, host);
  const { bundle } = invocation;
  // With its slash, so that each file in it is one concatenation.
  const prefix = bundle === null ? null : below(bundle, '');
  const targets = logTargets(given);
  const knobs = readKnobs(env);
  const logs = planLogs(given, invocation.cid, targets, knobs);
  const passthrough = isPassthrough(targets);
  const waits = invocation.action.kind === 'exec' && invocation.action.attach;
  const pipes = readPipes(env, waits);
  const attachable = !passthrough && !isLegacyExec(given);
  const places = {
    attach: attachable ? planAttach(invocation, given, prefix, knobs.stallSeconds) : null,
    control: attachable && prefix !== null ? { ctl: prefix + CTL_FIFO, winsz: prefix + WINSZ_FIFO } : null,
    logs,
    exit: planExit(given, invocation),
    oomFiles: oomFiles(given, prefix),
    notify: planNotify(given, prefix),
    adoption:
      prefix === null || isLegacyExec(given)
        ? null
        : { socket: prefix + MONITOR_SOCKET, exitCommands: knobs.exitCommands },
    rescue:
      invocation.action.kind === 'exec' ? null : (strings['conmon-pidfile'] ?? invocation.pidfile) + RESCUE_SUFFIX,
  };
  return {
    version: PLAN_VERSION,
    mode: invocation.action.kind,
    cid: invocation.cid,
    diagnostics: {
      level: invocation.level,
      syslog: flags.syslog === true,
      warnings: ignoredOptions(given, targets).concat(labelRemarks(given, invocation.level), knobs.warnings),
    },
    launch: {
      daemonize: flags.sync !== true,
      pidfile: flags.sync === true ? null : (strings['conmon-pidfile'] ?? null),
      startPipe: pipes.start,
      guardian: knobs.guardian && flags.sync !== true && invocation.action.kind !== 'exec',
    },
    runtime: runtimeCall(invocation, given, env, waits ? pipes.start : null),
    stdio: planStdio(given, passthrough),
    syncPipe: syncPipe(pipes.sync, given),
    attachPipe: pipes.attach === null ? null : attachPipe(pipes.attach),
    ...places,
    confinement: knobs.confine ? planConfinement(places) : null,
  };
}

function planStdio({ flags }: Given, passthrough: boolean): StdioPlan {
  return {
    terminal: flags.terminal === true,
    stdin: flags.stdin === true,
    leaveStdinOpen: flags['leave-stdin-open'] === true,
    passthrough,
  };
}

function planNotify({ strings }: Given, prefix: string | null): NotifyPlan | null {
  const host = strings['sdnotify-socket'];
  return host === undefined || prefix === null ? null : { socket: prefix + NOTIFY_SOCKET, host };
}

function ignoredOptions({ flags, strings }: Given, targets: readonly LogTarget[]): string[] {
  const warnings: string[] = [];
  for (const name of ['seccomp-notify-socket', 'seccomp-notify-plugins'] as const) {
    if (strings[name] !== undefined) warnings.push(`--${name} is ignored: seccomp notifications are not supported`);
  }
  if (flags['no-container-partial-message'] === true && !targets.some(({ kind }) => kind === 'journald')) {
    warnings.push('--no-container-partial-message has no effect without journald log driver');
  }
  return warnings;
}
