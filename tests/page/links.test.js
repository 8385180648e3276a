import assert from "node:assert/strict";
import { describe, test } from "node:test";
import { linksIn, readable } from "../../static/js/text/links.js";

const hrefs = (text) => linksIn(text).map(({ href }) => href);

/** Each text and where its links lead. */
const table = (rows) => {
  for (const [text, ...expected] of rows) assert.deepEqual(hrefs(text), expected, text);
};

describe("links", () => {
  test("end before the marks that close a sentence or a quote, in every script", () => {
    for (const end of "» ” ’ … ， 。 、 ، । ؟ 」 』 】 〉 ） ！ ？ ； ： , . ; : ! ? ' ) ] } > < \" | * ՝ ՞ ။ ። ። ‽ ⸮ ។ ៕ ། ༎ ׃ ᠃ ܀ ︒ ⟩ ❯ ❞ 〞 ﹂ ‥".split(
      " ",
    )) {
      table([
        [`https://example.com/a${end}`, "https://example.com/a"],
        [`см. «https://example.com/a${end} дальше`, "https://example.com/a"],
      ]);
    }
    table([
      ["‘https://example.com/a’", "https://example.com/a"],
      ["看https://example.com/a，然后", "https://example.com/a"],
      ["https://a.ru,https://b.ru", "https://a.ru", "https://b.ru"],
      ["https://example.com/\u202ea", "https://example.com/"],
      ["https://example.com/a\u200bb", "https://example.com/a"],
    ]);
  });

  test("keep brackets that they opened themselves", () => {
    table([
      ["(https://en.wikipedia.org/wiki/X_(y))", "https://en.wikipedia.org/wiki/X_(y)"],
      ["https://a.ru/b?c=[1]&d={2}", "https://a.ru/b?c=[1]&d={2}"],
      ["[x](https://a.ru/b)", "https://a.ru/b"],
      [
        "https://ru.wikipedia.org/wiki/Заглавная_страница",
        "https://ru.wikipedia.org/wiki/Заглавная_страница",
      ],
    ]);
  });

  test("lead to addresses of any form", () => {
    table([
      ["http://[::1]/", "http://[::1]/"],
      ["http://[2001:db8::1]:8080/a", "http://[2001:db8::1]:8080/a"],
      ["[::1]:8080", "http://[::1]:8080"],
      ["localhost:3000", "http://localhost:3000"],
      ["localhost/a", "http://localhost/a"],
      ["192.168.1.5:8080", "http://192.168.1.5:8080"],
      ["10.0.0.1, 127.0.0.1/x", "http://10.0.0.1", "http://127.0.0.1/x"],
      ["8.8.8.8:53", "http://8.8.8.8:53"],
      ["nas.local:8080", "http://nas.local:8080"],
      ["example.com/a?b=1.", "https://example.com/a?b=1"],
      ["Example.com, пример.рф", "https://Example.com", "https://пример.рф"],
      ["www.x.yz", "https://www.x.yz"],
      ["t.me/x и github.com/a/b/README.md", "https://t.me/x", "https://github.com/a/b/README.md"],
      ["HTTP://A.RU", "HTTP://A.RU"],
      ["anna@example.com.", "mailto:anna@example.com"],
      ["mailto:a@b.ru", "mailto:a@b.ru"],
    ]);
  });

  test("aren't seen in files, numbers, words and code", () => {
    for (const text of [
      "README.md server.py build.sh backup.zip main.py index.html a.tar.gz node.js docs/page.md libfoo.so main.rs",
      "localhost, nas.lan, [::1], a[::1], 1.2.3.4, 1.2.3.4.5, 192.168.1.0/24, 999.1.1.1:80, v1.2.3",
      "Привет.Как дела, end.It was, и т.д/и т.п., e.g./i.e.",
      "console.info(x) foo.com() x = foo.net(1) System.IO",
      "@user@mastodon.social //example.com src/example.com",
      "http:// https:// http:///x xhttp://a.ru https://[invalid",
      "javascript:alert(1) data:text/html,x vbscript:x file:///etc/passwd ftp://example.com",
    ])
      assert.deepEqual(hrefs(text), [], text);
  });

  test("that could run something aren't links, whatever stands around them", () => {
    for (const text of ["[x](javascript:alert(1))", "javascript:http://a.ru", "data:http://a.ru/x,<b>"])
      for (const href of hrefs(text)) assert.match(href, /^(?:https?|mailto):/);
  });
});

describe("an address that is shown", () => {
  test("has its escaped letters as letters, and leads where it led", () => {
    for (const [address, shown] of [
      ["https://ru.wikipedia.org/wiki/%D0%9A%D0%BE%D1%84%D0%B5", "https://ru.wikipedia.org/wiki/Кофе"],
      ["https://a.ru/%d0%b0_%d0%b1?q=%D1%91#%E7%9C%8B", "https://a.ru/а_б?q=ё#看"],
      ["https://a.ru/%e0%a4%b9%e0%a4%bf", "https://a.ru/हि"],
    ]) {
      assert.equal(readable(address), shown);
      assert.equal(new URL(shown).href.toLowerCase(), new URL(address).href.toLowerCase());
      assert.deepEqual(hrefs(shown), [shown]);
    }
  });

  test("keeps escaped what isn't a letter, can't be seen, or is no text", () => {
    for (const address of [
      "https://a.ru/100%25%20%2F%3F%23%26",
      "https://a.ru/%E2%80%AE%E2%81%84%EF%BC%8F%C2%A0",
      "https://a.ru/%E3%85%A4%E1%85%A0",
      "https://a.ru/%F0%9F%98%80",
      "https://a.ru/%D0%D0%9A%FF",
      "https://a.ru/%",
    ])
      assert.equal(readable(address), address);
  });
});
