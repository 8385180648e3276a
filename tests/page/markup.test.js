import "./browser.js";
import assert from "node:assert/strict";
import { describe, test } from "node:test";
import { initials } from "../../static/js/text/initials.js";
import { isEmojiOnly, isLong, tokens as parse } from "../../static/js/text/markup.js";
import { Names } from "../../static/js/text/names.js";
import { plainText } from "../../static/js/text/plain.js";

const namesOf = (me, ...others) => {
  const names = new Names();
  names.me = me;
  names.add([me, ...others].filter(Boolean).map((name) => ({ name })));
  return names;
};
const tokens = (text, me = "Анна", ...others) => parse(text, namesOf(me, ...others));

/** Tokens as a line: «{bold x}», «{ul [a][b]}»; text as it is. */
const drawn = (parts) =>
  parts
    .map((part) => {
      if (part.type === "text") return part.value;
      if (part.type === "list")
        return `{${part.ordered ? "ol" : "ul"} ${part.items
          .map((item) => `[${item.value ?? ""}${part.closing}${drawn(item.parts)}${drawn(item.lists)}]`)
          .join("")}}`;
      return `{${part.type} ${part.parts ? drawn(part.parts) : part.value}}`;
    })
    .join("");

/** Each text and what is drawn of it; without the latter, just the text. */
const table = (rows) => {
  for (const [text, expected = text] of rows) assert.equal(drawn(tokens(text)), expected, text);
};

describe("code", () => {
  test("in backticks keeps what is in it as it is", () => {
    table([
      ["так: `a @Анна http://x.ru **b**` вот", "так: {code a @Анна http://x.ru **b**} вот"],
      ["``a`b``", "{code a`b}"],
    ]);
  });

  test("in fences keeps its spaces and drops the language", () => {
    assert.deepEqual(tokens("```py\n  x = 1\n```"), [{ type: "fence", value: "  x = 1" }]);
    table([["до\n```\n> a\n- b\n- c\n```\nпосле", "до{fence > a\n- b\n- c}после"]]);
  });

  test("that isn't closed is text", () => table([["```\nне закрыто"], ["`тоже"], ["``x`"], ["` `"]]));
});

describe("emphasis", () => {
  test("stands at the borders of words, within a line", () => {
    table([
      ["**ж** и *к* и _к_ и ~~з~~", "{bold ж} и {italic к} и {italic к} и {strike з}"],
      ["***оба***", "{bold {italic оба}}"],
      ["**важно, _очень_**!", "{bold важно, {italic очень}}!"],
      ["«**да**», (*нет*)", "«{bold да}», ({italic нет})"],
      ["**-5%** и **100 ₽**", "{bold -5%} и {bold 100 ₽}"],
      ["这是**重点**内容", "这是{bold 重点}内容"],
      ["**مهم**، **مهم**؟", "{bold مهم}، {bold مهم}؟"],
      ["**क**। **բ**։ **ሀ**።", "{bold क}। {bold բ}։ {bold ሀ}።"],
      ["¿**qué**? ¡*sí*!", "¿{bold qué}? ¡{italic sí}!"],
      ["🔥**важно**🔥", "🔥{bold важно}🔥"],
      ["**Note:** text", "{bold Note:} text"],
      ["**`код`**", "{bold {code код}}"],
      ["**https://a.ru/b_c_**", "{bold {link https://a.ru/b_c_}}"],
      ["_https://a.ru/b_", "{italic {link https://a.ru/b}}"],
      ["*a *b* c*", "*a {italic b} c*"],
      ["**a _b** c_", "{bold a _b} c_"],
    ]);
  });

  test("isn't seen in what only looks like it", () => {
    table(
      [
        "snake_case_name foo_bar_baz _private __init__ __all__",
        "2*3*4 = 24, 2 * 3 * 4, x**2 + y**2, a ** b",
        "*.js и *.ts, src/*.js и lib/*, .*foo.*",
        "f(*args, **kwargs) и g(*args, **kwargs)",
        "char *a, *b; int *p = *q * 2",
        "^_^ *_* (*_*) (*o*) >_< -_- T_T ~_~ *.* :* *-*",
        "C:\\dir\\*.txt \\\\srv\\_share_\\x /usr/_local_/x",
        "цена 100* и 200*\n* при условии",
        "*шла, а не шёл",
        "б**ь, f**k, ***, ****, * * *, ---, ___, ~~~ x ~~~",
        "**не закрыто, _и это, ~~и это",
        "**через\nстроку**",
        "/* comment */ /** doc */",
        "SELECT * FROM t WHERE a*b > 0 AND c_d = '_x'",
        "** пробел внутри ** и * тут *",
        "{{a*b}} $(c_d) <b>*</b>",
      ].map((text) => [text]),
    );
  });
});

describe("quotes and lists", () => {
  test("are made of lines", () => {
    table([
      ["> раз\n> **два**\nответ", "{quote раз\nдва}ответ".replace("два", "{bold два}")],
      [">\n> a", "{quote a}"],
      ["Так:\n\n- a\n- b\n\nвсё", "Так:{ul [a][b]}всё"],
      ["* a\n* b", "{ul [a][b]}"],
      ["- a\n  - b\n    - c\n- d", "{ul [a{ul [b{ul [c]}]}][d]}"],
      ["2. a\n5. b", "{ol [2.a][5.b]}"],
      ["1) a\n2) b", "{ol [1)a][2)b]}"],
      ["- a\n  ещё\n- b", "{ul [a\nещё][b]}"],
      ["- `x`\n- @Анна", "{ul [{code x}][{me @Анна}]}"],
    ]);
  });

  test("aren't seen in single lines, sums, comparisons, faces and prompts", () => {
    table(
      [
        "- нет",
        "1985. Год",
        "* при условии",
        "- 5\n- 3",
        "> 100",
        "> 1 000 ₽",
        ">_< так",
        ">:(",
        ">>> print(1)",
        "->",
        "-a\n-b",
        "1.5\n2.5",
        "— Да\n— Нет",
        "---\n---",
        "01. a\n02. b",
      ].map((text) => [text]),
    );
  });
});

describe("plain text", () => {
  test("has no marks, and blocks have lines of their own", () => {
    assert.equal(plainText("**Жир** `код` ~~нет~~ https://a.ru"), "Жир код нет https://a.ru");
    assert.equal(plainText("https://a.ru/%D0%B0 «%D0%B0»"), "https://a.ru/а «%D0%B0»");
    assert.equal(plainText("> раз\n> два\nтри"), "раз\nдва\nтри");
    assert.equal(plainText("До:\n\n- a\n  - b\n- c\n\n1) d\n2) e"), "До:\n• a\n  • b\n• c\n1) d\n2) e");
    assert.equal(plainText("```js\n  x\n```\nконец"), "  x\nконец");
    assert.equal(plainText("snake_case и 2*3*4"), "snake_case и 2*3*4");
  });
});

test("one to three emoji are large, and nothing else is", () => {
  for (const text of ["😀", "😀😀😀", "❤️", "❤", "👍🏽 🎉", "👨‍👩‍👧‍👦", "🇷🇺", "1️⃣", "🏴󠁧󠁢󠁥󠁮󠁧󠁿", "🤦🏼‍♂️", "👁️‍🗨️"])
    assert.equal(isEmojiOnly(text), true, text);
  for (const text of ["😀😀😀😀", "1", "123", "#", "©", "a😀", "😀!", "", "🇷", "\u200d"])
    assert.equal(isEmojiOnly(text), false, text);
});

test("no text of 4,000 characters takes long, however it is made", () => {
  const parts = [
    "*a ",
    "*a* ",
    "_a",
    "**",
    "*a*",
    "> ",
    "> 1\n",
    "- a\n",
    "  - b\n",
    "`",
    "`a",
    "```",
    "``a",
    "@Анна ",
    "анна",
    "\n",
  ];
  parts.push(
    "*a _b ~~c **d ",
    "😀",
    "а\u0301",
    "http://a.ru ",
    "http://[",
    "a.",
    "a-",
    "a@",
    "a.a@",
    "1.",
    "[",
    "a1",
    "@",
    "ㄱ",
  );
  for (const part of parts) {
    const text = part.repeat(Math.ceil(4000 / part.length)).slice(0, 4000);
    const began = process.cpuUsage();
    tokens(text);
    const { user } = process.cpuUsage(began);
    assert.ok(user < 500_000, `${JSON.stringify(part)}: ${user} µs`);
  }
});

test("nothing but marks is lost from a text", () => {
  for (const text of [
    "просто",
    "@a @b https://x.ru ©",
    "<script>alert(1)</script>",
    "\u202egnp.exe",
    "a\nb\n\n c",
  ])
    assert.equal(drawn(tokens(text)).replace(/\{link ([^}]*)\}/g, "$1"), text);
});

test("a text is long by its characters or by its lines", () => {
  assert.equal(isLong("а".repeat(1200)), false);
  assert.equal(isLong("а".repeat(1201)), true);
  assert.equal(isLong("\n".repeat(15)), false);
  assert.equal(isLong("\n".repeat(16)), true);
});

describe("an avatar", () => {
  test("has one or two letters, as people count letters", () => {
    assert.equal(initials("Анна"), "А");
    assert.equal(initials("борис иванович петров"), "БИ");
    assert.equal(initials("👩‍🚀"), "👩‍🚀");
    assert.equal(initials("..."), ".");
    assert.equal(initials("е\u0301\u0302\u0303\u0304"), "Е");
  });
});
