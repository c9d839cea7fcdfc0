// Stands in front of the product to count, statement by statement, the rows that its objects write: by the runtime's own
// `rowsWritten`, which is what Cloudflare bills. GET /count-rows tells what was written since it was last asked.

import Product, * as product from "./worker";

// Every class that the configuration names; those below stand in for the ones that write for messages.
export * from "./worker";

let counted = [];

function count(object, state) {
  const { sql } = state.storage;
  const exec = sql.exec;
  sql.exec = (statement, ...bindings) => {
    const cursor = exec.call(sql, statement, ...bindings);
    counted.push({ object, statement, cursor });
    return cursor;
  };
}

export class Room extends product.Room {
  constructor(state, env) {
    count("Room", state);
    super(state, env);
  }
}

export class Inbox extends product.Inbox {
  constructor(state, env) {
    count("Inbox", state);
    super(state, env);
  }
}

export class Collection extends product.Collection {
  constructor(state, env) {
    count(`Collection ${state.id.name}`, state);
    super(state, env);
  }
}

export default class extends Product {
  fetch(request) {
    return new URL(request.url).pathname === "/count-rows" ? Response.json({ statements: sums() }) : super.fetch(request);
  }
}

function sums() {
  const statements = new Map();
  for (const { object, statement, cursor } of counted) {
    const key = `${object} ${statement}`;
    const sum = statements.get(key) ?? { object, sql: statement, runs: 0, rowsWritten: 0 };
    sum.runs += 1;
    sum.rowsWritten += cursor.rowsWritten;
    statements.set(key, sum);
  }
  counted = [];
  return [...statements.values()].sort((one, other) => other.rowsWritten - one.rowsWritten);
}
