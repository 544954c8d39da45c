import type { z } from "zod";
import { ApiError, shapeError } from "./api_error.ts";
import { findUnstorable } from "./storable.ts";

const MAX_ISSUES = 20;
const MAX_PATH = 200;

interface Issue {
  readonly path: string;
  readonly message: string;
}

/** Parses a request by its contract's schema; 400 `invalid_request` names what does not fit. */
export function validate<Schema extends z.ZodType>(schema: Schema, value: unknown): z.output<Schema> {
  const obstacle = findUnstorable(value);
  if (obstacle !== undefined) throw shapeError(obstacle.path.slice(0, MAX_PATH), obstacle.message);
  const parsed = schema.safeParse(value);
  if (parsed.success) return parsed.data;
  throw new ApiError("invalid_request", {
    details: { issues: parsed.error.issues.flatMap((issue) => toIssues(issue, [])).slice(0, MAX_ISSUES) },
  });
}

function toIssues(issue: z.core.$ZodIssue, above: readonly PropertyKey[]): readonly Issue[] {
  const path = [...above, ...issue.path];
  if (issue.code === "unrecognized_keys") {
    return issue.keys.map((key) => ({ path: toPath([...path, key]), message: "Unknown field" }));
  }
  const branch = issue.code === "invalid_union" ? nearestBranch(issue.errors) : undefined;
  if (branch !== undefined) return branch.flatMap((inner) => toIssues(inner, path));
  return [{ path: toPath(path), message: messageOf(issue) }];
}

/** Contracts word their own rules; the library's words for a missing or foreign value are put like theirs. */
function messageOf(issue: z.core.$ZodIssue): string {
  if (!issue.message.startsWith("Invalid ")) return issue.message;
  if (issue.code === "invalid_type") return `Expected ${issue.expected} but found ${found(issue.message)}`;
  if (issue.code === "invalid_value") return `Expected ${issue.values.map(String).join(", ")}`;
  return issue.message;
}

function found(message: string): string {
  const received = /received (\w+)$/.exec(message)?.[1] ?? "something else";
  return received === "undefined" ? "nothing" : received;
}

/** The branch of a union that the caller most likely meant: it knows his fields, and their outer form fits. */
function nearestBranch(
  branches: readonly (readonly z.core.$ZodIssue[])[],
): readonly z.core.$ZodIssue[] | undefined {
  return branches.toSorted((a, b) => unknownFields(a) - unknownFields(b) || misfits(a) - misfits(b)).at(0);
}

function unknownFields(branch: readonly z.core.$ZodIssue[]): number {
  return branch.reduce((sum, issue) => sum + (issue.code === "unrecognized_keys" ? issue.keys.length : 0), 0);
}

function misfits(branch: readonly z.core.$ZodIssue[]): number {
  return branch.filter(({ path }) => path.length === 0).length;
}

function toPath(path: readonly PropertyKey[]): string {
  return path.map(String).join(".").slice(0, MAX_PATH);
}
