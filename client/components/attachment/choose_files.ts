/** Kept until somebody chose: some browsers forget an input that nobody holds. */
let input: HTMLInputElement | null = null;

/** Opens the system's own dialog. Call it from a click. */
export function chooseFiles(
  { accept, usesCamera = false, onfiles }: {
    /** Types as in an input's `accept`; missing for all. */
    accept?: string;
    usesCamera?: boolean;
    onfiles: (files: File[]) => void;
  },
): void {
  const chosen = document.createElement("input");
  chosen.type = "file";
  chosen.multiple = !usesCamera;
  if (accept) chosen.accept = accept;
  if (usesCamera) chosen.capture = "environment";
  chosen.onchange = () => {
    const files = [...chosen.files ?? []];
    if (files.length > 0) onfiles(files);
    input = null;
  };
  input = chosen;
  input.click();
}
