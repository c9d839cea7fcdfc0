import assert from 'node:assert/strict';
import { test } from 'node:test';
import { splitLinks } from './links.js';

const urls = (text) => splitLinks(text).flatMap(({ url }) => url ?? []);

test('finds web addresses and nothing else', () => {
  assert.deepEqual(urls('See https://shop.example/a?b=c#d and HTTP://EXAMPLE.com'), [
    'https://shop.example/a?b=c#d',
    'http://example.com/',
  ]);
  assert.deepEqual(urls('javascript:alert(1) data:text/html,x file:///etc ftp://a.example //b.example https:// xhttps://a.example'), []);
});

test('leaves out what belongs to the sentence', () => {
  assert.deepEqual(urls('(see https://a.example/x). Or https://a.example/y_(z), “https://a.example/q”!'), [
    'https://a.example/x',
    'https://a.example/y_(z)',
    'https://a.example/q',
  ]);
});

test('leaves out what belongs to a language that is written without spaces', () => {
  const first = (text) => urls(text)[0];
  assert.equal(first('https://example.com。'), 'https://example.com/');
  assert.equal(first('（https://example.com）'), 'https://example.com/');
  assert.equal(first('https://example.com/a、と'), 'https://example.com/a');
  assert.equal(first('看https://example.com谢谢'), 'https://example.com/');
  assert.equal(first('「https://example.com/a」'), 'https://example.com/a');
  assert.equal(first('https://ja.example/wiki/東京'), 'https://ja.example/wiki/%E6%9D%B1%E4%BA%AC');
  assert.equal(first('https://例え.jp/'), 'https://xn--r8jz45g.jp/');
});

test('leaves out the marks of emphasis and code', () => {
  for (const text of ['**https://example.com**', '`https://example.com`', '_https://example.com_', '~~https://example.com~~', '[x](https://example.com)', '|https://example.com|']) {
    assert.deepEqual(urls(text), ['https://example.com/'], text);
  }
  assert.deepEqual(urls('https://example.com/a_'), ['https://example.com/a_']);
});

test('finds addresses of mail, and of the web without its scheme', () => {
  assert.deepEqual(urls('Write to ada.l+shop@mail.example.com, or see www.example.com/a?b (WWW.example.com).'), [
    'mailto:ada.l+shop@mail.example.com',
    'https://www.example.com/a?b',
    'https://www.example.com/',
  ]);
  assert.deepEqual(urls('ada@localhost @example.com order 12-34.56 www. awww.example.com a@b'), []);
});

test('links nothing that hides its host behind a name', () => {
  assert.deepEqual(urls('https://user:pass@evil.example https://bank.example@evil.example/x'), []);
});

test('says where a link leads whose letters look like others', () => {
  const host = (text) => splitLinks(text).find(({ url }) => url)?.host;
  assert.equal(host('https://аррӏе.com/x'), 'xn--80ak6aa92e.com');
  assert.equal(host('http://ebаy.com'), 'xn--eby-7cd.com');
  assert.equal(host('https://ɡoogle.com'), 'xn--oogle-qmc.com');
  for (const text of ['https://example.com', 'https://müller.example', 'https://пример.рф', 'https://例え.jp/', 'https://œuvre.example']) {
    assert.equal(host(text), undefined, text);
  }
});

test('a mark that turns the line round is in no address', () => {
  assert.deepEqual(urls('https://a.example/\u202egnp.exe'), ['https://a.example/']);
});

test('an address of thousands of brackets takes no time to speak of', () => {
  assert.equal(splitLinks(`https://a.example/${')'.repeat(10_000)}`).length, 2);
  assert.equal(splitLinks('a.'.repeat(5_000)).length, 1);
  assert.equal(splitLinks(`www.${'a.'.repeat(5_000)}`).length, 1);
});

test('the parts make up the text', () => {
  for (const text of ['', 'no link', 'https://a.example', ' x https://a.example/<b> y\nhttps://b.example. ', 'https://[bad', 'a@b.example, www.c.example.']) {
    assert.equal(splitLinks(text).map((part) => part.text).join(''), text);
  }
});
