/** Advice that is not followed. */
export interface Allowed {
  readonly name: string;
  /** The one object it is allowed for; every one where absent. */
  readonly about?: string;
  readonly reason: string;
}

/** Advice that is not followed, each with its reason. */
export const ALLOWED: readonly Allowed[] = [
  {
    name: "anon_security_definer_function_executable",
    reason:
      "Operations run as their definer by design: nobody has rights on the tables, and each operation judges its " +
      "caller itself. Those open to anon are called by agents, whose token is judged inside.",
  },
  {
    name: "authenticated_security_definer_function_executable",
    reason: "The same for people: the operation is the right, the tables stay closed.",
  },
  {
    name: "function_search_path_mutable",
    about: "`private.drain_job`",
    reason: "A procedure with settings of its own may not commit; it names everything with its schema.",
  },
];
