/** The sanitizer of narratives: what is kept, and what attacks come to. R4: narrative.html (txt-1); the attacks are those of common lists. */
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { safeNarrative } from '../../../src/http/pages/narrative.ts';
import { targetFinder } from '../../../src/http/pages/place.ts';

const findTarget = targetFinder('http://host/fhir', ['http://other/fhir'], (name) => name === 'Patient');
const safe = (source: string): string => safeNarrative(source, findTarget).text;

describe('what is kept', () => {
  const cases: readonly [what: string, source: string, result: string][] = [
    ['structure', '<div xmlns="http://www.w3.org/1999/xhtml"><p>a <b>b</b><br/>c</p></div>', '<div><p>a <b>b</b><br>c</p></div>'],
    ['tables', '<table><thead><tr><th scope="col" colspan="2">x</th></tr></thead><tbody><tr><td rowspan="3">y</td></tr></tbody></table>', '<table><thead><tr><th scope="col" colspan="2">x</th></tr></thead><tbody><tr><td rowspan="3">y</td></tr></tbody></table>'],
    ['headings, below those of the page', '<h1>a</h1><h5>b</h5>', '<h3>a</h3><h6>b</h6>'],
    ['entities', '&lt;b&gt; &amp; &#160;&#xE9;&eacute;', '&lt;b&gt; &amp; &#160;&#xE9;&eacute;'],
    ['an ampersand that is none', 'a & b &; &#; AT&T', 'a &amp; b &amp;; &amp;#; AT&amp;T'],
    ['a sign that opens nothing', '1 < 2 > 0', '1 &lt; 2 &gt; 0'],
    ['a link to a resource here', '<a href="Patient/1">x</a>', '<a href="http://host/fhir/Patient/1">x</a>'],
    ['a link to another spelling of here', '<a href="http://other/fhir/Patient/1">x</a>', '<a href="http://host/fhir/Patient/1">x</a>'],
    ['a link elsewhere, without a trace of whence', '<a href="https://example.org/?a=1&amp;b=2">x</a>', '<a href="https://example.org/?a=1&amp;b=2" rel="nofollow noopener noreferrer">x</a>'],
    ['anchors, apart from the ids of the page', '<a href="#main">x</a><p id="main">y</p><a name="z"></a>', '<a href="#n-main">x</a><p id="n-main">y</p><a id="n-z"></a>'],
    ['an image that is in it', '<img src="data:image/png;base64,iVBORw0KGgo=" alt="a"/>', '<img alt="a" src="data:image/png;base64,iVBORw0KGgo=">'],
    ['language and direction', '<span xml:lang="ar" dir="rtl">x</span>', '<span lang="ar" dir="rtl">x</span>'],
    ['what is left open, closed', '<div><p>a<ul><li>b', '<div><p>a<ul><li>b</li></ul></p></div>'],
    ['what is closed twice, once', '<div>a</div></div></main></body>', '<div>a</div>'],
    ['an empty element', '<p/>a<b />', '<p></p>a<b></b>'],
  ];
  it.each(cases)('%s', (_what, source, result) => expect(safe(source)).toBe(result));
});

describe('an attack comes to nothing', () => {
  const cases: readonly [source: string, result: string][] = [
    ['<script>alert(1)</script>a', 'a'], ['<SCRIPT SRC=http://x/></SCRIPT>a', 'a'], ['<script/>a', 'a'], ['<script', ''], ['a<script>alert(1)', 'a'], ['<scr<script>ipt>alert(1)</script>', 'ipt&gt;alert(1)'],
    ['<script><script></script>alert(1)</script>b', 'b'], ['<style>@import url(http://x)</style>a', 'a'], ['<svg><script>alert(1)</script></svg>a', 'a'], ['<svg/onload=alert(1)>', ''], ['<math><mi xlink:href="javascript:alert(1)">x</mi></math>', ''],
    ['<iframe src="javascript:alert(1)">x</iframe>', ''], ['<object data="x">y</object>', ''], ['<embed src="x">', ''], ['<form action="http://x"><input name="a"><button>b</button></form>', ''], ['<base href="http://x/">a', 'a'],
    ['<meta http-equiv="refresh" content="0;url=http://x">a', 'a'], ['<link rel="stylesheet" href="http://x">a', 'a'], ['<template><b>x</b></template>', ''], ['<noscript><p title="</noscript><img src=x onerror=alert(1)>">', ''],
    ['<p onclick="alert(1)">a</p>', '<p>a</p>'], ['<p ONCLICK=alert(1)>a</p>', '<p>a</p>'], ['<p/onclick=alert(1)>a</p>', '<p>a</p>'], ['<p style="background:url(http://x)">a</p>', '<p>a</p>'], ['<p class="skip" data-x="y">a</p>', '<p>a</p>'],
    ['<a href="javascript:alert(1)">a</a>', '<a>a</a>'], ['<a href=" javascript:alert(1)">a</a>', '<a>a</a>'], ['<a href="JaVaScRiPt:alert(1)">a</a>', '<a>a</a>'], ['<a href="java&#115;cript:alert(1)">a</a>', '<a>a</a>'],
    ['<a href="&#x6A;avascript:alert(1)">a</a>', '<a>a</a>'], ['<a href="java&#9;script:alert(1)">a</a>', '<a>a</a>'], ['<a href="java&Tab;script&colon;alert(1)">a</a>', '<a>a</a>'], ['<a href="java\nscript:alert(1)">a</a>', '<a>a</a>'],
    ['<a href="&#1;javascript:alert(1)">a</a>', '<a>a</a>'], ['<a href="data:text/html,<script>alert(1)</script>">a</a>', '<a>a</a>'], ['<a href="vbscript:x">a</a>', '<a>a</a>'], ['<a href="//evil.example/">a</a>', '<a>a</a>'],
    ['<a href="https://x/\u0000">a</a>', '<a>a</a>'], ['<a href="http://host/fhir@evil.example/">a</a>', '<a href="http://host/fhir@evil.example/" rel="nofollow noopener noreferrer">a</a>'],
    ['<a href="x" href="javascript:alert(1)">a</a>', '<a>a</a>'], ['<a href=\'"><script>alert(1)</script>\'>a</a>', '<a>a</a>'], ['<a title="&quot;&gt;&lt;script&gt;">a</a>', '<a title="&quot;&gt;&lt;script&gt;">a</a>'], ['<a title=\'" onmouseover="alert(1)\'>a</a>', '<a title="&quot; onmouseover=&quot;alert(1)">a</a>'],
    ['<img src="http://x/a.png" alt="a<b>"/>', 'a&lt;b&gt;'], ['<img src=x onerror=alert(1)>', ''], ['<img src="data:image/svg+xml;base64,AAAA"/>', ''], ['<img src="data:image/png;base64,AA&quot; onerror=&quot;alert(1)"/>', ''],
    ['<!-- <b>x</b> -->a', 'a'], ['<!-- a', ''], ['<!--><img src=x onerror=alert(1)>-->a', '--&gt;a'], ['<![CDATA[<script>alert(1)</script>]]>a', 'a'], ['<?xml-stylesheet href="http://x"?>a', 'a'], ['<!DOCTYPE x [<!ENTITY e "f">]>a', ']&gt;a'],
    ['<p id="a b">x</p>', '<p>x</p>'], ['<td colspan="9999999">x</td>', '<td>x</td>'], ['<p __proto__="x" constructor="y">a</p>', '<p>a</p>'], ['<constructor>a</constructor>', 'a'], ['<x:script xmlns:x="http://www.w3.org/1999/xhtml">a</x:script>', 'a'],
    ['<p title="a>b" lang="&quot;">c</p>', '<p title="a&gt;b">c</p>'], ['<b title="a', ''], ['<', '&lt;'], ['</', ''], ['<a', ''], ['<a href="&#999999999;&#x0;&#xD800;">a</a>', '<a>a</a>'],
  ];
  it.each(cases)('%s', (source, result) => expect(safe(source)).toBe(result));

  it('by depth or length: it stays shallow and quick', () => {
    const began = performance.now();
    expect((safe('<div>'.repeat(50_000)).match(/<div>/g) ?? []).length).toBeLessThanOrEqual(60);
    for (const piece of ['<!--', '<', '<a ', '<a b="', "<a b='", '</', '&', '<![CDATA[', '<a b=c ']) safe(piece.repeat(60_000));
    safe(`<a ${'b="'.repeat(100_000)}`);
    safe(`<p ${'/ '.repeat(200_000)}`);
    expect(performance.now() - began).toBeLessThan(3_000);
  });

  it('whatever the text is: only tags and attributes of the list are written', () => {
    const piece = fc.constantFrom('<', '>', '"', "'", '/', '=', ' ', '&', ';', '<!--', '-->', '<script>', '</script>', '<a href=', 'javascript:', '<p ', 'onclick=', '<img src=', '<table>', '<td>', '</p>', '&#x3c;', 'x', '\n', '<svg', '<![CDATA[', ']]>');
    const tag = /^<\/?(?:a|p|img|table|td)(?: (?:href|rel|id|title|alt|src)="[^"<>]*")*>$/;
    fc.assert(fc.property(fc.array(piece, { maxLength: 25 }), (pieces) => {
      const written = safe(pieces.join(''));
      for (const [found] of written.matchAll(/<[^>]*>?/g)) expect(found).toMatch(tag);
      expect(written).not.toMatch(/="\s*javascript:/i);
    }), { numRuns: 3_000 });
  });
});
