/**
 * A sound of our own: two soft notes, a third of a second. Browsers let a page be heard only once somebody has used it, so
 * the way to it is opened by the first press or key; before that it is silent, and nothing complains.
 */
const NOTES = [
  { hertz: 659, at: 0 },
  { hertz: 880, at: 0.11 },
] as const;
const LOUDNESS = 0.12;
/** In seconds: how long a note takes to fade, and when all of it is over. */
const FADES = 0.3;
const OVER = 0.5;

export class Chime {
  #context: AudioContext | undefined;
  #playing = 0;

  /** Opens the way to it with the first press or key while `isWanted`. Gives the way to end that. */
  listen(isWanted: () => boolean): () => void {
    const open = () => void (isWanted() && this.#open());
    addEventListener('pointerup', open, true);
    addEventListener('keydown', open, true);
    return () => {
      removeEventListener('pointerup', open, true);
      removeEventListener('keydown', open, true);
      void this.#context?.close().catch(() => {});
      this.#context = undefined;
    };
  }

  /** Plays it, if the browser lets it be heard. */
  async play(): Promise<void> {
    const context = this.#context;
    if (!context) {
      return;
    }
    this.#playing += 1;
    try {
      await context.resume();
      for (const { hertz, at } of NOTES) {
        note(context, hertz, context.currentTime + at);
      }
      await new Promise((resolve) => setTimeout(resolve, OVER * 1000));
    } catch {
      // There is nothing to hear it by.
    }
    this.#playing -= 1;
    if (this.#playing === 0) {
      this.#rest(context);
    }
  }

  #open(): void {
    if (this.#context) {
      return;
    }
    try {
      this.#context = new AudioContext();
      this.#rest(this.#context);
    } catch {
      // There is nothing to hear it by.
    }
  }

  /** One that runs keeps the loudspeakers awake, also while it is silent. */
  #rest(context: AudioContext): void {
    if (context.state !== 'closed') {
      context.suspend().catch(() => {});
    }
  }
}

function note(context: AudioContext, hertz: number, at: number): void {
  const [tone, loudness] = [context.createOscillator(), context.createGain()];
  tone.frequency.value = hertz;
  loudness.gain.setValueAtTime(0, at);
  loudness.gain.linearRampToValueAtTime(LOUDNESS, at + 0.015);
  loudness.gain.exponentialRampToValueAtTime(0.0001, at + FADES);
  tone.connect(loudness).connect(context.destination);
  tone.start(at);
  tone.stop(at + FADES);
}
