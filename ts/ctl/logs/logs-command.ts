/**
 * `conmonctl logs`: the log of a container, or of a file, wherever rotation has put it.
 */
import { LogError, type MalformedRecord } from '../../node/logs/errors.js';
import { readLogBatches, type ReadLogOptions } from '../../node/logs/read-log.js';
import type { LogRecord, LogStream } from '../../node/logs/record.js';
import { monitors } from '../../node/monitors/monitors.js';
import { CtlError } from '../error.js';
import { hasEnded } from '../../node/monitors/process-end.js';
import { NOT_FOUND } from '../monitors/find.js';
import { findLog, type Writer } from './log-source.js';
import { pointInTime } from './point-in-time.js';
import { recordJson, RecordText } from './record-text.js';
import { visible } from '../visible.js';
import { Out } from './write-out.js';

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

/** Resolves with the exit status. */
export async function logsCommand(options: LogsArguments): Promise<number> {
  const { source, writer, remark } = await findLog(options.source, monitors);
  process.stderr.write(remark);
  const printer = new Printer(options);
  const nobodyReads = new AbortController();
  void printer.closed.then(() => nobodyReads.abort());
  const wanted = { ...requestOf(options, writer), signal: nobodyReads.signal, onMalformed: warn };
  try {
    for await (const batch of readLogBatches(source, wanted)) await printer.print(batch);
  } catch (error) {
    if (!nobodyReads.signal.aborted) throw error instanceof LogError ? asOurs(error) : error;
  } finally {
    await printer.end();
  }
  if (writer === 'ended' && printer.isEmpty) throw nowhere(options.source);
  return 0;
}

function requestOf(options: LogsArguments, writer: Writer): ReadLogOptions {
  return {
    since: options.since === undefined ? undefined : pointInTime(options.since),
    until: options.until === undefined ? undefined : pointInTime(options.until),
    tail: options.tail === undefined ? undefined : lines(options.tail),
    stream: options.stream,
    follow: options.follow === true && following(writer),
  };
}

/** Whom a log waits for. */
function following(writer: Writer): boolean | Promise<unknown> {
  if (writer === 'unknown') return true;
  // A monitor that has ended has written everything.
  return writer === 'ended' ? false : hasEnded(writer.pid);
}

/** Neither a monitor nor the journal knows the container. */
function nowhere(cid: string): CtlError {
  const advice = 'Is the id right, does it log to the journal, and may you read that (group systemd-journal)?';
  return new CtlError(`neither a monitor nor the journal has this of ${cid}`, { advice, status: NOT_FOUND });
}

function lines(text: string): number | undefined {
  if (text === 'all') return undefined;
  if (/^\d{1,15}$/.test(text)) return Number(text);
  throw new CtlError(`--tail needs a number of lines or all, not ${JSON.stringify(text)}`);
}

/** A malformed line was torn by a crash or a full disk; the records around it are still of use. */
function warn(error: MalformedRecord): void {
  process.stderr.write(`conmonctl: ${visible(error.message)}\n`);
}

function asOurs(error: LogError): CtlError {
  return new CtlError(error.message, { cause: error });
}

/** The container's streams go to ours of the same name; JSON goes to stdout. */
class Printer {
  readonly closed: Promise<void>;
  readonly #json: boolean;
  #isEmpty = true;
  readonly #text: RecordText;
  readonly #out = { stdout: new Out(process.stdout), stderr: new Out(process.stderr) };
  /** Only when the records are not on the terminal as well. It needs a library, which is loaded then. */
  readonly #progress = process.stderr.isTTY && !process.stdout.isTTY ? startProgress() : undefined;

  constructor({ json, timestamps }: LogsArguments) {
    this.#json = json === true;
    this.#text = new RecordText(timestamps === true);
    this.closed = Promise.race([this.#out.stdout.closed, this.#out.stderr.closed]);
  }

  /** Whether there was nothing to print. */
  get isEmpty(): boolean {
    return this.#isEmpty;
  }

  async print(batch: readonly LogRecord[]): Promise<void> {
    let bytes = 0;
    if (batch.length > 0) this.#isEmpty = false;
    for (const record of batch) {
      bytes += record.text.length;
      const out = this.#json ? this.#out.stdout : this.#out[record.stream];
      out.add(this.#json ? [Buffer.from(recordJson(record))] : this.#text.of(record));
      if (out.isFull) await out.flush();
    }
    await this.#flush();
    (await this.#progress)?.add(batch.length, bytes);
  }

  async end(): Promise<void> {
    await this.#flush();
    (await this.#progress)?.end();
  }

  async #flush(): Promise<void> {
    await this.#out.stdout.flush();
    await this.#out.stderr.flush();
  }
}

async function startProgress() {
  const { Progress } = await import('./progress.js');
  return new Progress();
}
