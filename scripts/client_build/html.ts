import type { Bundle } from "./bundle.ts";

const ENTRY = `<script type="module" src="/boot.ts"></script>`;
const STYLES = `<link rel="stylesheet" href="/boot.css" />`;

/**
 * Names the built files in the page's template, `client/index.html`.
 *
 * The template says `<script type="module" src="/boot.ts"></script>` and `<link rel="stylesheet" href="/boot.css" />`,
 * each once. Nothing is ever put inline: the page's Content-Security-Policy forbids it.
 * @throws Error where the template lacks one of the two, or has it twice
 */
export function renderPage(template: string, bundle: Bundle): string {
  const preloads = bundle.preloads.map((name) =>
    `<link rel="modulepreload" href="/assets/${name}" />`
  );
  const reload = bundle.reload === null ? [] : [script(bundle.reload)];
  // Nothing is painted before the entry has run: it knows the theme that the person chose.
  const entry = script(bundle.entry).replace("></", ` blocking="render"></`);
  const scripts = [...preloads, entry, ...reload].join("\n    ");
  const styles = bundle.styles === null
    ? ""
    : STYLES.replace("/boot.css", `/assets/${bundle.styles}`);
  return replaceOnce(replaceOnce(template, ENTRY, scripts), STYLES, styles);
}

function script(name: string): string {
  return `<script type="module" src="/assets/${name}"></script>`;
}

function replaceOnce(text: string, search: string, replacement: string): string {
  const parts = text.split(search);
  if (parts.length !== 2) throw new Error(`client/index.html must say ${search} exactly once.`);
  return parts.join(replacement);
}
