const SECRETS: readonly (readonly [RegExp, string])[] = [
  [/\bey[\w-]{8,}\.[\w-]+\.[\w-]*/g, "[jwt]"],
  [/\bsb_(?:secret|publishable)_[\w-]+/g, "[api key]"],
  [/\bagt_[\w-]+/g, "[agent token]"],
  [/\bBearer\s+\S+/gi, "Bearer [token]"],
  [/[\w.+-]+@[\w-]+(?:\.[\w-]+)+/g, "[e-mail]"],
  [/\b(postgres(?:ql)?:\/\/)[^\s@]+@/g, "$1[credentials]@"],
];

/** What is looked at: the patterns take a time that grows with the square of a text made to trouble them. */
const MOST_READ = 8_000;

/** A text without what identifies a person or opens a door, cut to what a log needs. For logs and Sentry. */
export function redact(text: string): string {
  const head = text.slice(0, MOST_READ);
  return SECRETS.reduce((left, [pattern, replacement]) => left.replaceAll(pattern, replacement), head);
}
