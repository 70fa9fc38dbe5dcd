/** `name` below `directory`, with exactly one slash between them; an empty directory adds nothing. */
export function below(directory: string, name: string): string {
  let end = directory.length;
  while (end > 0 && directory[end - 1] === '/') end -= 1;
  let start = 0;
  while (name[start] === '/') start += 1;
  // Not a template: the embedded engine makes a call of that.
  return directory === '' ? name : directory.slice(0, end) + '/' + name.slice(start);
}

/** The directory in which `path` is: `/` above what is directly below it, `.` for a bare name. */
export function directoryOf(path: string): string {
  let end = path.length;
  while (end > 1 && path[end - 1] === '/') end -= 1;
  end = path.lastIndexOf('/', end - 1) + 1;
  if (end === 0) return '.';
  while (end > 1 && path[end - 1] === '/') end -= 1;
  return path.slice(0, end);
}
