/** The address of a blob, for as long as an element shows it: `{@attach shows(blob)}`. */
export function shows(blob: Blob) {
  return (element: HTMLImageElement | HTMLAudioElement): () => void => {
    const url = URL.createObjectURL(blob);
    element.src = url;
    return () => URL.revokeObjectURL(url);
  };
}
