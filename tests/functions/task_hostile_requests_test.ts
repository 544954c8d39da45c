/** Requests that are no proper requests, at every function that writes: sizes, types, encodings, nesting, methods. */
import { assertEquals } from "@std/assert";
import type { Contract } from "../../shared/contract.ts";
import * as contracts from "../../shared/tasks/contract.ts";
import { call, type FunctionCaller, issuePaths, refused } from "../support/functions.ts";
import { type Cast, newCast, traceOf } from "../support/people.ts";

const WRITES = Object.values<Contract>(contracts).filter(({ methods }) => methods.includes("POST"));

/** Somebody who may call this function. */
function callerOf({ auth, name }: Contract, { admin, agent }: Cast): FunctionCaller {
  return auth === "agent" || name === "cancel-task" ? agent : admin;
}

/** A body of so many bytes that says nothing of its size beforehand. */
function streamed(bytes: number): ReadableStream<Uint8Array> {
  const chunk = new TextEncoder().encode(" ".repeat(64 * 1024));
  let left = bytes;
  return new ReadableStream({
    pull(controller) {
      if (left <= 0) return controller.close();
      controller.enqueue(chunk.slice(0, Math.min(left, chunk.byteLength)));
      left -= chunk.byteLength;
    },
  });
}

const untouched = async ({ agent }: Cast) =>
  assertEquals(await traceOf(agent), { tasks: 0, changes: 0, audit: 0 });

for (const contract of WRITES) {
  const { name, methods, maxBodyBytes = 1024 * 1024 } = contract;

  Deno.test(`${name} refuses a body beyond its limit, told beforehand or streamed without end in sight`, async () => {
    const cast = await newCast();
    const caller = callerOf(contract, cast);
    const raws = [" ".repeat(maxBodyBytes + 1), streamed(maxBodyBytes + 1), streamed(2 * maxBodyBytes)];
    for (const raw of raws) {
      const { details } = refused(await call(name, caller, { raw }), "body_too_large");
      assertEquals(details, { maxBytes: maxBodyBytes });
    }
    for (const raw of [" ".repeat(maxBodyBytes), streamed(maxBodyBytes)]) {
      refused(await call(name, caller, { raw }), "invalid_json");
    }
    await untouched(cast);
  });

  Deno.test(`${name} takes nothing but JSON in UTF-8`, async () => {
    const cast = await newCast();
    const caller = callerOf(contract, cast);
    const types = [
      ...["text/plain", "application/x-www-form-urlencoded", "multipart/form-data; boundary=x", "text/json"],
      ...[
        "application/json; charset=utf-16",
        "application/json-patch+json",
        "application/jsonp",
        "json",
        "*/*",
      ],
      ...["application/json, text/plain", "application/xml", ""],
    ];
    for (const type of types) {
      const answer = await call(name, caller, { raw: "{}", headers: { "content-type": type } });
      refused(answer, "unsupported_media_type");
    }
    for (
      const type of [
        "application/json",
        "Application/JSON; charset=UTF-8",
        'application/json;charset="utf-8"',
      ]
    ) {
      issuePaths(await call(name, caller, { raw: "{}", headers: { "content-type": type } }));
    }
    const compressed = new Response(new Blob(["{}"]).stream().pipeThrough(new CompressionStream("gzip")));
    const headers = { "content-encoding": "gzip" };
    const answer = await call(name, caller, { raw: await compressed.bytes(), headers });
    refused(answer, "unsupported_media_type");
    await untouched(cast);
  });

  Deno.test(`${name} refuses what is no JSON, no UTF-8, or no object`, async () => {
    const cast = await newCast();
    const caller = callerOf(contract, cast);
    const noJson = [
      ...[
        "{",
        "}",
        "{]",
        "{'a': 1}",
        '{"a": 1,}',
        "{a: 1}",
        "undefined",
        "NaN",
        "Infinity",
        "01",
        "// x\n{}",
      ],
      ...[
        '{"a": "\n"}',
        '{"a": "\\x"}',
        "[1,]",
        '"',
        "{} {}",
        "{}\u0000",
        "\u0000",
        "a=1&b=2",
        "<xml/>",
        "[".repeat(10),
      ],
    ];
    for (const raw of noJson) refused(await call(name, caller, { raw }), "invalid_json");
    const noUtf8 = [[0xff], [0xc3, 0x28], [0x22, 0xed, 0xa0, 0x80, 0x22], [0xc0, 0xaf], [
      0xfe,
      0xff,
      0,
      0x7b,
    ]];
    for (const bytes of noUtf8) {
      refused(await call(name, caller, { raw: Uint8Array.from(bytes) }), "invalid_json");
    }
    for (const raw of ["null", "true", "0", '"text"', "[]", "[{}]", "1e999", '"\\ud800"', "", "{}"]) {
      issuePaths(await call(name, caller, { method: "POST", raw }));
    }
    await untouched(cast);
  });

  Deno.test(`${name} refuses JSON that is nested without end`, async () => {
    const cast = await newCast();
    const caller = callerOf(contract, cast);
    for (const depth of [33, 10_000, 150_000]) {
      for (
        const raw of ["[".repeat(depth) + "]".repeat(depth), '{"a":'.repeat(depth) + "1" + "}".repeat(depth)]
      ) {
        issuePaths(await call(name, caller, { raw }));
      }
    }
    await untouched(cast);
  });

  Deno.test(`${name} answers ${methods.join(" and ")} and no other method`, async () => {
    const cast = await newCast();
    for (const method of ["GET", "PUT", "DELETE", "PATCH", "POST", "QUERY"]) {
      if (methods.some((known) => known === method)) continue;
      const answer = await call(name, callerOf(contract, cast), {
        method,
        ...(method === "GET" ? {} : { raw: "{}" }),
      });
      refused(answer, "method_not_allowed");
      assertEquals(answer.headers.get("allow"), `${methods.join(", ")}, OPTIONS`);
    }
    await untouched(cast);
  });
}
