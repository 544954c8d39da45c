/** How a test run is divided into two that go side by side. */
import { relative, resolve } from "@std/path";
import { ROOT } from "../local/stack_file.ts";

/** What works on the stack's own database; every other file has databases or stacks of its own, or needs none. */
const ONE_BY_ONE = ["tests/functions", "tests/realtime"];

/** One `deno test`. */
export interface Lane {
  readonly name: string;
  readonly options: readonly string[];
  readonly paths: readonly string[];
}

/** The lanes in which something of these files and folders is to run. */
export function lanesOf(wanted: readonly string[]): Lane[] {
  const lanes: Lane[] = [
    { name: "one by one", options: [], paths: ONE_BY_ONE.flatMap((folder) => common(wanted, folder)) },
    {
      name: "side by side",
      options: ["--parallel", `--ignore=${ONE_BY_ONE.join(",")}`],
      paths: wanted.filter((path) => !ONE_BY_ONE.some((folder) => isWithin(path, folder))),
    },
  ];
  return lanes.filter((lane) => lane.paths.length > 0);
}

/** What paths and a folder have in common. */
function common(paths: readonly string[], folder: string): string[] {
  if (paths.some((path) => isWithin(folder, path))) return [folder];
  return paths.filter((path) => isWithin(path, folder));
}

function isWithin(path: string, folder: string): boolean {
  const way = relative(resolve(ROOT, folder), resolve(ROOT, path));
  return way !== ".." && !way.startsWith("../");
}
