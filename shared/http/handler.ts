import type { HttpMethod } from "../contract.ts";
import type { Actor } from "./actor.ts";
import type { Answer } from "./answer.ts";
import type { Database } from "./database.ts";
import type { Environment } from "./env.ts";

/** What a handler works with. */
export interface HandlerContext<Input> {
  /** The body or query, parsed by the contract's schema. */
  readonly input: Input;
  readonly method: HttpMethod;
  readonly actor: Actor;
  readonly database: Database;
  /**
   * The same operations, called by the function itself on the actor's behalf: for those that take what only the
   * function can know, such as what a provider answered, and that nobody else may call.
   */
  readonly ownDatabase: Database;
  readonly requestId: string;
  /** The request; its body is already read. */
  readonly request: Request;
  readonly env: Environment;
}

/** The part of a function that is its own; usually one call of one operation. */
export type Handler<Input> = (context: HandlerContext<Input>) => Answer | Promise<Answer>;
