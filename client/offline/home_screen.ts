/** What a browser tells of itself, as far as it decides. */
export interface BrowserTraits {
  userAgent: string;
  /** An iPad that asks for desktop pages calls itself a Macintosh; no Macintosh has a touch screen. */
  maxTouchPoints: number;
  /** Opened from the Home Screen. */
  isInstalled: boolean;
}

const IOS = /\b(iPhone|iPad|iPod)\b/;
/** Every browser there says Safari, yet not what shows pages inside of another app, which cannot put them anywhere. */
const BROWSER = /\bSafari\//;
/** Apps that say it all the same. */
const OTHER_APP = /\b(GSA|FBAN|FBAV|Instagram|Line|MicroMessenger)\b/;

/**
 * True in a tab on iOS or iPadOS: there a page on the Home Screen has a storage of its own, and a tab's is thrown away
 * after seven days without a visit. (Specification page 7, "First visit")
 */
export function isIosTab({ userAgent, maxTouchPoints, isInstalled }: BrowserTraits): boolean {
  const isIpadAsDesktop = /\bMacintosh\b/.test(userAgent) && maxTouchPoints > 1;
  if (isInstalled || !(IOS.test(userAgent) || isIpadAsDesktop)) return false;
  return BROWSER.test(userAgent) && !OTHER_APP.test(userAgent);
}

/** The traits of the browser that shows this page. */
export function readTraits(page: Window): BrowserTraits {
  const { navigator } = page;
  // Safari's own word for it; older versions match no display mode.
  const isStandalone = "standalone" in navigator && navigator.standalone === true;
  return {
    userAgent: navigator.userAgent,
    maxTouchPoints: navigator.maxTouchPoints,
    isInstalled: isStandalone || page.matchMedia("(display-mode: standalone)").matches,
  };
}
