// How well words can be told from their ground, as WCAG 2 reckons it, of colours as the browser itself makes them.

/**
 * The contrast of each pair of colours, 1 to 21. Colours are drawn and read again, so that any notation will do; none may
 * be see-through.
 *
 * @param {import("playwright-core").Page | import("playwright-core").Frame} page Which draws.
 * @param {[string, string][]} pairs
 * @returns {Promise<number[]>}
 */
export function contrasts(page, pairs) {
  return page.evaluate((pairs) => {
    const canvas = Object.assign(document.createElement("canvas"), { width: 2, height: 1 });
    const context = canvas.getContext("2d", { willReadFrequently: true });
    const luminance = (pixel) => {
      const [red, green, blue] = [...pixel].map((value) => {
        const part = value / 255;
        return part <= 0.04045 ? part / 12.92 : ((part + 0.055) / 1.055) ** 2.4;
      });
      return 0.2126 * red + 0.7152 * green + 0.0722 * blue;
    };
    return pairs.map((colours) => {
      for (const [index, colour] of colours.entries()) {
        context.fillStyle = colour;
        context.fillRect(index, 0, 1, 1);
      }
      const { data } = context.getImageData(0, 0, 2, 1);
      const [dark, light] = [luminance(data.slice(0, 3)), luminance(data.slice(4, 7))].sort((one, other) => one - other);
      return (light + 0.05) / (dark + 0.05);
    });
  }, pairs);
}
