/** Options of the commands that list monitors. */
export const LIST_OPTIONS = {
  filter: {
    placeholder: 'KEY=VALUE',
    type: 'string',
    array: true,
    requiresArg: true,
    describe: 'Only those with id (prefix), name (part), state, user, kind or mode=container|exec; may be repeated',
  },
  sort: {
    placeholder: 'COLUMN',
    type: 'string',
    requiresArg: true,
    describe: 'Sort by a column, text in ascending, numbers in descending order; -COLUMN reverses that',
  },
  quiet: { alias: 'q', type: 'boolean', describe: 'Print only IDs, each once' },
  'no-trunc': { type: 'boolean', describe: 'Print whole IDs, and all columns on a narrow terminal' },
} as const;
