/** What a person calls a relay: its host. The address itself where it is none. */
export function relayName(url: string): string {
  return URL.canParse(url) ? new URL(url).host : url;
}
