/** Which core a process runs on: «one core sustains» means nothing where the scheduler gives it two. */

/** Keeps this process, and whatever it starts from now on, on one core; false where the machine cannot. */
export async function keepToCore(core: number): Promise<boolean> {
  const args = ["--all-tasks", "--cpu-list", "--pid", `${core}`, `${Deno.pid}`];
  try {
    return (await new Deno.Command("taskset", { args, stdout: "null", stderr: "null" }).output()).success;
  } catch (error) {
    if (error instanceof Deno.errors.NotFound) return false;
    throw error;
  }
}
