// Where the processes of a test run listen and leave their logs.

import { once } from "node:events";
import { createServer } from "node:net";
import { fileURLToPath } from "node:url";

export const artifacts = fileURLToPath(new URL("../artifacts", import.meta.url));

/** A port nobody listens on, below those from which systems take the local ports of outgoing connections. */
export async function freePort() {
  for (;;) {
    const port = 15_000 + Math.floor(Math.random() * 17_000);
    const probe = createServer();
    try {
      probe.listen(port, "127.0.0.1");
      await once(probe, "listening");
      return port;
    } catch {
      // Somebody does; try another.
    } finally {
      probe.close();
    }
  }
}
