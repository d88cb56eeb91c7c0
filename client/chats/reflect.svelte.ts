import { type Live, readState } from "./live.ts";

/** One member of a view's state. What is replaced by the very same value tells nobody. */
class Cell {
  value: unknown = $state.raw();

  constructor(value: unknown) {
    this.value = value;
  }
}

/** A view as screens follow it; a view that a method opens is followed likewise. */
export function reflect<T extends object>(live: Live<T>): T {
  const cells = new Map<string, Cell>();
  for (const [name, value] of Object.entries(readState(live))) cells.set(name, new Cell(value));
  live.onChange(() => {
    for (const [name, value] of Object.entries(readState(live))) cells.get(name)!.value = value;
  });
  return new Proxy(live, {
    get(target, name) {
      const cell = cells.get(String(name));
      if (cell) return cell.value;
      const member: unknown = Reflect.get(target, name);
      return typeof member === "function" ? reflecting(member as Method) : member;
    },
  });
}

type Method = (...args: unknown[]) => unknown;

function reflecting(method: Method): Method {
  return (...args) => {
    // What a component holds as state cannot be cloned; what is asked may have to cross to another tab.
    const answer = method(...$state.snapshot(args));
    if (!(answer instanceof Promise)) return answer;
    const shown = answer.then(reflectIfLive);
    // A method that answers nothing and cannot fail is not awaited; in another tab, or at the lock, it may still end so.
    shown.catch(() => undefined);
    return shown;
  };
}

function reflectIfLive(answer: unknown): unknown {
  const isLive = typeof answer === "object" && answer !== null && "onChange" in answer;
  return isLive ? reflect(answer as Live<object>) : answer;
}
