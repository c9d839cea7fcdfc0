/**
 * Builds the dashboard into static files for `/dashboard/`. Promises that nothing in them needs an exception from the
 * Content-Security-Policy in `_headers`: no inline script, no inline style, no data: URL.
 */
import { defineConfig } from 'vite';

const directory = (path: string) => new URL(path, import.meta.url).pathname;

export default defineConfig(({ mode }) => ({
  // The page of components, `#/ui`: with `vite dev`, and with `vite build --mode development`.
  define: { __COMPONENTS__: mode !== 'production' },
  root: directory('.'),
  base: '/dashboard/',
  resolve: {
    alias: {
      '@client': directory('../widget/client'),
      '@wire': directory('../domain/bindings/wire.ts'),
    },
  },
  oxc: { jsx: { runtime: 'automatic', importSource: 'preact' } },
  build: {
    target: 'es2022',
    // Browsers since the summer of 2024: they know `light-dark()` and colours made of colours, on which the tokens rest.
    cssTarget: ['chrome125', 'firefox128', 'safari18'],
    modulePreload: { polyfill: false },
    assetsInlineLimit: 0,
    emptyOutDir: true,
    // For `cargo xtask build`, which holds each screen against its budget.
    manifest: true,
  },
  // `vite dev` alone shows the dashboard of a Worker that `cargo xtask dev` runs beside it.
  server: {
    host: '127.0.0.1',
    fs: { allow: [directory('..')] },
    proxy: { '/api': { target: 'http://127.0.0.1:8787', ws: true } },
  },
}));
