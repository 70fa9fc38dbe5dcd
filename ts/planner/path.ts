/** `name` below `directory`, with exactly one slash between them; an empty directory adds nothing. */
export function below(directory: string, name: string): string {
  let end = directory.length;
  while (end > 0 && directory[end - 1] === '/') end -= 1;
  let start = 0;
  while (name[start] === '/') start += 1;
  return directory === '' ? name : `${directory.slice(0, end)}/${name.slice(start)}`;
}
