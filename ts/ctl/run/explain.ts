/**
 * `--explain`: describes a run step by step, for people.
 */
import type { RunEvent } from './event.js';
import { commandLines } from './option-meanings.js';
import type { Paint } from '../paint.js';
import { visible } from '../visible.js';

const MARGIN = '     ';
const MARGIN_OF_LOG = '   │ ';

/** Writes each step as it happens. */
export class Explainer {
  readonly #write: (text: string) => void;
  readonly #paint: Paint;
  #steps = 0;
  /** Whether the last thing written was a record of the log. */
  #inLog = false;
  /** Records that arrived before the runtime's start returned: shown after it, in the order of cause and effect. */
  #held: string[] | undefined;

  constructor(write: (text: string) => void, paint: Paint) {
    this.#write = write;
    this.#paint = paint;
  }

  readonly onEvent = (event: RunEvent): void => {
    if (event.kind === 'logged') return this.#take(event.record);
    this.#inLog = false;
    for (const line of this.#lines(event)) this.#write(`${line}\n`);
    if (event.kind === 'reported') this.#held = [];
    if (event.kind !== 'reported' && event.kind !== 'started') this.#release();
  };

  #take(record: string): void {
    if (this.#held === undefined) this.#record(record);
    else this.#held.push(record);
  }

  #release(): void {
    const held = this.#held ?? [];
    this.#held = undefined;
    for (const record of held) this.#record(record);
  }

  #lines(event: Exclude<RunEvent, { kind: 'logged' }>): readonly string[] {
    switch (event.kind) {
      case 'prepared':
        return this.#prepared(event);
      case 'launching':
        return [
          ...this.#step('The monitor is started, and waits for a byte on its start pipe'),
          `${MARGIN}_OCI_SYNCPIPE=3 _OCI_STARTPIPE=4 ${this.#paint.strong(event.program)}`,
          ...commandLines(event.options).map(([args, meaning]) => `${MARGIN}  ${args}  ${this.#paint.faint(meaning)}`),
        ];
      case 'launched':
        return [
          ...this.#step('It received the byte and forked; its first process exited, so the caller continues'),
          this.#fact('after', milliseconds(event.milliseconds)),
          this.#fact('monitor', `pid ${event.monitor}`),
        ];
      case 'reported':
        return [
          ...this.#step(
            'One line arrived on the sync pipe: ' + (event.pid > 0 ? 'the container is created' : 'it failed'),
          ),
          this.#fact('line', visible(event.line)),
          this.#fact('after', milliseconds(event.milliseconds)),
        ];
      case 'started':
        return [
          ...this.#step('The manager starts the container'),
          this.#fact('call', event.argv.join(' ')),
          this.#fact('took', milliseconds(event.milliseconds)),
        ];
      case 'measured':
        return [
          ...this.#step('The monitor stays with the container'),
          this.#fact('pid', String(event.monitor)),
          this.#fact('memory', `${event.memory.rss} kB resident, ${event.memory.anonymous} kB of it anonymous`),
          this.#fact('threads', String(event.memory.threads)),
        ];
      case 'signalled':
        return this.#step(`${event.signal} is sent to the container`);
      case 'exited':
        return [
          ...this.#step('The container has exited: the exit file exists'),
          this.#fact('file', event.path),
          this.#fact('content', JSON.stringify(event.content)),
          this.#fact('status', this.#paint.strong(String(event.status))),
        ];
      case 'removed':
        return [
          ...this.#step(event.problems.length === 0 ? 'Nothing is left behind' : 'Not everything could be removed'),
          ...event.what.map((what) => this.#fact('removed', what)),
          ...event.problems.map((problem) => this.#fact('problem', problem)),
        ];
    }
  }

  #prepared(event: Extract<RunEvent, { kind: 'prepared' }>): readonly string[] {
    return [
      ...this.#step('What is to be run'),
      this.#fact('container', event.id),
      this.#fact('runtime', `${event.runtime} (${event.reason})`),
      this.#fact('bundle', `${event.bundle}${event.written ? ' (config.json written for this run)' : ''}`),
      this.#fact('directory', `${event.directory} (private, mode 0700)`),
    ];
  }

  #record(record: string): void {
    if (!this.#inLog)
      for (const line of this.#step('The log grows (F: a whole line, P: a part of one)')) this.#write(`${line}\n`);
    this.#inLog = true;
    const isError = record.split(' ', 2)[1] === 'stderr';
    this.#write(`${MARGIN_OF_LOG}${isError ? this.#paint.warm(visible(record)) : visible(record)}\n`);
  }

  #step(title: string): readonly string[] {
    this.#steps += 1;
    return ['', `${String(this.#steps).padStart(2)} · ${this.#paint.strong(title)}`];
  }

  #fact(name: string, value: string): string {
    return `${MARGIN}${this.#paint.faint(name.padEnd(10))} ${value}`;
  }
}

function milliseconds(value: number): string {
  return `${value.toFixed(1)} ms`;
}
