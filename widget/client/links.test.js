import assert from 'node:assert/strict';
import { test } from 'node:test';
import { splitLinks } from './links.js';

const urls = (text) => splitLinks(text).flatMap(({ url }) => url ?? []);

test('finds web addresses and nothing else', () => {
  assert.deepEqual(urls('See https://shop.example/a?b=c#d and HTTP://EXAMPLE.com'), [
    'https://shop.example/a?b=c#d',
    'http://example.com/',
  ]);
  assert.deepEqual(urls('javascript:alert(1) data:text/html,x file:///etc ftp://a.example //b.example https://'), []);
});

test('leaves out what belongs to the sentence', () => {
  assert.deepEqual(urls('(see https://a.example/x). Or https://a.example/y_(z), “https://a.example/q”!'), [
    'https://a.example/x',
    'https://a.example/y_(z)',
    'https://a.example/q',
  ]);
});

test('an address of thousands of brackets takes no time to speak of', () => {
  assert.equal(splitLinks(`https://a.example/${')'.repeat(10_000)}`).length, 2);
});

test('the parts make up the text', () => {
  for (const text of ['', 'no link', 'https://a.example', ' x https://a.example/<b> y\nhttps://b.example. ', 'https://[bad']) {
    assert.equal(splitLinks(text).map((part) => part.text).join(''), text);
  }
});
