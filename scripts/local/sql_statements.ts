/** One statement of a file. */
export interface SqlStatement {
  /** Without the closing semicolon and the white space around; comments before it belong to it. */
  readonly text: string;
  /** The line of the file it begins on, from 1. */
  readonly line: number;
}

// What a semicolon may hide in, longest first. Each begins where `sticky` stands.
const OPAQUE = [
  /--[^\n]*/y,
  /\/\*/y,
  /(?<![\w$])[eE]'(?:[^'\\]|\\.|'')*'/ys,
  /'(?:[^']|'')*'/y,
  /"(?:[^"]|"")*"/y,
  /(?<![\w$])\$([A-Za-z_\u0080-\uffff][\w\u0080-\uffff]*)?\$/y,
];
const COMMENT = 1;
const DOLLAR = 5;

const BLOCK_WORD = /(?<![\w$])(?:begin\s+atomic|case|end)(?![\w$])/iy;

/**
 * Splits a file into its statements as the Supabase CLI does before it records them: at every semicolon
 * that is not inside a string, a quoted name, a comment, a dollar-quoted body or a `begin atomic … end`.
 */
export function splitStatements(source: string): SqlStatement[] {
  const statements: SqlStatement[] = [];
  let start = 0;
  let depth = 0;
  for (let at = 0; at < source.length;) {
    const end = skipOpaque(source, at);
    if (end > at) {
      at = end;
      continue;
    }
    const word = blockWord(source, at);
    if (word) {
      depth = depthAfter(word, depth);
      at += word.length;
      continue;
    }
    if (source[at] === ";" && depth === 0) {
      collect(statements, source, start, at);
      start = at + 1;
    }
    at++;
  }
  collect(statements, source, start, source.length);
  return statements;
}

function collect(statements: SqlStatement[], source: string, start: number, end: number): void {
  const raw = source.slice(start, end);
  const text = raw.trim();
  if (text === "") return;
  const lead = start + raw.length - raw.trimStart().length;
  statements.push({ text, line: lineAt(source, lead) });
}

/** The line of a file a character stands on, from 1. */
export function lineAt(source: string, offset: number): number {
  return source.slice(0, offset).split("\n").length;
}

function skipOpaque(source: string, at: number): number {
  for (const [index, pattern] of OPAQUE.entries()) {
    pattern.lastIndex = at;
    const found = pattern.exec(source);
    if (!found) continue;
    if (index === COMMENT) return commentEnd(source, at);
    if (index !== DOLLAR) return pattern.lastIndex;
    const close = source.indexOf(found[0], pattern.lastIndex);
    return close < 0 ? source.length : close + found[0].length;
  }
  return at;
}

/** Block comments nest in SQL. */
function commentEnd(source: string, at: number): number {
  const marks = /\/\*|\*\//g;
  marks.lastIndex = at;
  let depth = 0;
  for (let mark = marks.exec(source); mark; mark = marks.exec(source)) {
    depth += mark[0] === "/*" ? 1 : -1;
    if (depth === 0) return marks.lastIndex;
  }
  return source.length;
}

function blockWord(source: string, at: number): string | undefined {
  BLOCK_WORD.lastIndex = at;
  return BLOCK_WORD.exec(source)?.[0];
}

/** Inside `begin atomic` only: a `case` has an `end` of its own. */
function depthAfter(word: string, depth: number): number {
  if (/^begin/i.test(word)) return depth + 1;
  if (depth === 0) return 0;
  return /^case/i.test(word) ? depth + 1 : depth - 1;
}
