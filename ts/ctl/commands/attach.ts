/** `conmonctl attach`. */
import { DEFAULT_DETACH_KEYS } from '../attach/detach-keys.js';
import { command, CONTAINER, flag, value } from '../command.js';

export const ATTACH = command({
  name: 'attach',
  pattern: '<container>',
  summary: 'Connect the standard streams, or the terminal, to a running container',
  usage: ['[OPTIONS] CONTAINER'],
  description: [
    'Shows what the container writes from now on, and sends it our standard input. The end of our input is the end ' +
      "of the container's, also when conmonctl is interrupted: a container that was started with an input and reads it (a shell, " +
      '*cat*) exits then. With **--no-stdin** leaving has no effect on the container: if it has no terminal, its log is followed ' +
      'instead of connecting to the monitor.',
    'If it has a terminal, keys go there as they are typed and its size follows this terminal. The detach keys leave it running; ' +
      'they are single characters or *ctrl-X*, with commas between them, and none with an empty text.',
    'Only the monitor itself may listen on its socket. A container that is claimed by another user’s process alone must be named ' +
      'by *pid:N*: what you type goes to that user.',
  ],
  examples: [
    ['$0 attach web', 'ctrl-p ctrl-q leaves it'],
    ['$0 attach --detach-keys ctrl-x web', 'another key to leave it'],
    ['$0 attach --no-stdin web', 'only look'],
  ],
  positionals: { container: CONTAINER },
  options: {
    'detach-keys': value('KEYS', 'Keys that leave the container running', { default: DEFAULT_DETACH_KEYS }),
    'no-stdin': flag('Show output only: leaving has no effect on the container'),
    json: flag('For programs: at the end one JSON object on stderr'),
  },
  statuses: [
    ['1', 'no monitor has such a container'],
    ['other', "the container's own if it ended, 128 + N if signal N killed it"],
  ],
  run: async (argv) => (await import('../attach/attach-command.js')).attachCommand(argv),
});
