/** Which C library this Node uses. */

/** Whether this Node uses musl: with glibc it reports the version. */
export function usesMusl(): boolean {
  if (process.platform !== 'linux') return false;
  const report: unknown = process.report?.getReport();
  const header: unknown = typeof report === 'object' && report !== null ? Reflect.get(report, 'header') : undefined;
  if (typeof header !== 'object' || header === null) return false;
  return typeof Reflect.get(header, 'glibcVersionRuntime') !== 'string';
}
