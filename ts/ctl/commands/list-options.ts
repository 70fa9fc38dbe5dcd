/** Options of the commands that list monitors. */
import { flag, value } from '../command.js';

export const LIST_OPTIONS = {
  filter: value(
    'KEY=VALUE',
    'Only those with id (prefix), name (part), state, user, kind or mode=container|exec; may be repeated',
    { array: true },
  ),
  sort: value('COLUMN', 'Sort by a column, text in ascending, numbers in descending order; -COLUMN reverses that'),
  quiet: flag('Print only IDs, each once', { alias: 'q' }),
  'no-trunc': flag('Print whole IDs, and all columns on a narrow terminal'),
} as const;
