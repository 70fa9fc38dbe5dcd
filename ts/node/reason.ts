/** Why something failed, in words for the end of a message. */
import { getSystemErrorMap } from 'node:util';

/** The system's words for its own errors, such as `permission denied`; otherwise the message. */
export function reasonOf(error: unknown): string {
  if (!(error instanceof Error)) return String(error);
  const errno: unknown = Reflect.get(error, 'errno');
  const [, words] = (typeof errno === 'number' ? getSystemErrorMap().get(errno) : undefined) ?? [];
  return words ?? error.message;
}
