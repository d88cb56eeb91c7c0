let playing: HTMLMediaElement | null = null;

/** Two people at once cannot be understood: what plays already makes room. Call it once an element plays. */
export function silenceOthers(element: HTMLMediaElement): void {
  if (playing !== element) playing?.pause();
  playing = element;
}
