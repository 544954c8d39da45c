const SECRETS: readonly (readonly [RegExp, string])[] = [
  [/\bey[\w-]{8,}\.[\w-]+\.[\w-]*/g, "[jwt]"],
  [/\bsb_(?:secret|publishable)_[\w-]+/g, "[api key]"],
  [/\bagt_[\w-]+/g, "[agent token]"],
  [/\bBearer\s+\S+/gi, "Bearer [token]"],
  [/[\w.+-]+@[\w-]+(?:\.[\w-]+)+/g, "[e-mail]"],
  [/\b(postgres(?:ql)?:\/\/)[^\s@]+@/g, "$1[credentials]@"],
];

/** A text without what identifies a person or opens a door. For logs and Sentry. */
export function redact(text: string): string {
  return SECRETS.reduce((left, [pattern, replacement]) => left.replaceAll(pattern, replacement), text);
}
