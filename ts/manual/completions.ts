/**
 * Completion of conmon's options in bash, zsh and fish, from the planner's option table. yargs completes conmonctl.
 */
import { OPTION_SPECS, type OptionSpec } from '../planner/options.js';

type Value = 'none' | 'text' | 'file' | 'directory' | readonly string[];

const MADE = 'generated from the option table by npm run manuals';
const LEVELS = ['error', 'warning', 'info', 'debug', 'trace'];
const LOGS = ['k8s-file:', 'json-file:', 'journald', 'passthrough', 'none'];

function options(): readonly (readonly [name: string, spec: OptionSpec])[] {
  return Object.entries(OPTION_SPECS).filter(([, { hidden }]) => hidden !== true);
}

function valueOf({ placeholder }: OptionSpec): Value {
  switch (placeholder) {
    case undefined:
      return 'none';
    case 'DIR':
      return 'directory';
    case 'FILE':
    case 'PATH':
    case 'PATHS':
      return 'file';
    case 'LEVEL':
      return LEVELS;
    case '[DRIVER:]PATH':
      return LOGS;
    default:
      return 'text';
  }
}

function spellings(name: string, { short }: OptionSpec): readonly string[] {
  return [...(short === undefined ? [] : [`-${short}`]), `--${name}`];
}

export function bashOfConmon(): string {
  const cases = options().flatMap(([name, spec]) => {
    const action = bashAction(valueOf(spec));
    return action === undefined ? [] : [`    ${spellings(name, spec).join('|')}) ${action}; return ;;`];
  });
  const words = options().flatMap(([name, spec]) => spellings(name, spec));
  return `# bash completion for conmon(8), ${MADE}
_conmon() {
  local current=\${COMP_WORDS[COMP_CWORD]} previous=\${COMP_WORDS[COMP_CWORD-1]}
  # "=" is a word of its own in bash.
  if [[ $current == "=" ]]; then current=
  elif [[ $previous == "=" ]]; then previous=\${COMP_WORDS[COMP_CWORD-2]}; fi
  [[ \${COMP_WORDS[COMP_CWORD]} == "=" ]] && previous=\${COMP_WORDS[COMP_CWORD-1]}
  case $previous in
${cases.join('\n')}
  esac
  mapfile -t COMPREPLY < <(compgen -W '${words.join(' ')}' -- "$current")
}
complete -F _conmon conmon
`;
}

function bashAction(value: Value): string | undefined {
  switch (value) {
    case 'none':
      return undefined;
    case 'text':
      return 'COMPREPLY=()';
    case 'file':
      return 'compopt -o filenames; mapfile -t COMPREPLY < <(compgen -f -- "$current")';
    case 'directory':
      return 'compopt -o filenames; mapfile -t COMPREPLY < <(compgen -d -- "$current")';
    default:
      return `mapfile -t COMPREPLY < <(compgen -W '${value.join(' ')}' -- "$current")`;
  }
}

export function zshOfConmon(): string {
  const lines = options().map(([name, spec]) => {
    const value = valueOf(spec);
    const all = spellings(name, spec);
    const repeats = spec.kind === 'strings' ? '*' : `(${all.join(' ')})`;
    const forms = value === 'none' ? all : all.map((each) => (each.startsWith('--') ? `${each}=` : `${each}+`));
    const many = forms.length > 1 ? `'${repeats}'{${forms.join(',')}}'` : `'${repeats}${forms[0]}`;
    return `  ${many}[${zshText(spec.describe)}]${zshAction(value, spec.placeholder)}'`;
  });
  return `#compdef conmon
# zsh completion for conmon(8), ${MADE}
_arguments -s \\
${lines.join(' \\\n')}
`;
}

function zshAction(value: Value, placeholder: string | undefined): string {
  const name = zshText(placeholder ?? '');
  switch (value) {
    case 'none':
      return '';
    case 'text':
      return `:${name}: `;
    case 'file':
      return `:${name}:_files`;
    case 'directory':
      return `:${name}:_files -/`;
    default:
      return `:${name}:(${value.map((each) => each.replace(':', '\\:')).join(' ')})`;
  }
}

/** Brackets and colons end a text there. */
function zshText(text: string): string {
  return text.replaceAll(/[[\]:]/g, String.raw`\$&`).replaceAll("'", `'\\''`);
}

export function fishOfConmon(): string {
  const lines = options().map(([name, spec]) => {
    const letter = spec.short === undefined ? '' : ` -s ${spec.short}`;
    return `complete -c conmon${letter} -l ${name}${fishAction(valueOf(spec))} -d ${fishText(spec.describe)}`;
  });
  return `# fish completion for conmon(8), ${MADE}\ncomplete -c conmon -f\n${lines.join('\n')}\n`;
}

function fishAction(value: Value): string {
  switch (value) {
    case 'none':
      return '';
    case 'text':
      return ' -x';
    case 'file':
      return ' -r -F';
    case 'directory':
      return " -x -a '(__fish_complete_directories)'";
    default:
      return ` -x -a '${value.join(' ')}'`;
  }
}

function fishText(text: string): string {
  return `'${text.replaceAll('\\', '\\\\').replaceAll("'", "\\'")}'`;
}
