/**
 * `conmonctl logs`: the log of a container, or of a file, wherever rotation has put it.
 */
import { pipeline } from 'node:stream/promises';
import { errnoOf } from '../../node/errno.js';
import { LogError } from '../../node/logs/errors.js';
import type { ReadLogOptions } from '../../node/logs/options.js';
import { readLogBatches } from '../../node/logs/read-log.js';
import type { LogStream } from '../../node/logs/record.js';
import type { UnfinishedLine } from '../../node/logs/unfinished.js';
import { monitors } from '../../node/monitors/monitors.js';
import { hasEnded, isAlive } from '../../node/monitors/process-end.js';
import { InstallationError } from '../../node/native/installation-error.js';
import { addon } from '../../node/native/load-addon.js';
import { CtlError } from '../error.js';
import { NOT_FOUND } from '../monitors/find.js';
import { findLog, type Writer } from './log-source.js';
import { Notes } from './notes.js';
import { PieceSink, ReaderGone } from './piece-sink.js';
import { ownLayout } from './pieces.js';
import { pointInTime } from './point-in-time.js';
import { Printer } from './printer.js';
import { hasWriter } from './writers.js';

export interface LogsArguments {
  readonly source: string;
  readonly follow?: boolean | undefined;
  readonly since?: string | undefined;
  readonly until?: string | undefined;
  readonly tail?: string | undefined;
  readonly stream?: LogStream | undefined;
  readonly timestamps?: boolean | undefined;
  readonly json?: boolean | undefined;
}

/** A part of the log could not be read. */
const INCOMPLETE = 125;

/** Resolves with the exit status. */
export async function logsCommand(options: LogsArguments): Promise<number> {
  const request = requestOf(options);
  const { source, writer, remark } = await findLog(options.source, monitors);
  process.stderr.write(remark);
  const notes = new Notes(options.follow === true, (line) => process.stderr.write(line));
  const printer = new Printer(options, ownLayout());
  const { signal, stop } = stopper();
  const sink = new PieceSink().once('error', stop);
  if (options.follow === true) whenReaderGone(() => sink.destroy(new ReaderGone('the reader of stdout has gone')));
  const follow = options.follow === true && following(writer, signal);
  const { malformed: onMalformed, problem: onProblem } = notes;
  const onUnfinished = (line: UnfinishedLine): Promise<boolean> => isFinal(line, writer, notes);
  const batches = readLogBatches(source, { ...request, follow, signal, onMalformed, onProblem, onUnfinished });
  try {
    await pipeline(printer.pieces(batches), sink);
  } catch (error) {
    if (error instanceof ReaderGone) return 0;
    throw error instanceof LogError ? asOurs(error) : error;
  } finally {
    stop();
    notes.end();
  }
  if (writer === 'ended' && isJournal(source) && printer.isEmpty) throw nowhere(options.source);
  return notes.hasProblem ? INCOMPLETE : 0;
}

/** While a followed log is quiet, no write fails that would report this. Without the addon, that of the next record does. */
function whenReaderGone(onGone: () => void): void {
  try {
    addon().watchStdout(onGone);
  } catch (error) {
    if (!(error instanceof InstallationError)) throw error;
  }
}

function stopper(): { readonly signal: AbortSignal; readonly stop: () => void } {
  const controller = new AbortController();
  return { signal: controller.signal, stop: () => controller.abort() };
}

function requestOf({ since, until, tail, stream }: LogsArguments): ReadLogOptions {
  return {
    since: since === undefined ? undefined : pointInTime(since),
    until: until === undefined ? undefined : pointInTime(until),
    tail: tail === undefined ? undefined : lines(tail),
    stream,
  };
}

/** Until when a log is followed. */
function following(writer: Writer, signal: AbortSignal): boolean | Promise<unknown> {
  if (writer === 'unknown') return true;
  // A monitor that has ended has written everything.
  return writer === 'ended' ? false : hasEnded(writer.pid, undefined, signal);
}

/** Whether no process can complete the last line any more; otherwise reports that it is not shown. */
async function isFinal(line: UnfinishedLine, writer: Writer, notes: Notes): Promise<boolean> {
  const isOpen = writer === 'unknown' ? hasWriter(line.path) : writer !== 'ended' && (await isAlive(writer.pid));
  if (isOpen) notes.unfinished(line);
  return !isOpen;
}

function isJournal(source: Awaited<ReturnType<typeof findLog>>['source']): boolean {
  return typeof source === 'object' && source.kind === 'journald';
}

/** Neither a monitor nor the journal knows the container. */
function nowhere(cid: string): CtlError {
  const advice = 'Is the id right, does it log to the journal, and may you read that (group systemd-journal)?';
  return new CtlError(`neither a monitor nor the journal has records of ${cid}`, { advice, status: NOT_FOUND });
}

function lines(text: string): number | undefined {
  if (text === 'all') return undefined;
  if (/^\d{1,15}$/.test(text)) return Number(text);
  throw new CtlError(`--tail needs a number of lines or all, not ${JSON.stringify(text)}`);
}

function asOurs(error: LogError): CtlError {
  const isForbidden = ['EACCES', 'EPERM'].includes(errnoOf(error.cause) ?? '');
  const advice = 'The log belongs to another user: try sudo conmonctl logs.';
  return new CtlError(error.message, { cause: error, advice: isForbidden ? advice : undefined });
}
