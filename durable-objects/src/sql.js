// What the SQL port calls. Parameters come in and rows go out as one JSON text each, so that WebAssembly calls into
// JavaScript once for a statement.

/** Runs a statement and gives its rows; none are the empty text. */
export function query(sql, statement, parameters) {
  const rows = Array.from(sql.exec(statement, ...JSON.parse(parameters)).raw());
  return rows.length === 0 ? "" : JSON.stringify(rows);
}

/** Runs a statement that gives no rows; says whether it wrote any. */
export function write(sql, statement, parameters) {
  return sql.exec(statement, ...JSON.parse(parameters)).rowsWritten > 0;
}
