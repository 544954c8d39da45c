import postgres, { type Sql } from "postgres";
import { hash } from "bcryptjs";
import { z } from "zod";
import { authError } from "./auth_error.ts";
import { findUser, insertUser, listUsers, removeUser, updateUser } from "./auth_users.ts";
import { json } from "./json_response.ts";

const metadata = z.record(z.string(), z.unknown());

const newUser = z.object({
  id: z.uuid().optional(),
  email: z.email(),
  password: z.string().min(6).optional(),
  email_confirm: z.boolean().default(false),
  user_metadata: metadata.default({}),
  app_metadata: metadata.default({}),
}).transform((user) => ({
  id: user.id,
  email: user.email.toLowerCase(),
  password: user.password,
  emailConfirm: user.email_confirm,
  userMetadata: user.user_metadata,
  appMetadata: user.app_metadata,
}));

const userChange = z.strictObject({
  password: z.string().min(6).optional(),
  email_confirm: z.boolean().optional(),
  user_metadata: metadata.optional(),
  app_metadata: metadata.optional(),
}).transform((change) => ({
  password: change.password,
  emailConfirm: change.email_confirm,
  userMetadata: change.user_metadata,
  appMetadata: change.app_metadata,
}));

/** Answers `/admin/users…`; `path` begins behind `/admin`. The caller's right has been judged before. */
export type AuthAdmin = (request: Request, path: string, url: URL) => Promise<Response>;

/** Passwords of a development stack: the lowest cost there is. */
const BCRYPT_COST = 4;

/** The part of the admin's API that `supabase.auth.admin` needs to make, find, change and remove users. */
export function createAuthAdmin(sql: Sql): AuthAdmin {
  return async (request, path, url) => {
    const id = path.match(/^\/users\/([^/]+)$/)?.[1];
    if (path !== "/users" && id === undefined) return unknownPath(path);
    if (id !== undefined && !z.uuid().safeParse(id).success) {
      return authError(404, "validation_failed", "user_id must be an UUID");
    }
    const body: unknown = request.headers.get("content-type")
      ? await request.json().catch(() => undefined)
      : undefined;
    return id === undefined
      ? await answerAll(sql, request.method, url, body)
      : await answerOne(sql, request.method, id, body);
  };
}

async function answerAll(sql: Sql, method: string, url: URL, body: unknown): Promise<Response> {
  if (method === "POST") return await createUser(sql, body);
  if (method !== "GET") return wrongMethod(method);

  const page = positive(url.searchParams.get("page"), 1);
  const perPage = positive(url.searchParams.get("per_page"), 50);
  const { users, total } = await listUsers(sql, perPage, (page - 1) * perPage);
  return json(200, { users, aud: "authenticated" }, {
    "x-total-count": String(total),
    link: pageLinks(url, page, Math.max(1, Math.ceil(total / perPage))),
  });
}

async function answerOne(sql: Sql, method: string, id: string, body: unknown): Promise<Response> {
  if (method === "GET") return userAnswer(await findUser(sql, id));
  if (method === "DELETE") return (await removeUser(sql, id)) ? json(200, {}) : userAnswer(undefined);
  if (method !== "PUT") return wrongMethod(method);

  const change = userChange.safeParse(body);
  if (!change.success) return invalid(change.error);
  const { password, ...rest } = change.data;
  return userAnswer(await updateUser(sql, id, { ...rest, passwordHash: await hashed(password) }));
}

async function createUser(sql: Sql, body: unknown): Promise<Response> {
  const wanted = newUser.safeParse(body);
  if (!wanted.success) return invalid(wanted.error);
  const { password, ...user } = wanted.data;
  try {
    const passwordHash = await hashed(password);
    return json(200, await insertUser(sql, { ...user, passwordHash }));
  } catch (error) {
    if (!(error instanceof postgres.PostgresError) || error.code !== "23505") throw error;
    return authError(422, "email_exists", "A user with this email address has already been registered");
  }
}

async function hashed(password: string | undefined): Promise<string | null> {
  return password === undefined ? null : await hash(password, BCRYPT_COST);
}

function positive(text: string | null, fallback: number): number {
  const value = Number(text);
  return Number.isInteger(value) && value > 0 ? value : fallback;
}

/** The paging supabase-js reads: it takes the next page's number out of the first entry. */
function pageLinks(url: URL, page: number, last: number): string {
  const link = (to: number, rel: string) => {
    const target = new URL(url);
    target.searchParams.set("page", String(to));
    return `<${target.pathname}${target.search}>; rel="${rel}"`;
  };
  return page < last ? `${link(page + 1, "next")}, ${link(last, "last")}` : link(last, "last");
}

function userAnswer(user: unknown): Response {
  return user ? json(200, user) : authError(404, "user_not_found", "User not found");
}

function invalid(error: z.ZodError): Response {
  const issue = error.issues[0];
  return authError(400, "validation_failed", `${issue?.path.join(".") || "body"}: ${issue?.message}`);
}

function wrongMethod(method: string): Response {
  return authError(405, "method_not_allowed", `Method ${method} is not part of this admin API`);
}

function unknownPath(path: string): Response {
  return authError(
    404,
    "not_found",
    `The local stack's admin API has no ${path}; it knows /users and /users/<id>`,
  );
}
