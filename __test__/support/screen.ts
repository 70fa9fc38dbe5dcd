/** A program on a terminal whose screen the test can read. */
import { type ChildProcess, spawn } from 'node:child_process';
import xterm from '@xterm/headless';
import { onTerminal } from './terminal.js';
import { until } from './wait.js';

const [ROWS, COLUMNS] = [50, 160];

export interface ScreenOptions {
  readonly cwd?: string;
  readonly env?: NodeJS.ProcessEnv;
  readonly rows?: number;
  readonly columns?: number;
}

export class Screen {
  readonly #child: ChildProcess;
  readonly #terminal: xterm.Terminal;
  readonly #rows: number;

  constructor(words: readonly string[], { rows = ROWS, columns = COLUMNS, ...options }: ScreenOptions = {}) {
    this.#rows = rows;
    this.#terminal = new xterm.Terminal({ cols: columns, rows, allowProposedApi: true });
    const [program = '', ...args] = onTerminal(words, rows, columns);
    this.#child = spawn(program, args, options);
    this.#child.stdout?.on('data', (bytes: Buffer) => this.#terminal.write(bytes));
    // Programs ask the terminal what it is, and some wait for the answer.
    this.#terminal.onData((answer) => this.type(answer));
  }

  type(text: string): void {
    this.#child.stdin?.write(text);
  }

  /** The lines of the screen, without empty ones at the end. */
  text(): string {
    const { active } = this.#terminal.buffer;
    const lines = Array.from(
      { length: this.#rows },
      (_, at) => active.getLine(active.baseY + at)?.translateToString(true) ?? '',
    );
    return lines.join('\n').trimEnd();
  }

  /** Whether the program uses the alternate screen. */
  get isAlternate(): boolean {
    return this.#terminal.buffer.active.type === 'alternate';
  }

  /** Lines above the screen. */
  get scrollback(): number {
    return this.#terminal.buffer.normal.baseY;
  }

  /** Resolves when the screen matches. */
  async shows(what: string | RegExp): Promise<void> {
    const matches = (text: string): boolean => (typeof what === 'string' ? text.includes(what) : what.test(text));
    await until(`${String(what)} on the screen`, () => matches(this.text())).catch((error: unknown) => {
      throw new Error(`${String(error)}; the screen:\n${this.text()}`, { cause: error });
    });
  }

  end(): void {
    this.#child.kill('SIGKILL');
    this.#terminal.dispose();
  }
}
