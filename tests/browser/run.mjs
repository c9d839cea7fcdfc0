// The browser suite: `node tests/browser/run.mjs`, after `cargo xtask worker`. Words as arguments narrow it down to the
// files whose names have one of them in it; what begins with `--` is for the files.

import { readdirSync } from "node:fs";

const words = process.argv.slice(2).filter((word) => !word.startsWith("--"));
for (const file of readdirSync(import.meta.dirname).filter((name) => name.endsWith(".test.mjs"))) {
  if (words.length === 0 || words.some((word) => file.includes(word))) {
    await import(`./${file}`);
  }
}
