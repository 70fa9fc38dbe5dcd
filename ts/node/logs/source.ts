/** The places where logs are. */
import type { LogFormat } from '../../planner/plan.js';

/**
 * Where a log is. Text is the path of one in files: the file at this path, and those that rotation keeps beside it. Of a
 * record's stream the journal stores only the priority: 3 counts as stderr, any other as stdout.
 */
export type LogSource =
  | string
  | {
      readonly kind: 'file';
      /**
       * Of the log that is being written. With it are read `PATH.1` (the newest) … `PATH.N`, and `PATH.YYYYMMDD-HHMMSS` as
       * kubelet renames them, each also with `.gz`.
       */
      readonly path: string;
      /** Default: detected from the first byte of each record. */
      readonly format?: LogFormat | undefined;
      /** Only files of this user are read: for a path that one of its processes has named. */
      readonly owner?: number | undefined;
    }
  | {
      readonly kind: 'journald';
      /** The whole id of the container, field `CONTAINER_ID_FULL`. */
      readonly cid: string;
      /** Directory of the journal's files, instead of that of this machine. */
      readonly directory?: string | undefined;
      /**
       * Users whose records are read, default: all. Any user can write records with any `CONTAINER_ID_FULL`; the journal notes whose
       * each is in `_UID`.
       */
      readonly uids?: readonly number[] | undefined;
    };
