/** What is said on the pages of the own identity; loaded with them. */
export const identity = {
  title: "Identity",
  share: "Share",
  copyLink: "Copy link",
  shareText: (handle: string) => `Write to ${handle} on kez-chat.`,
  shared: "Copied, with a sentence. Paste it where they read it.",
  qr: "Your profile as a code to scan",
  link: "Your profile",
  safety: "Who you are",
  safetyAbout:
    "Your account is a secret that only your devices hold. Your server hands out your name, and cannot write as you. What you state about yourself stands in a public list that is signed entry by entry: nobody can change it, reorder it, or take something out of its middle.",
  safetyNumbers:
    "Whoever wants to be sure that it is you compares the safety number with you, in the details of your chat.",
  keys: {
    title: "Keys",
    about: "Other programs ask for these. Both are public.",
    primary: "Primary",
    npub: "Nostr public key (npub)",
    copyPrimary: "Copy primary",
    copyNpub: "Copy npub",
  },
  chain: {
    title: "Your public list",
    about: "Everything that you have stated, in order. Anyone can read it.",
    empty: "Nothing yet. It begins with your first claim.",
    entry: {
      genesis: "The list begins",
      "nostr.link": "Linked with your public profile",
      unknown: "Something that a newer version has stated",
    },
    added: (account: string) => `Claimed ${account}`,
    revoked: (account: string) => `Took back ${account}`,
    somebody: "a claim",
  },
  claims: "Claims",
  seeClaims: "See my claims",
  dashboard: "Overview",
};

/** What is said on the dashboard; loaded with it. */
export const dashboard = {
  title: "Dashboard",
  about: "Your account at a glance.",
  you: "You",
  toIdentity: "See my identity",
  phrase: {
    title: "Recovery phrase",
    saved: "Written down. It brings your account back after a loss.",
    unsaved: "Not written down yet. Without it a lost device is a lost account.",
    action: "Go to the phrase",
  },
  devices: {
    title: "Devices",
    kept: "This device keeps your messages for good.",
    unkept: "The browser may throw this device's messages away when space runs out.",
    unknown: "This device holds your messages, sealed.",
    action: "Go to storage",
  },
  notifications: { action: "Go to notifications" },
  claims: {
    title: "Claims",
    none: "No accounts elsewhere are claimed.",
    verified: (count: number, all: number) =>
      all === 1 ? "Your claim is verified." : `${count} of ${all} claims are verified.`,
    unproven: (count: number, all: number) =>
      all === 1 ? "Your claim is not verified." : `${count} of ${all} claims are verified.`,
    add: "Add claim",
    action: "See my claims",
  },
  connection: {
    state: (open: number, all: number) =>
      all === 1
        ? open === 1
          ? "The relay of your server is connected."
          : "The relay of your server is away."
        : `${open} of ${all} relays are connected.`,
  },
};
