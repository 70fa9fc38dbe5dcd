/**
 * Parts of a page that a command writes, between `<!-- NAME: written by COMMAND -->` and `<!-- end of NAME -->`.
 * @module
 */
import { format, resolveConfig } from 'prettier';

/**
 * The page with its marked parts replaced, as prettier formats it.
 * @param {string} path where the page is, for messages and for prettier
 * @param {string} text
 * @param {Readonly<Record<string, string>>} parts by their names
 * @param {string} command
 */
export async function withParts(path, text, parts, command) {
  let page = text;
  for (const [name, part] of Object.entries(parts)) {
    const [begin, end] = [`<!-- ${name}: written by ${command} -->`, `<!-- end of ${name} -->`];
    const [from, to] = [page.indexOf(begin), page.indexOf(end)];
    if (from < 0 || to < from) throw new Error(`${path} has no place between "${begin}" and "${end}"`);
    page = `${page.slice(0, from + begin.length)}\n\n${part}\n\n${page.slice(to)}`;
  }
  return formatted(path, page);
}

/** The text as prettier formats a file of this name. @param {string} path @param {string} text */
export async function formatted(path, text) {
  return format(text, { ...(await resolveConfig(path)), filepath: path });
}
