/** An attachment: the element takes the focus as soon as it is there; in a sheet that opens after it, as that opens. */
export function takeFocus(element: HTMLElement): void {
  element.autofocus = true;
  element.focus();
}
