/** The account Postgres runs as where this process is root: Postgres refuses to run as root. */
export interface ServerAccount {
  readonly uid: number;
  readonly gid: number;
}

/** The account `nobody` where this process is root, `undefined` (run as we are) otherwise. */
export async function serverAccount(): Promise<ServerAccount | undefined> {
  if (Deno.uid() !== 0) return undefined;

  const passwd = await Deno.readTextFile("/etc/passwd").catch(() => "");
  const nobody = passwd.split("\n").map((line) => line.split(":")).find(([name]) => name === "nobody");
  return { uid: Number(nobody?.[2] ?? 65534), gid: Number(nobody?.[3] ?? 65534) };
}

/** Gives a file or folder to the account Postgres runs as. */
export async function giveTo(account: ServerAccount | undefined, path: string): Promise<void> {
  if (account) await Deno.chown(path, account.uid, account.gid);
}
