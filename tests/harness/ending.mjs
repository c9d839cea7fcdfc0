// How a process that serves by Miniflare ends: once, whoever asks first, and with nothing of it left.

/** The way to end, which signals go as well. */
export function endingOf(miniflare) {
  let ending = false;
  async function end(code) {
    if (ending) return;
    ending = true;
    await miniflare.dispose().catch(() => {});
    process.exit(code);
  }
  process.on("SIGTERM", () => end(0));
  process.on("SIGINT", () => end(0));
  return end;
}
