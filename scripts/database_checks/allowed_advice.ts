/** Advice that is not followed, each with its reason. */
export const ALLOWED: readonly { readonly name: string; readonly reason: string }[] = [
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
];
