/** A tuple as logical decoding sends it: texts by column. A large value left unchanged is absent. */
export type Tuple = Readonly<Record<string, string | null>>;

/** One committed change of a published table. */
export interface RowChange {
  /** The low 32 bits of its transaction's id. */
  readonly xid: number;
  readonly entity: number;
  readonly schema: string;
  readonly table: string;
  readonly action: "INSERT" | "UPDATE" | "DELETE";
  readonly commitTimestamp: string;
  readonly newRow: Tuple | null;
  /** The key columns; with `replica identity full` the whole row as it was. */
  readonly oldRow: Tuple | null;
}

interface Relation {
  readonly schema: string;
  readonly table: string;
  readonly columns: readonly { readonly name: string; readonly isKey: boolean }[];
}

const NEW_TUPLE = "N";
const POSTGRES_EPOCH_MS = Date.UTC(2000, 0, 1);

/** Decodes protocol version 1 of Postgres' `pgoutput`; keeps what it was told about tables. */
export class PgoutputDecoder {
  readonly #relations = new Map<number, Relation>();
  #commitTimestamp = new Date(0).toISOString();
  #xid = 0;

  /** The change in a message, or `null` for those that only frame changes. */
  decode(message: Uint8Array): RowChange | null {
    const reader = new Reader(message);
    switch (reader.char()) {
      case "B":
        reader.skip(8);
        this.#commitTimestamp = new Date(POSTGRES_EPOCH_MS + Number(reader.int64() / 1000n)).toISOString();
        this.#xid = reader.uint32();
        return null;
      case "R":
        this.#readRelation(reader);
        return null;
      case "I":
        return this.#change("INSERT", reader);
      case "U":
        return this.#change("UPDATE", reader);
      case "D":
        return this.#change("DELETE", reader);
      default:
        return null;
    }
  }

  #readRelation(reader: Reader): void {
    const entity = reader.uint32();
    const schema = reader.text() || "pg_catalog";
    const table = reader.text();
    reader.skip(1);
    const columns = Array.from({ length: reader.uint16() }, () => {
      const isKey = reader.uint8() === 1;
      const name = reader.text();
      reader.skip(8);
      return { name, isKey };
    });
    this.#relations.set(entity, { schema, table, columns });
  }

  #change(action: RowChange["action"], reader: Reader): RowChange {
    const entity = reader.uint32();
    const relation = this.#relations.get(entity);
    if (!relation) throw new Error(`Expected a described table but found oid ${entity}`);

    let kind = reader.char();
    const oldTuple = kind === NEW_TUPLE ? null : readTuple(reader, relation, kind === "K");
    if (oldTuple && action === "UPDATE") kind = reader.char();
    const newRow = kind === NEW_TUPLE ? readTuple(reader, relation, false) : null;
    // an update that leaves the key alone is sent without it
    const oldRow = oldTuple ?? (action === "UPDATE" && newRow ? keyOf(newRow, relation) : null);
    const { schema, table } = relation;
    const commitTimestamp = this.#commitTimestamp;
    return { xid: this.#xid, entity, schema, table, action, commitTimestamp, newRow, oldRow };
  }
}

function readTuple(reader: Reader, relation: Relation, keyOnly: boolean): Tuple {
  const tuple: Record<string, string | null> = {};
  const length = reader.uint16();
  for (const column of relation.columns.slice(0, length)) {
    const kind = reader.char();
    const value = kind === "t" ? reader.sized() : null;
    if (kind === "u" || (keyOnly && !column.isKey)) continue;
    tuple[column.name] = value;
  }
  return tuple;
}

function keyOf(row: Tuple, relation: Relation): Tuple {
  const keys = relation.columns.filter((column) => column.isKey && column.name in row);
  return Object.fromEntries(keys.map(({ name }) => [name, row[name] ?? null]));
}

class Reader {
  readonly #bytes: Uint8Array;
  readonly #view: DataView;
  readonly #decoder = new TextDecoder();
  #offset = 0;

  constructor(bytes: Uint8Array) {
    this.#bytes = bytes;
    this.#view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  }

  skip(bytes: number): void {
    this.#offset += bytes;
  }

  uint8(): number {
    return this.#view.getUint8(this.#offset++);
  }

  char(): string {
    return String.fromCharCode(this.uint8());
  }

  uint16(): number {
    this.#offset += 2;
    return this.#view.getUint16(this.#offset - 2);
  }

  uint32(): number {
    this.#offset += 4;
    return this.#view.getUint32(this.#offset - 4);
  }

  int64(): bigint {
    this.#offset += 8;
    return this.#view.getBigInt64(this.#offset - 8);
  }

  /** A text that ends with a zero byte. */
  text(): string {
    const end = this.#bytes.indexOf(0, this.#offset);
    const text = this.#decoder.decode(this.#bytes.subarray(this.#offset, end));
    this.#offset = end + 1;
    return text;
  }

  /** A text with its length before it. */
  sized(): string {
    const length = this.uint32();
    return this.#decoder.decode(this.#bytes.subarray(this.#offset, this.#offset += length));
  }
}
