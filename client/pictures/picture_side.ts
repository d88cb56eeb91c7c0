/** Side of a profile's picture in pixels. (Specification page 5) */
export const PICTURE_SIDE = 256;
