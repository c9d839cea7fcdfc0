// The browser suite: `node tests/browser/run.mjs`, after `cargo xtask worker`. Words as arguments narrow it down to the
// files whose names have one of them in it; what begins with `--` is for the files.
//
// With documents in a store that is reached over HTTP, only files that have a `documentsTest` are read.

import { readFileSync, readdirSync } from "node:fs";
import path from "node:path";

import { REMOTE_DOCUMENTS } from "../harness/server.mjs";

const words = process.argv.slice(2).filter((word) => !word.startsWith("--"));
const touchesDocuments = (file) => readFileSync(path.join(import.meta.dirname, file), "utf8").includes("documentsTest(");
for (const file of readdirSync(import.meta.dirname).filter((name) => name.endsWith(".test.mjs"))) {
  if (REMOTE_DOCUMENTS && !touchesDocuments(file)) continue;
  if (words.length === 0 || words.some((word) => file.includes(word))) {
    await import(`./${file}`);
  }
}
