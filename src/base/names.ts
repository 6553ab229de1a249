/** Whether a name is matched by one of the patterns: a name as it is, or a glob in which `*` stands for anything. */
export function matchesAny(name: string, patterns: readonly string[]): boolean {
  return patterns.some((pattern) => (pattern.includes('*') ? globToRegExp(pattern).test(name) : pattern === name));
}

const compiled = new Map<string, RegExp>();

function globToRegExp(glob: string): RegExp {
  let regExp = compiled.get(glob);
  if (regExp === undefined) {
    const parts = glob.split(/\*+/).map((part) => part.replace(/[\\^$.|?+()[\]{}]/g, '\\$&'));
    regExp = new RegExp(`^${parts.join('.*')}$`, 's');
    compiled.set(glob, regExp);
  }
  return regExp;
}
