// What the SQL port calls. Parameters come in and rows go out as one JSON text each, so that WebAssembly calls into
// JavaScript once for a statement. What SQLite refuses is an answer and no exception: a duplicate is everyday business, and
// an exception on its way into WebAssembly is logged with its whole stack, handled or not.

/** Why the last refused statement was. */
let reason = "";

/** Runs a statement and gives its rows; none are the empty text. "!" where it was refused. */
export function query(sql, statement, parameters) {
  try {
    const rows = Array.from(sql.exec(statement, ...JSON.parse(parameters)).raw());
    return rows.length === 0 ? "" : JSON.stringify(rows);
  } catch (error) {
    reason = String(error?.message ?? error);
    return "!";
  }
}

/** Runs a statement that gives no rows; says whether it wrote any: 0 or 1, or 2 where it was refused. */
export function write(sql, statement, parameters) {
  try {
    return sql.exec(statement, ...JSON.parse(parameters)).rowsWritten > 0 ? 1 : 0;
  } catch (error) {
    reason = String(error?.message ?? error);
    return 2;
  }
}

/** Why the statement was refused that has just been. */
export function refusal() {
  return reason;
}
