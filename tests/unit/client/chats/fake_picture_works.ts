import { type PictureWorks, pictureWorks } from "../../../../client/pictures/picture_works.ts";
import { owned } from "../../../../protocol/bytes.ts";

/** As in the browser, except that nothing is drawn: what everybody sees stays the PNG that it was. */
export const fakePictureWorks: PictureWorks = {
  ...pictureWorks,
  toJpeg: (face) => Promise.resolve(owned(face)),
  toPng: (picture) => Promise.resolve(owned(picture)),
};
