/**
 * What the dashboard's unit tests stand on: the names that `vite.config.ts` gives to folders outside, for Node. Import
 * it first, and what is to be tested with `await import(…)` after it. Node leaves out types by itself.
 */
import { registerHooks } from 'node:module';

const CLIENT = new URL('../widget/client/', import.meta.url);

registerHooks({
  resolve: (name, context, next) =>
    name.startsWith('@client/') ? next(new URL(name.slice('@client/'.length), CLIENT).href, context) : next(name, context),
});
