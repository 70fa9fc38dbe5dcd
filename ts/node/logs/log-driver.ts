/** Reads the log drivers of a plan. */
import type { LogDriver } from '../../planner/plan.js';
import type { LogFormat } from './record.js';

/** Where a driver writes: into the journal, or into a file at a path as the monitor sees it. */
export type DriverTarget =
  { readonly kind: 'journald' } | { readonly kind: 'file'; readonly format: LogFormat; readonly path: string };

/** The target of a driver. */
export function driverTarget(driver: LogDriver): DriverTarget {
  if ('journald' in driver) return { kind: 'journald' };
  if ('k8s-file' in driver) return { kind: 'file', format: 'k8s-file', path: driver['k8s-file'].path };
  return { kind: 'file', format: 'json-file', path: driver['json-file'].path };
}
