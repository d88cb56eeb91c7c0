import assert from "node:assert/strict";
import { isIosTab } from "../../../../client/offline/home_screen.ts";

const KIT = "AppleWebKit/605.1.15 (KHTML, like Gecko)";
const IPHONE = `Mozilla/5.0 (iPhone; CPU iPhone OS 18_1 like Mac OS X) ${KIT}`;
const IPAD = `Mozilla/5.0 (iPad; CPU OS 15_8 like Mac OS X) ${KIT}`;
const MACINTOSH = `Mozilla/5.0 (Macintosh; Intel Mac OS X 10_15_7) ${KIT}`;
const CHROME = "AppleWebKit/537.36 (KHTML, like Gecko) Chrome/131.0.0.0";

const CASES: [string, string, { touch?: number; isInstalled?: boolean }, boolean][] = [
  ["Safari on an iPhone", `${IPHONE} Version/18.1 Mobile/15E148 Safari/604.1`, { touch: 5 }, true],
  ["Chrome on an iPhone", `${IPHONE} CriOS/131.0 Mobile/15E148 Safari/604.1`, { touch: 5 }, true],
  ["Firefox on an iPhone", `${IPHONE} FxiOS/132.0 Mobile/15E148 Safari/605.1.15`, {}, true],
  ["an iPad of old", `${IPAD} Version/15.6 Mobile/15E148 Safari/604.1`, { touch: 5 }, true],
  ["an iPad as a desktop", `${MACINTOSH} Version/18.1 Safari/605.1.15`, { touch: 5 }, true],
  ["a Macintosh", `${MACINTOSH} Version/18.1 Safari/605.1.15`, { touch: 0 }, false],
  [
    "the Home Screen of an iPhone",
    `${IPHONE} Version/18.1 Mobile/15E148 Safari/604.1`,
    { touch: 5, isInstalled: true },
    false,
  ],
  ["a page inside of another app", `${IPHONE} Mobile/15E148`, { touch: 5 }, false],
  ["Instagram", `${IPHONE} Mobile/15E148 Instagram 350.0.0 (iPhone15,2)`, { touch: 5 }, false],
  ["the Google app", `${IPHONE} GSA/340.0 Mobile/15E148 Safari/604.1`, { touch: 5 }, false],
  [
    "a phone with Android",
    `Mozilla/5.0 (Linux; Android 15; Pixel 9) ${CHROME} Mobile Safari/537.36`,
    { touch: 5 },
    false,
  ],
  [
    "a touch screen with Windows",
    `Mozilla/5.0 (Windows NT 10.0; Win64; x64) ${CHROME} Safari/537.36`,
    { touch: 10 },
    false,
  ],
  ["a browser that says nothing", "", {}, false],
];

for (const [name, userAgent, { touch = 0, isInstalled = false }, expected] of CASES) {
  Deno.test(`${name} is ${expected ? "" : "not "}led to the Home Screen first`, () => {
    assert.equal(isIosTab({ userAgent, maxTouchPoints: touch, isInstalled }), expected);
  });
}
