import { createContext } from "svelte";
import { SvelteMap } from "svelte/reactivity";
import { createLanes } from "./lanes.ts";

/** More at once would hold up the page where a list has many. */
const AT_ONCE = 4;

/**
 * The pictures of people on this page, each opened once. What was shown stays until what follows it can be shown, so
 * that nothing flashes.
 */
export class Faces {
  readonly #open: (primary: string) => Promise<Blob | null>;
  readonly #shown = new SvelteMap<string, string>();
  /** What was asked for last, by primary; also where it was none. */
  readonly #wanted = new Map<string, string>();
  readonly #lanes = createLanes(AT_ONCE);

  /** @param open the picture of somebody; null for none */
  constructor(open: (primary: string) => Promise<Blob | null>) {
    this.#open = open;
  }

  /** The address of the picture that is shown of somebody; null for none that can be shown yet. */
  urlOf(primary: string): string | null {
    return this.#shown.get(primary) ?? null;
  }

  /** Has a picture shown as soon as it can be. Never rejects: what is no picture is not shown. */
  async want(primary: string, picture: string): Promise<void> {
    if (this.#wanted.get(primary) === picture) return;
    this.#wanted.set(primary, picture);
    const url = await this.#lanes.run("faces", () => this.#urlOfBlob(primary));
    if (this.#wanted.get(primary) !== picture) return void (url && URL.revokeObjectURL(url));
    this.#replace(primary, url);
  }

  /** Nothing of anybody stays in this page's memory. */
  forget(): void {
    this.#wanted.clear();
    for (const primary of [...this.#shown.keys()]) this.#replace(primary, null);
  }

  async #urlOfBlob(primary: string): Promise<string | null> {
    let url: string | null = null;
    try {
      const blob = await this.#open(primary);
      if (!blob) return null;
      url = URL.createObjectURL(blob);
      const image = new Image();
      image.src = url;
      await image.decode();
      return url;
    } catch {
      // The disk failed, or a hostile picture cannot be decoded: the sign of the identity stands in for it.
      if (url) URL.revokeObjectURL(url);
      return null;
    }
  }

  #replace(primary: string, url: string | null): void {
    const before = this.#shown.get(primary);
    if (url) this.#shown.set(primary, url);
    else this.#shown.delete(primary);
    if (before) URL.revokeObjectURL(before);
  }
}

/** The faces of this page, for every component below `App`. */
export const [getFaces, setFaces] = createContext<Faces>();
