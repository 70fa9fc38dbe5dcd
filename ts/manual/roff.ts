/**
 * Manual pages in roff, with the macros of man(7): only those that every formatter knows.
 */

/** A page of the manual. */
export interface Page {
  readonly name: string;
  readonly section: number;
  /** What it is, in a few words: after the name. */
  readonly purpose: string;
  /** Such as `conmon-node 0.1.0`. */
  readonly source: string;
  /** `2026-11-24` */
  readonly revised: string;
  readonly sections: readonly Section[];
}

export interface Section {
  readonly title: string;
  readonly blocks: readonly Block[];
}

/** Text has `**bold**`, `*italic*` and `` `code` `` in it. */
export type Block =
  | { readonly kind: 'paragraph'; readonly text: string }
  /** A title within a section. */
  | { readonly kind: 'title'; readonly text: string }
  /** Terms and what they mean. */
  | { readonly kind: 'terms'; readonly terms: readonly (readonly [term: string, meaning: string])[] }
  /** Lines as they are typed. */
  | { readonly kind: 'example'; readonly lines: readonly string[] }
  /** Forms of a command. */
  | { readonly kind: 'synopsis'; readonly forms: readonly string[] };

export function paragraph(text: string): Block {
  return { kind: 'paragraph', text };
}

export function title(text: string): Block {
  return { kind: 'title', text };
}

export function terms(terms: readonly (readonly [term: string, meaning: string])[]): Block {
  return { kind: 'terms', terms };
}

export function example(...lines: readonly string[]): Block {
  return { kind: 'example', lines };
}

export function synopsis(...forms: readonly string[]): Block {
  return { kind: 'synopsis', forms };
}

/** Ends in a newline. */
export function roff(page: Page): string {
  const lines = [
    `.TH ${page.name.toUpperCase()} ${page.section} ${page.revised} "${page.source}"`,
    '.SH NAME',
    `${plain(page.name)} \\- ${inline(page.purpose)}`,
    ...page.sections.flatMap(({ title, blocks }) => [`.SH ${plain(title)}`, ...separated(blocks)]),
  ];
  return `${lines.join('\n')}\n`;
}

/** A paragraph directly after a heading needs no macro, and mandoc(1) complains about one. */
function separated(blocks: readonly Block[]): readonly string[] {
  return blocks.flatMap((block, at) => {
    const first = at === 0 || blocks[at - 1]?.kind === 'title';
    return blockLines(block, first);
  });
}

function blockLines(block: Block, first: boolean): readonly string[] {
  const begin = first ? [] : ['.PP'];
  switch (block.kind) {
    case 'paragraph':
      return [...begin, line(inline(block.text))];
    case 'title':
      return [`.SS ${inline(block.text)}`];
    case 'terms':
      return block.terms.flatMap(([term, meaning]) => ['.TP', line(inline(term)), line(inline(meaning))]);
    case 'example':
      return [...begin, '.RS 4', '.EX', ...block.lines.map((text) => line(plain(text))), '.EE', '.RE'];
    case 'synopsis':
      return block.forms.flatMap((form, at) => [...(first && at === 0 ? [] : ['.br']), line(inline(form))]);
  }
}

/** A line that begins with a control character is text all the same. */
function line(text: string): string {
  return /^[.']/.test(text) ? `\\&${text}` : text;
}

/** Bold, italic and code; none of them within another. */
function inline(text: string): string {
  return text
    .split(/(\*\*[^*]+\*\*|\*[^*]+\*|`[^`]+`)/)
    .map((piece) => {
      if (piece.startsWith('**')) return `\\fB${plain(piece.slice(2, -2))}\\fR`;
      if (piece.startsWith('*') && piece.length > 2) return `\\fI${plain(piece.slice(1, -1))}\\fR`;
      if (piece.startsWith('`')) return `\\fB${plain(piece.slice(1, -1))}\\fR`;
      return plain(piece);
    })
    .join('');
}

const SPECIAL: Readonly<Record<string, string>> = {
  '\\': '\\e',
  // A hyphen that can be copied and typed.
  '-': '\\-',
  "'": '\\(aq',
  '`': '\\(ga',
  '^': '\\(ha',
  '~': '\\(ti',
  '…': '...',
  '–': '\\(en',
};

function plain(text: string): string {
  return text.replaceAll(/[\\\-'`^~…–]/g, (character) => SPECIAL[character] ?? character);
}
