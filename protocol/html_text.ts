const ENTITIES: Readonly<Record<string, string>> = {
  "&amp;": "&",
  "&lt;": "<",
  "&gt;": ">",
  "&quot;": '"',
  "&#39;": "'",
  "&nbsp;": " ",
};

/** The text of a piece of HTML, with breaks and paragraphs as lines; to look for something in, not to show. */
export function textOfHtml(html: string): string {
  return html.replace(/^<p\b[^<>]*>/i, "")
    .replace(/<(?:br|\/?p|\/div|\/li)\b[^<>]*>/gi, "\n").replace(/<[^<>]*>/g, "")
    .replace(/&(?:amp|lt|gt|quot|#39|nbsp);/g, (entity) => ENTITIES[entity]!);
}
