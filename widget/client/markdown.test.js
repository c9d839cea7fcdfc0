import assert from 'node:assert/strict';
import { test } from 'node:test';
import { parseMarkdown, withoutMarks } from './markdown.js';

/** A tree as people would write HTML, with its marks in braces. */
const shown = (parts) =>
  parts.map((part) => {
    if ('mark' in part) return `{${part.mark}}`;
    if ('tag' in part) return `<${part.tag}${part.value === undefined ? '' : ` ${part.value}`}${part.isDeep ? ' deep' : ''}>${shown(part.parts)}</>`;
    return part.url ? `<a ${part.url}>${part.text}</>` : part.text;
  }).join('');
const read = (text) => shown(parseMarkdown(text));
/** The same without the marks, which are told apart in the tests of what is exact. */
const seen = (text) => read(text).replaceAll(/\{[^}]*\}/g, '');

const source = (parts) => parts.map((part) => ('mark' in part ? part.mark : 'tag' in part ? source(part.parts) : part.text)).join('');
const depth = (parts) => Math.max(0, ...parts.map((part) => ('tag' in part ? 1 + depth(part.parts) : 0)));

test('bold, italic, struck out and code, each within the other', () => {
  assert.equal(read('a **b** c'), 'a <strong>{**}b{**}</> c');
  assert.equal(seen('*a* _b_ __c__ ~~d~~ `e`'), '<em>a</> <em>b</> <strong>c</> <s>d</> <code>e</>');
  assert.equal(seen('**a *b* c**'), '<strong>a <em>b</> c</>');
  assert.equal(seen('***a*** ___b___'), '<strong><em>a</></> <strong><em>b</></>');
  assert.equal(seen('(*a*), "**b**". *c*!'), '(<em>a</>), "<strong>b</>". <em>c</>!');
  assert.equal(seen('重要**是的**内容'), '重要<strong>是的</>内容');
  assert.equal(seen('**`a`**'), '<strong><code>a</></>');
});

test('what is no emphasis stays as it is', () => {
  for (const text of [
    '2*3*4', '2 * 3 * 4', 'snake_case_name', '*.txt and *.md', '**/*.ts', '-_- why -_-', '^_^ and ^_^', 'f(*args, **kwargs)', 'SELECT * FROM a, *', '** no **', '* ', '****', '*a', 'a*', '~a~', '~~~a~~~', '`a', '``a`', 'one *\ntwo*', '**one\ntwo**', '>:( >_<', '>not', '#1', '# no', '-5 °C', '+49 171', '1.5', '12.', '1999. A good year', '<b>no</b>', '![x](y)', '&lt;', '\\*',
  ]) {
    assert.equal(read(text), text);
  }
});

test('in code nothing else counts, and an address is one thing', () => {
  assert.equal(seen('`*a* https://a.example`'), '<code>*a* https://a.example</>');
  assert.equal(seen('``a`b``'), '<code>a`b</>');
  assert.equal(seen('https://a.example/_b_/*c* *d*'), '<a https://a.example/_b_/*c>https://a.example/_b_/*c</>* <em>d</>');
  assert.equal(seen('**https://a.example**'), '<strong><a https://a.example/>https://a.example</></>');
  assert.equal(seen('[x](javascript:alert(1)) [y](https://a.example)'), '[x](javascript:alert(1)) [y](<a https://a.example/>https://a.example</>)');
});

test('of marks of one kind the nearest belong together', () => {
  assert.equal(seen('*a *b*'), '*a <em>b</>');
  assert.equal(seen('*a _b* c_'), '<em>a _b</> c_');
  assert.equal(seen('**a** b**'), '<strong>a</> b**');
});

test('blocks of code', () => {
  assert.equal(read('```\na\n\nb\n```'), '<pre>{```\n}a\n\nb{\n```}</>');
  assert.equal(seen('```js\n*a*\n```'), '<pre><small>js</>*a*</>');
  assert.equal(seen('see:\n```\na\n```\nand'), 'see:<pre>a</>and');
  assert.equal(seen('```\nnever ended\n> a'), '<pre>never ended\n> a</>', 'up to the end');
  assert.equal(seen('```SELECT * FROM a\nb```'), '<pre>SELECT * FROM a\nb</>', 'beside the fence');
  assert.equal(seen('```a``` b'), '<code>a</> b');
  for (const text of ['```', '```\n```', '```js', '````']) {
    assert.equal(read(text), text);
  }
});

test('quotes and lists', () => {
  assert.equal(read('> a\n> *b*\n\nc'), '<blockquote>{> }a\n{> }<em>{*}b{*}</></>{\n\n}c');
  assert.equal(seen('>\n> a'), '<blockquote>\na</>');
  assert.equal(read('- a\n- b'), '<ul><li>{- }a{\n}</><li>{- }b</></>');
  assert.equal(seen('Two:\n\n* a\n  - b\n\nEnd'), 'Two:<ul><li>a</><li deep>b</></>End');
  assert.equal(seen('3. a\n7) **b**'), '<ol><li 3>a</><li 7><strong>b</></></>');
  assert.equal(seen('- a\n1. b\n> c'), '<ul><li>a</></><ol><li 1>b</></><blockquote>c</>');
  assert.equal(seen('> > a\n> - b'), '<blockquote>> a\n- b</>', 'nothing within a quote');
});

test('a preview has words alone', () => {
  assert.equal(withoutMarks('**a** `b` ~~c~~ ```js d``` 2*3 https://a.example'), 'a b c js d 2*3 https://a.example');
});

/** Texts that are made to be trouble, `size` characters or a little more. */
const HOSTILE = {
  stars: (size) => '*'.repeat(size),
  'words in stars': (size) => '*a '.repeat(size / 3),
  'stars that begin and end': (size) => '*a* '.repeat(size / 8) + '*a '.repeat(size / 8) + 'a* '.repeat(size / 8),
  'kinds crossing': (size) => '*a _b **c __d ~~e '.repeat(size / 36) + 'e~~ d__ c** b_ a* '.repeat(size / 36),
  backticks: (size) => '`'.repeat(size),
  'backticks of every length': (size) => Array.from({ length: Math.sqrt(2 * size) }, (_, index) => '`'.repeat(index + 1)).join(' '),
  'backticks that never end': (size) => '`a ``b '.repeat(size / 7),
  fences: (size) => '```\n'.repeat(size / 4),
  'fences never ended': (size) => '```a b\n'.repeat(size / 7),
  quotes: (size) => '> '.repeat(size / 2),
  'quotes in lines': (size) => '> > a\n'.repeat(size / 6),
  'lists further and further in': (size) => Array.from({ length: Math.sqrt(size) }, (_, index) => `${' '.repeat(index)}- a`).join('\n'),
  numbers: (size) => '9999999999. a\n1. '.repeat(size / 16),
  blanks: (size) => `a\n${' \n'.repeat(size / 2)}> b`,
  spaces: (size) => `-${' '.repeat(size)}`,
  tildes: (size) => '~~a ~~'.repeat(size / 6),
  addresses: (size) => '*https://a.example/_* '.repeat(size / 22),
  brackets: (size) => '[('.repeat(size / 2),
};

test('whatever is written, the parts say it exactly, and no tree is deep', () => {
  const texts = [
    ...Object.values(HOSTILE).map((make) => make(10_000)),
    '  *a*\n\n\n```x\n\ty  \n```  \n\n - b\n1) c \n> d\n>\n\n_e_ \u{1f469}\u200d\u{1f680} \r\n',
    'a\r\n> b\r\n',
    '\n\n- a\n\n\n- b\n\n',
  ];
  // And every short text of the signs that matter.
  const signs = ['*', '_', '`', '~', '>', '-', '1.', ' ', '\n', 'a', '```', '**'];
  for (let number = 0; number < signs.length ** 4; number += 1) {
    texts.push([0, 1, 2, 3].map((place) => signs[Math.floor(number / signs.length ** place) % signs.length]).join(''));
  }
  let seed = 1;
  for (let count = 0; count < 3_000; count += 1) {
    texts.push(Array.from({ length: 24 }, () => signs[(seed = (seed * 48_271) % 2_147_483_647) % signs.length]).join(''));
  }
  for (const text of texts) {
    const parts = parseMarkdown(text);
    assert.equal(source(parts), text);
    assert.ok(depth(parts) <= 8, `${depth(parts)} deep: ${text.slice(0, 60)}`);
  }
});

test('sixteen times the text takes about sixteen times as long', () => {
  // Time of the processor, not of the clock: others may be at work.
  const time = (text) => {
    let best = Infinity;
    for (let attempt = 0; attempt < 4; attempt += 1) {
      const begin = process.cpuUsage();
      parseMarkdown(text);
      const { user, system } = process.cpuUsage(begin);
      best = Math.min(best, user + system);
    }
    return best;
  };
  for (const [name, make] of Object.entries(HOSTILE)) {
    const [short, long] = [time(make(5_000)), time(make(80_000))];
    // By the square it would be 256 times as long.
    assert.ok(long < 20_000 || long / short < 80, `${name}: ${short} µs, and ${long} µs for sixteen times as much`);
  }
});
