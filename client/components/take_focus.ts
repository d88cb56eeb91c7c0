/** An attachment: the element takes the focus as soon as it is there; in a sheet that opens after it, as that opens. */
export function takeFocus(element: HTMLElement): void {
  element.autofocus = true;
  element.focus();
}

/** The same where nothing has the focus, as after a press of a button that is gone: what stands in its place takes it. */
export function takeLostFocus(element: HTMLElement): void {
  if (document.activeElement === document.body) element.focus();
}
