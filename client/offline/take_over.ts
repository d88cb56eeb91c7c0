/** What a page says to a waiting service worker for it to take the place of the old one. */
export const TAKE_OVER = "take over";
