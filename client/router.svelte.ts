import { parseRoute, type Route } from "./routes.ts";

/** The address bar as state: one instance for the page, made at boot. */
export class Router {
  #route: Route = $state.raw(parseRoute(location.pathname, location.hash));

  constructor() {
    addEventListener("popstate", () => this.#read());
  }

  /** Where the page is. */
  get route(): Route {
    return this.#route;
  }

  /** Goes to a path of this app. With `replace` the system's back does not return here. */
  go(path: string, { replace = false }: { replace?: boolean } = {}): void {
    if (path === location.pathname + location.hash) return;
    const state = { cameFrom: replace ? this.#cameFrom() : location.pathname };
    if (replace) history.replaceState(state, "", path);
    else history.pushState(state, "", path);
    this.#read();
  }

  /** Back to `path`: by the history where the page came from there, so that back and forth do not pile up. */
  backTo(path: string): void {
    if (this.#cameFrom() === path) history.back();
    else this.go(path, { replace: true });
  }

  /** Back to wherever in this app the page came from; to `fallback` where it came from outside. */
  back(fallback: string): void {
    this.backTo(this.#cameFrom() ?? fallback);
  }

  /** For a link's click: stays in the app, unless the person wants a new tab or window. */
  follow(event: MouseEvent, path: string): void {
    if (event.button !== 0 || event.metaKey || event.ctrlKey || event.shiftKey || event.altKey) {
      return;
    }
    event.preventDefault();
    this.go(path);
  }

  #cameFrom(): string | null {
    const state: unknown = history.state;
    if (typeof state !== "object" || state === null || !("cameFrom" in state)) return null;
    return typeof state.cameFrom === "string" ? state.cameFrom : null;
  }

  #read(): void {
    this.#route = parseRoute(location.pathname, location.hash);
  }
}
