/**
 * Text with its control characters as pictures (U+2400 on): a container's output must not steer the terminal of somebody who
 * looks at its log, and a newline at the end is to be seen.
 */
export function visible(text: string): string {
  return text.replaceAll(/[\u0000-\u0008\u000a-\u001f\u007f]/g, (control) => {
    const code = control.charCodeAt(0);
    return String.fromCharCode(code === 0x7f ? 0x2421 : 0x2400 + code);
  });
}
