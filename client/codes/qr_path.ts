import { encodeQR } from "qr";

/** A QR code to be drawn: modules of one unit each, with the quiet zone that scanners need around them. */
export interface QrDrawing {
  /** Side of the square, in units. */
  size: number;
  /** SVG path of the dark modules. */
  path: string;
}

/** Units of quiet zone on each side. (ISO/IEC 18004, 9.1) */
const QUIET = 4;

/** Draws a text as a QR code: one rectangle for each run of dark modules. */
export function drawQr(text: string): QrDrawing {
  const rows = encodeQR(text, "raw", { border: QUIET, ecc: "medium" });
  return { size: rows.length, path: rows.map(drawRow).join("") };
}

function drawRow(row: boolean[], y: number): string {
  let path = "";
  for (let start = row.indexOf(true); start >= 0;) {
    const gap = row.indexOf(false, start);
    const end = gap < 0 ? row.length : gap;
    path += `M${start} ${y}h${end - start}v1h${start - end}z`;
    start = row.indexOf(true, end);
  }
  return path;
}
