/** Small changes to a Lua script, each of which some test ought to notice. What a comment or a text says stays as it is. */

/**
 * @typedef {object} LuaMutant
 * @property {string} file Name of the script, without `.lua`.
 * @property {number} line From 1.
 * @property {string} what `old -> new`
 * @property {string} source The whole script with this one change.
 */

/** @type {readonly { find: RegExp, put: readonly string[] }[]} */
const OPERATORS = [
  { find: /==/g, put: ['~='] },
  { find: /~=/g, put: ['=='] },
  { find: /<=/g, put: ['<', '>'] },
  { find: />=/g, put: ['>', '<'] },
  { find: /<(?!=)/g, put: ['<=', '>='] },
  { find: />(?!=)/g, put: ['>=', '<='] },
  { find: /\band\b/g, put: ['or'] },
  { find: /\bor\b/g, put: ['and'] },
  { find: /\bnot\b/g, put: [''] },
  { find: /\btrue\b/g, put: ['false'] },
  { find: /\bfalse\b/g, put: ['true'] },
  { find: / \+ /g, put: [' - '] },
  { find: / - /g, put: [' + '] },
  { find: / \* /g, put: [' / '] },
  { find: /\bmath\.max\b/g, put: ['math.min'] },
  { find: /\bmath\.min\b/g, put: ['math.max'] },
];

/** A number of its own; `KEYS[1]`, `ARGV[2]` and `time[1]` too. */
const NUMBER = /(?<![\w.])\d+\b/g;

/** A statement that only has an effect: without it, the script goes on as if nothing were to be done. */
const EFFECT =
  /(?<=^\s*|\bthen |\belse )(?:redis\.call|write_fence|clear_other_type)\(.*\)(?=\s*$| else | end\b)/g;

/** An early end of the script or of a function, with its condition. */
const EARLY_RETURN = /^\s*if .* then return .* end$/g;

/**
 * @param {string} file
 * @param {string} source
 * @returns {LuaMutant[]}
 */
export function luaMutants(file, source) {
  const lines = source.split('\n');
  return lines.flatMap((line, at) =>
    changes(line).map(({ what, changed }) => ({
      file,
      line: at + 1,
      what,
      source: lines.with(at, changed).join('\n'),
    })),
  );
}

/** @param {string} line */
function changes(line) {
  const code = codeOf(line);
  /** @type {{ what: string, changed: string }[]} */
  const found = [];
  /** @type {(start: number, old: string, put: string) => void} */
  const change = (start, old, put) => {
    const changed = line.slice(0, start) + put + line.slice(start + old.length);
    found.push({
      what: `${line.slice(start, start + old.length).trim()} -> ${put.trim() || 'nothing'}`,
      changed,
    });
  };
  for (const { find, put } of OPERATORS) {
    for (const match of code.matchAll(find)) for (const text of put) change(match.index, match[0], text);
  }
  for (const match of code.matchAll(NUMBER)) change(match.index, match[0], String(Number(match[0]) + 1));
  for (const match of code.matchAll(EFFECT)) change(match.index, match[0], '');
  for (const match of code.matchAll(EARLY_RETURN)) change(match.index, match[0], '');
  return found;
}

/** The line with every character of its texts and of its comment made a blank, so that places stay the same. @param {string} line */
function codeOf(line) {
  return line.replace(/'(?:[^'\\]|\\.)*'|--.*$/g, (text) => ' '.repeat(text.length));
}
