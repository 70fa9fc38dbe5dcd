/** `conmonctl completion`. */
import { type Command, command } from '../command.js';

/** It needs to know all commands, itself included. */
export const completion = (commands: () => readonly Command[]): Command =>
  command({
    name: 'completion',
    pattern: '[shell]',
    summary: 'Print the completion script of a shell: commands, options, values and containers',
    usage: ['[bash|zsh|fish]'],
    description: [
      'Put the script where the shell looks for it when it completes **conmonctl** for the first time; see the examples. For a shell ' +
        'that already runs: **source <(conmonctl completion bash)**, the same with *zsh*, and **conmonctl completion fish | source**.',
      'The package has the same scripts in *completions*, with those of **conmon**.',
    ],
    examples: [
      [
        '$0 completion bash > ~/.local/share/bash-completion/completions/conmonctl',
        'bash, with the package bash-completion',
      ],
      ['$0 completion zsh > ~/.zfunc/_conmonctl', 'zsh, with fpath=(~/.zfunc $fpath) before compinit in ~/.zshrc'],
      ['$0 completion bash > /usr/share/bash-completion/completions/conmonctl', 'bash, for all users'],
      ['$0 completion zsh > /usr/share/zsh/site-functions/_conmonctl', 'zsh, for all users'],
      ['$0 completion fish > ~/.config/fish/completions/conmonctl.fish', 'fish'],
    ],
    positionals: {
      shell: { choices: ['bash', 'zsh', 'fish'], describe: 'The shell (default: the one that SHELL names)' },
    },
    options: {},
    statuses: [],
    run: async (argv) =>
      (await import('../completion/completion-command.js')).completionCommand(argv.shell, commands()),
  });
