/** Who calls, as far as the kernel can see it. What he may do is judged by the operation in Postgres. */
export type Actor =
  | { readonly kind: "anonymous" }
  /** A person whose JWT was verified. */
  | { readonly kind: "user"; readonly userId: string; readonly token: string }
  /** Somebody with an agent token, which Postgres alone can verify. */
  | { readonly kind: "agent"; readonly token: string }
  /** A holder of a named secret key. */
  | { readonly kind: "service" | "cron" | "operator"; readonly keyName: string };
